"""Listings that look right cell by cell, and are not: noted, none of them touched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "no_category",
    "missing_attribute",
    "attribute_against_title",
    "variant_against_product",
    "likely_duplicate",
    "shared_picture",
)

COLOURS = ("Red", "Blue", "Green", "Black")


def shoes(n: int = 120) -> list[Product]:
    """Shoes of four brands with all that a listing has."""
    return [
        Product(
            product_id=f"s{i}",
            title_en=f"Norvik{i % 4} NV{1000 + i} knit running shoes {COLOURS[i % 4].lower()}",
            brand=f"Norvik{i % 4}",
            model=f"NV{1000 + i}",
            category=("Clothing", "Shoes"),
            attributes={"Colour": COLOURS[i % 4], "Material": "knit", "Weight": f"{200 + i} g"},
            variants=tuple(
                Variant(
                    variant_id=f"s{i}-{size}", attributes={"Size": size, "Colour": COLOURS[i % 4]}
                )
                for size in ("41", "42", "43")
            ),
            price_minor=19_900 + 100 * i,
            currency="CNY",
        )
        for i in range(n)
    ]


def found(run: Any, *checks: str) -> set[tuple[str, str, str]]:
    return {f for f in run.found() if f[1] in checks}


def with_first(**changed: Any) -> list[Product]:
    first, *others = shoes()
    return [replace(first, **changed), *others]


@pytest.mark.checks("prices", "categories", "attributes", "near_duplicates", "pictures")
def test_a_catalogue_in_order_has_no_finding(cleaned: Any) -> None:
    assert cleaned([], shoes()).found() == set()


@pytest.mark.checks("no_category")
def test_a_listing_without_a_category_is_noted_where_nearly_all_have_one(cleaned: Any) -> None:
    bare = with_first(category=())
    assert found(cleaned([], bare), "no_category") == {("0:1", "no_category", "note")}
    half = [replace(p, category=()) if i % 2 else p for i, p in enumerate(shoes())]
    assert found(cleaned([], half), "no_category") == set()


@pytest.mark.checks("variant_against_product")
def test_one_size_in_another_colour_is_noted_where_sizes_have_one_colour(cleaned: Any) -> None:
    check = "variant_against_product"
    first = shoes()[0]
    other = replace(first.variants[0], attributes={"Size": "41", "Colour": "Purple"})
    run = cleaned([], with_first(variants=(other, *first.variants[1:])))
    assert found(run, check) == {("0:1", check, "note")}
    many = [
        replace(
            p,
            variants=tuple(
                replace(v, attributes={"Colour": c})
                for v, c in zip(p.variants, COLOURS, strict=False)
            ),
        )
        for p in shoes()
    ]
    assert not found(cleaned([], [p for i, p in enumerate(many) if i % 4 < 3]), check)


@pytest.mark.checks("missing_attribute")
def test_a_word_for_null_in_an_attribute_is_noted_unless_many_say_it(cleaned: Any) -> None:
    check = "missing_attribute"

    def closing(word: str, n: int) -> list[Product]:
        return [
            replace(
                p,
                attributes={
                    **p.attributes,
                    **({"Sole": word if i < n else "gum"} if i < 60 else {}),
                },
            )
            for i, p in enumerate(shoes())
        ]

    assert found(cleaned([], closing("N/A", 1)), check) == {("0:1", check, "note")}
    assert not found(cleaned([], closing("N/A", 20)), check)


@pytest.mark.checks("likely_duplicate")
def test_a_copy_in_other_words_is_noted_by_its_model_or_by_all_its_values(cleaned: Any) -> None:
    made = [replace(p, variants=()) for p in shoes()]
    words = "Norvik0 {}woven jogging sneakers scarlet"
    copy = replace(made[0], product_id="copy", title_en=words.format("NV1000 "))
    check = "likely_duplicate"
    assert len(found(cleaned([], [*made, copy]), check)) == 1
    nameless = replace(copy, title_en=words.format(""), model=None)
    assert len(found(cleaned([], [*made, nameless]), check)) == 1
    dearer = replace(nameless, price_minor=26_000)
    assert not found(cleaned([], [*made, dearer]), check)
    # copies that their titles show anyway do not make values common
    plain = [replace(p, product_id=f"again-{p.product_id}", model=None) for p in made[1:31]]
    noted = {row for row, *_ in found(cleaned([], [*made, *plain, nameless]), check)}
    assert noted & {"0:1", "0:151"}
    # where many have the same values, values tell nothing apart
    alike = [
        replace(p, price_minor=9_900, attributes=made[i % 4].attributes) for i, p in enumerate(made)
    ]
    assert not found(cleaned([], alike), check)


@pytest.mark.checks("attribute_against_title")
def test_a_material_that_no_other_of_the_department_has_is_held_against_its_title(
    cleaned: Any,
) -> None:
    made = [
        replace(
            p,
            title_en=(p.title_en or "").replace("knit", "mesh") if i % 2 else p.title_en,
            attributes={**p.attributes, "Material": "mesh" if i % 2 else "knit"},
        )
        for i, p in enumerate(shoes())
    ]
    made[0] = replace(made[0], attributes={**made[0].attributes, "Material": "cast iron"})
    check = "attribute_against_title"
    assert found(cleaned([], made), check) == {("0:1", check, "note")}
