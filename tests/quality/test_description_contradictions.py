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


@pytest.mark.parametrize(
    ("other", "attribute"),
    [
        ({"brand": "Bora"}, "brand"),
        ({"colour": "green"}, "Colour"),
        ({"model": "QX1037"}, "model"),
    ],
)
def test_a_description_of_another_thing_is_noted(
    other: dict[str, str], attribute: str, cleaned: Callable[..., Any]
) -> None:
    products = catalogue()
    own = {"brand": "Alba", "model": "QX1000", "colour": "black"}
    products[0] = replace(products[0], description_en=described(0, **{**own, **other}))
    details = cleaned([], products).details()
    found = {k: v for k, v in details.items() if k[1] == "description_of_another"}
    assert {row_id: detail["attribute"] for (row_id, _), detail in found.items()} == {
        "0:1": attribute
    }


def test_descriptions_that_name_also_others_are_right(cleaned: Callable[..., Any]) -> None:
    products = catalogue()
    text = f"{products[0].description_en} It goes well with the QX1037 by Bora in green."
    products[0] = replace(products[0], description_en=text)
    assert not {check for _, check, _ in cleaned([], products).found()} & {"description_of_another"}


def test_a_measure_against_the_attribute_is_noted(cleaned: Callable[..., Any]) -> None:
    products = [
        replace(p, attributes={"Weight": "0.9 kg"}, description_en=f"{p.description_en} {said}")
        for p, said in zip(
            catalogue(),
            [
                "Weight: 3600 g.",
                "Weight: 900 g.",
                "Weight: 0.92 kg.",
                "Weight: 5 l.",
                "Package weight: 3600 g.",
                "Its weight is about 3.6 kilograms.",
            ],
            strict=False,
        )
    ]
    found = cleaned([], products).found()
    assert found == {(row, "description_of_another", "note") for row in ("0:1", "0:6")}


def test_names_of_attributes_are_found_as_whole_names(cleaned: Callable[..., Any]) -> None:
    products = [
        replace(p, attributes={name: "0.9 kg"}, description_en=f"{p.description_en} {said}")
        for p, (name, said) in zip(
            catalogue(),
            [
                ("Net weight (kg)", "Net weight (kg): 36 kg."),
                ("重量", "重量约3.6公斤。"),
                ("Weight", "It has a weightis 36 kg."),
                ("Weight", "Overweight: 36 kg."),
                ("Weight+", "Weight: 36 kg."),
                ("kg", "kg: 36 kg."),
            ],
            strict=False,
        )
    ]
    found = {
        row for row, check, _ in cleaned([], products).found() if check.startswith("description")
    }
    assert found == {"0:1", "0:2", "0:6"}
