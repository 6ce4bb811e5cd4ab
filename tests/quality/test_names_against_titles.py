"""Brands and models that their titles do not name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("attribute_against_title", "brand_against_title")

_BRANDS = ("Alba", "Bora", "Cima", "Dole")
_THINGS = "kettle lamp drill scarf tent knife mirror candle basket pillow".split()


def catalogue() -> list[Product]:
    """Forty listings whose titles begin with brand and model."""
    return [
        Product(
            product_id=f"{brand}{n}",
            title_en=f"{brand} {brand[:2].upper()}{1000 + 37 * n} {thing}",
            brand=brand,
            model=f"{brand[:2].upper()}{1000 + 37 * n}",
            attributes={"Colour": "White"},
        )
        for brand in _BRANDS
        for n, thing in enumerate(_THINGS)
    ]


@pytest.fixture
def fields(cleaned: Callable[..., Any]) -> Callable[..., dict[int, str]]:
    """Of a catalogue: what is noted, by the place of the listing."""

    def of(products: list[Product]) -> dict[int, str]:
        details = cleaned([], products).details()
        return {
            int(row_id.split(":")[1]) - 1: detail["field"]
            for (row_id, check), detail in details.items()
            if check in ("brand_against_title", "attribute_against_title")
        }

    return of


def of_each(fields: Any, name: str, values: Sequence[str]) -> None:
    """Each of the values, in a catalogue of its own, is what is noted of the first listing; all catalogues are one file."""
    made = []
    for n, value in enumerate(values):
        part = [replace(p, product_id=f"{n}-{p.product_id}") for p in catalogue()]
        part[0] = replace(part[0], **{name: value})  # type: ignore[arg-type]
        made += part
    assert fields(made) == {len(catalogue()) * n: name for n in range(len(values))}


def test_a_brand_that_its_title_does_not_begin_with_is_noted(fields: Any) -> None:
    of_each(
        fields,
        "brand",
        [
            "Alab",
            "Alba Trading Co., Ltd.",
            "Alba®",
            "Unbranded",
            "其他品牌",
            "White",
            "Bora",
            "12.90",
            "https://alba.example",
            "Alba AL1000 kettle",
            "TBC2",
        ],
    )


def test_a_model_that_its_title_does_not_name_is_noted(fields: Any) -> None:
    of_each(
        fields,
        "model",
        ["BO1037", "4006381333931", "9-Mar", "1000", "AL1000-X9", "Alba AL1000 kettle"],
    )


def test_a_model_that_begins_like_a_month_is_no_date(fields: Any) -> None:
    products = catalogue()
    products[0] = replace(products[0], model="Nova 5", title_en="Alba kettle")
    assert fields(products) == {}


def test_a_maker_behind_a_known_name_and_titles_without_names_are_right(fields: Any) -> None:
    products = catalogue()
    for n in range(3):
        products[n] = replace(products[n], brand="Albion Works")
    assert fields(products) == {}
    assert fields([replace(p, title_en=str(p.title_en).split(" ")[-1]) for p in catalogue()]) == {}


@pytest.mark.parametrize(
    "brands",
    [["Unbranded", "White", "Alba GmbH"] * 2, ["Blanca", "Abla", "Broa", "Brao", "Clima", "Cmia"]],
    ids=str,
)
def test_many_wrong_brands_are_noted_still(brands: list[str], fields: Any) -> None:
    """In a sheet in which every sixth brand is wrong fewer than nine of ten titles begin with theirs."""
    products = catalogue()
    at = [0, 1, 12, 13, 24, 25]
    for n, brand in zip(at, brands, strict=True):
        products[n] = replace(products[n], brand=brand)
    assert fields(products) == dict.fromkeys(at, "brand")


def test_where_many_brands_are_not_in_their_titles_none_is_noted(fields: Any) -> None:
    products = catalogue()
    for n in range(10):  # a brand whose titles begin with another word, as resellers' do
        products[n] = replace(products[n], title_en=f"New {products[n].title_en}")
    products[12] = replace(products[12], brand="Broa")
    assert fields(products) == {}


def test_the_legal_form_behind_a_brand_is_noted_on_each_of_a_few_listings(fields: Any) -> None:
    products = catalogue()
    for n in range(3):
        products[n] = replace(products[n], brand="Alba Trading Co., Ltd.")
    assert fields(products) == dict.fromkeys(range(3), "brand")


def test_the_model_of_another_listing_where_the_title_has_one_that_nobody_holds(
    fields: Callable[..., dict[int, str]],
) -> None:
    products = [
        replace(
            p,
            model=f"Line {'JKLM'[n % 4]}{10 + n}",
            title_en=f"{p.brand} Line {'JKLM'[n % 4]}{10 + n} {str(p.title_en).split()[-1]}",
        )
        for n, p in enumerate(catalogue())
    ]
    products[0] = replace(products[0], model=products[5].model)
    products[1] = replace(products[1], model=products[6].model, title_en="Alba sheets of paper A4")
    products[2] = replace(products[2], title_en=str(products[2].title_en).replace("Line ", "Line-"))
    assert fields(products) == {0: "model"}
