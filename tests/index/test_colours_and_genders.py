"""Colours and genders in the words of a search: who has them comes first, and names of things are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import asked, opened
from tests.index._wardrobe import WORDS_ONLY, found, product, read

from baihuo.core import Product
from baihuo.index import Generation, answer_set


@pytest.mark.parametrize(
    ("text", "colour", "gender"),
    [
        ("red running shoes", "Red", None),
        ("红色 鞋", "Red", None),
        ("红鞋", "Red", None),
        ("running shoes women", None, "women"),
        ("women's running shoes", None, "women"),
        ("running shoes for men", None, "men"),
        ("女鞋", None, "women"),
        ("男士 鞋", None, "men"),
        ("黑色 男鞋", "Black", "men"),
        ("white shoes women", "White", "women"),
    ],
)
def test_colour_and_gender_come_first_and_unisex_suits_both(
    generation: Generation,
    catalogue: list[Product],
    text: str,
    colour: str | None,
    gender: str | None,
) -> None:
    def level(p: Product) -> int:
        levels = [2 if p.attributes.get("Colour") == colour else 0] if colour else []
        if gender:
            levels.append({gender: 2, "unisex": 1}.get(str(p.attributes.get("Gender")), 0))
        return sum(levels) if all(levels) else sum(levels) - 10

    by_id = {p.product_id: p for p in catalogue}
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    in_stock = [
        str(generation.product_ids[r])
        for r, tier in zip(answer.rows, answer.tier, strict=True)
        if tier < 1_000
    ]
    first = [level(by_id[i]) for i in in_stock if "Shoes" in (by_id[i].title_en or "")]
    kept = [s for s in first if s > 0]
    assert kept == sorted(kept, reverse=True)
    assert kept == first[: len(kept)]
    assert kept
    words = answer.limits.rest
    assert not any(w in words for w in ("women", "men", "red", "white", "红", "女", "男"))


def test_women_does_not_find_what_is_for_men(
    generation: Generation, catalogue: list[Product]
) -> None:
    by_id = {p.product_id: p for p in catalogue}
    genders = {by_id[i].attributes.get("Gender") for i in found(generation, "women running shoes")}
    assert genders == {"women", "unisex"}  # 26 of them are enough for a page


def test_few_of_a_colour_are_followed_by_the_others_with_a_note(generation: Generation) -> None:
    answer = answer_set(generation, asked("red running shoes"), WORDS_ONLY)
    assert len(answer) == 40
    assert answer.notes == ("few_have:red",)
    assert answer_set(generation, asked("purple running shoes"), WORDS_ONLY).notes == (
        "none_has:purple",
    )


@pytest.mark.parametrize(
    "text", ["black tea", "green tea", "red bull", "orange juice", "红茶", "spider man"]
)
def test_a_colour_or_gender_in_the_name_of_a_thing_is_a_word(
    generation: Generation, text: str
) -> None:
    assert read(generation, text) == {}
    assert generation.limits(text).rest == text


def test_a_name_that_is_not_read_is_kept_with_its_evidence(generation: Generation) -> None:
    (tea,) = generation.limits("black tea").not_read
    assert (tea.kind, tea.text) == ("colour", "black")
    assert "'black tea', and 0%" in tea.why
    assert generation.limits("black shoes").not_read == ()


@pytest.mark.parametrize(
    ("text", "colour", "gender"),
    [
        ("ladies beach shoes", None, "women"),
        ("red beach shoes", "red", None),
        ("red beach shoes for ladies", "red", "women"),
        ("女士沙滩鞋", None, "women"),
        ("红色沙滩鞋", "red", None),
        ("orange juice shoes", None, None),  # juice is a thing
        ("red bull shoes", None, None),  # a maker
        ("ladies beach", None, None),  # nothing that is sold
    ],
)
def test_an_unknown_word_may_stand_between_a_colour_or_gender_and_the_kind(
    catalogue: list[Product], tmp_path: Path, text: str, colour: str | None, gender: str | None
) -> None:
    shop = opened([p for p in catalogue if "Juice" not in (p.title_en or "")], tmp_path)
    found = {kind: reading.values[0] for kind, reading in read(shop, text).items()}
    assert found.get("colour") == colour
    assert found.get("gender") == gender


def test_a_colour_that_is_not_wanted_is_not_read(generation: Generation) -> None:
    assert "colour" not in read(generation, "shoes not red")
    assert "colour" not in read(generation, "不要红色的鞋")
    assert read(generation, "red shoes")["colour"].values == ("red",)


def test_a_red_envelope_is_no_red_bag(tmp_path: Path) -> None:
    bags = [
        product(
            i, f"Handbag {c}", title_zh=f"手提包 {c}", category=("Bags",), attributes={"Colour": c}
        )
        for i, c in enumerate(["Red", "Black", "White", "Blue"] * 3)
    ]
    shop = opened(bags, tmp_path)
    assert read(shop, "红包") == {}
    assert found(shop, "红包") == []
    assert read(shop, "黑包")["colour"].values == ("black",)
    assert read(shop, "红色包")["colour"].values == ("red",)


def test_a_word_of_a_colours_name_is_not_a_thing_that_is_sold(tmp_path: Path) -> None:
    products = [
        product(i, f"Scarf {c} {i}", category=("Clothing",), attributes={"Colour": c})
        for i, c in enumerate(["Wine Red", "Red", "Black", "White"] * 3)
    ]
    shop = opened(products, tmp_path)
    assert read(shop, "red wine") == {}
    assert read(shop, "wine red scarf")["colour"].values == ("wine red",)
    assert [r.kind for r in read(shop, "red scarf").values()] == ["colour"]
    assert read(shop, "红裙子")["colour"].values == ("red",)  # dresses are not sold; red is
    by_id = {p.product_id: p.attributes["Colour"] for p in products}
    placed = [by_id[i] for i in found(shop, "red scarf")]
    assert placed[:6] == ["Red"] * 3 + ["Wine Red"] * 3
