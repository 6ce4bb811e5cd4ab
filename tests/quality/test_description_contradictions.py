"""Descriptions that tell of another brand, colour or model than their listing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("description_of_another", "attribute_against_title")

_COLOURS = ("black", "white", "green")


def described(n: int, *, brand: str, model: str, colour: str) -> str:
    words = "kettle lamp drill scarf tent knife mirror candle basket pillow".split()
    return (
        f"The {model} by {brand} is a {words[n % 10]} number {n} for house and garden, in {colour}."
    )


def catalogue() -> list[Product]:
    """Eighty listings whose descriptions name brand, model and colour."""
    products = []
    for n in range(80):
        brand, colour, model = ("Alba", "Bora")[n % 2], _COLOURS[n % 3], f"QX{1000 + 37 * n}"
        products.append(
            Product(
                product_id=f"p{n}",
                title_en=f"{brand} {model}",
                brand=brand,
                model=model,
                category=("Home", "Things"),
                attributes={"Colour": colour},
                description_en=described(n, brand=brand, model=model, colour=colour),
            )
        )
    return products


def test_a_description_of_another_thing_is_noted_and_one_that_names_also_others_is_right(
    cleaned: Callable[..., Any],
) -> None:
    products = catalogue()
    texts = (
        described(0, brand="Bora", model="QX1000", colour="black"),
        described(1, brand="Bora", model="QX1037", colour="black"),
        described(2, brand="Alba", model="QX1111", colour="green"),
        f"{products[3].description_en} It goes well with the QX1148 by Alba in green.",
    )
    products[:4] = [
        replace(p, description_en=text) for p, text in zip(products, texts, strict=False)
    ]
    details = cleaned([], products).details()
    found = {k: v for k, v in details.items() if k[1] == "description_of_another"}
    assert {row_id: detail["attribute"] for (row_id, _), detail in found.items()} == {
        "0:1": "brand",
        "0:2": "Colour",
        "0:3": "model",
    }


def test_a_measure_against_the_attribute_is_noted_where_its_whole_name_says_it(
    cleaned: Callable[..., Any],
) -> None:
    cases = (
        ("Weight", "Weight: 3600 g.", True),
        ("Weight", "Weight: 900 g.", False),
        ("Weight", "Weight: 0.92 kg.", False),
        ("Weight", "Weight: 5 l.", False),
        ("Weight", "Package weight: 3600 g.", False),
        ("Weight", "Its weight is about 3.6 kilograms.", True),
        ("Net weight (kg)", "Net weight (kg): 36 kg.", True),
        ("重量", "重量约3.6公斤。", True),
        ("Weight", "It has a weightis 36 kg.", False),
        ("Weight", "Overweight: 36 kg.", False),
        ("Weight+", "Weight: 36 kg.", False),
        ("kg", "kg: 36 kg.", True),
    )
    products = [
        replace(p, attributes={name: "0.9 kg"}, description_en=f"{p.description_en} {said}")
        for p, (name, said, _) in zip(catalogue(), cases, strict=False)
    ]
    found = {(row, check) for row, check, _ in cleaned([], products).found()}
    odd = [f"0:{line}" for line, case in enumerate(cases, start=1) if case[2]]
    assert found == {(row, "description_of_another") for row in odd}
