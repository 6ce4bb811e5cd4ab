"""Descriptions that stop within a sentence or a word, and those with sentences of another listing."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("unreadable_characters", "description_of_another")

# sixty texts of a shop that ends each with a full stop
_ROOMS = "kitchen office garden cellar attic garage".split()
_THINGS = "kettle lamp chair clock bench shelf mirror basket ladder carpet".split()
SHOP = [
    f"A sturdy {thing} for the {room}, which comes with a guarantee of two years. Packaging is recycled."
    for room in _ROOMS
    for thing in _THINGS
]


def found(cleaned: Any, check: str, products: list[Product]) -> set[str]:
    details = cleaned([], products).details()
    return {row for row, name in details if name == check}


def catalogue(texts: list[str], brand: str = "Castleby") -> list[Product]:
    return [
        Product(product_id=f"p{n}", title_en=f"Thing {n}", brand=brand, description_en=text)
        for n, text in enumerate(texts, 1)
    ]


@pytest.mark.checks("unreadable_characters")
def test_a_text_that_stops_within_a_word_is_noted(cleaned: Any) -> None:
    texts = [
        "A sturdy kettle for the kitchen and the office, which comes with a guaran",
        "A sturdy kettle for the kitchen and the office, with much recyc",
        "A sturdy kettle for the kitchen and the office, drawn and made by Castle",
        "A sturdy kettle for the kitchen and the office, which comes with the",
        "A sturdy kettle for the kitchen and the office, made for the kitchen",  # it may end there
        "A sturdy kettle for the kitchen and the office, made by Zanzibar",
        "A sturdy kettle for the kitchen and the office, 30 x 20 mm",
        "Sturdy kettle",
    ]
    rows = found(cleaned, "unreadable_characters", catalogue([*texts, *SHOP]))
    assert rows == {"0:1", "0:2", "0:3", "0:4"}


@pytest.mark.checks("unreadable_characters")
def test_where_texts_end_without_a_full_stop_only_open_words_are_noted(cleaned: Any) -> None:
    texts = [
        "Sturdy steel kettle, a litre, for the kitchen and the office, with guaran",
        "Sturdy steel kettle, a litre, for the kitchen and the office, made for your",
        "Sturdy steel kettle, a litre, for the kitchen and the office, rich in vitamin A",
    ]
    shop = [text.rstrip(".") for text in SHOP]
    assert found(cleaned, "unreadable_characters", catalogue([*texts, *shop])) == {"0:2"}


@pytest.mark.checks("description_of_another")
def test_sentences_of_another_listing_between_the_own_ones_are_noted(cleaned: Any) -> None:
    kettle = [
        "The Alba kettle holds a litre of water.",
        "It boils in two minutes and clicks off.",
        "Its steel handle stays cool.",
    ]
    tent = [
        "The Bora tent is sewn of cotton for three people.",
        "A tent of cotton keeps cool in the midday sun.",
        "Poles and pegs of the Bora are of aluminium.",
    ]
    mixed = " ".join(s for pair in zip(kettle, tent, strict=True) for s in pair)
    service = " Ask us anything about your order by mail. We answer each mail within a day."
    texts = {
        "Alba steel kettle 1 l": ("Alba", mixed),
        "Bora cotton tent for three": ("Bora", " ".join(tent)),
        "Cima desk lamp": ("Cima", f"A lamp of brass for the desk.{service}"),
        "Dole wall clock": ("Dole", f"Ask us anything about your order by mail. A clock.{service}"),
    }
    products = [
        Product(product_id=f"p{n}", title_en=title, brand=brand, description_en=text)
        for n, (title, (brand, text)) in enumerate(texts.items(), 1)
    ]
    assert found(cleaned, "description_of_another", products) == {"0:1"}
