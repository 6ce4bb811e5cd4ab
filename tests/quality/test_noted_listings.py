"""Listings that look right cell by cell, and are not: noted, none of them touched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks("no_category", "likely_duplicate")

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


@pytest.mark.checks("no_category")
def test_a_listing_without_a_category_is_noted_where_nearly_all_have_one(cleaned: Any) -> None:
    first, *others = shoes()
    bare = [replace(first, category=()), *others]
    assert found(cleaned([], bare), "no_category") == {("0:1", "no_category", "note")}
    half = [replace(p, category=()) if i % 2 else p for i, p in enumerate(shoes())]
    assert found(cleaned([], half), "no_category") == set()


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
