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
