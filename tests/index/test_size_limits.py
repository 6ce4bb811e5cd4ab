"""Sizes in the words of a search: filters on variants, where the catalogue has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import opened
from tests.index._wardrobe import found, product, read

from baihuo.core import Product, Variant
from baihuo.index import Generation


def has_size(p: Product, name: str, value: str, high: int) -> bool:
    def price(v: Variant) -> int:
        return (p.price_minor if v.price_minor is None else v.price_minor) or 0

    return any(v.attributes.get(name) == value and price(v) <= high for v in p.variants)


@pytest.mark.parametrize(
    ("text", "name", "value", "thing"),
    [
        ("shoes size 38", "Shoe size", "38", "Running Shoes"),
        ("38码 鞋", "Shoe size", "38", "Running Shoes"),
        ("38号 鞋", "Shoe size", "38", "Running Shoes"),
        ("shoes eu 41", "Shoe size", "41", "Running Shoes"),
        ("shirt xl", "Fit size", "XL", "Shirt"),
        ("shirt XL码", "Fit size", "XL", "Shirt"),
        ("shirt 2xl", "Fit size", "XXL", "Shirt"),
        ("shirt size m", "Fit size", "M", "Shirt"),
        ("shirt m", "Fit size", "M", "Shirt"),
        ("shirt for women M", "Fit size", "M", "Shirt"),
        ("shoes size 38 under 150", "Shoe size", "38", "Running Shoes"),
        ("150元以下 38码 鞋", "Shoe size", "38", "Running Shoes"),
        ("shirt xl under 150", "Fit size", "XL", "Shirt"),
    ],
)
def test_a_size_is_a_filter_on_one_variant_with_the_price(
    generation: Generation,
    catalogue: list[Product],
    text: str,
    name: str,
    value: str,
    thing: str,
) -> None:
    high = 15_000 if "150" in text else 10**9
    wanted = {
        p.product_id
        for p in catalogue
        if thing in (p.title_en or "") and has_size(p, name, value, high)
    }
    assert set(found(generation, text)) == wanted
    assert wanted


@pytest.mark.parametrize(
    "text",
    [
        "shoes size 99",
        "99码 鞋",
        "battery 5号",
        "hp 305xl",
        "lamp l",
        "shirt men s",  # men's
        "iphone 5 m",
        "迈锐宝xl 把手",
        "爱媛38号冻橙",
    ],
)
def test_a_size_that_the_catalogue_does_not_have_is_a_word(
    generation: Generation, text: str
) -> None:
    assert "size" not in read(generation, text)


def test_letters_that_name_a_product_are_no_size(catalogue: list[Product], tmp_path: Path) -> None:
    ink = [product(900 + i, f"Ink 305 XL No{i}", price_minor=100) for i in range(3)]
    shop = opened([*catalogue, *ink], tmp_path)
    assert set(found(shop, "ink 305 xl")) == {p.product_id for p in ink}
    assert "size" in read(shop, "shirt xl")


def test_clothes_and_diapers_in_one_size_do_not_exclude_each_other(tmp_path: Path) -> None:
    shirts = [
        product(
            i,
            "shirt",
            variants=tuple(
                Variant(variant_id=f"s{i}{z}", attributes={"Fit": z}) for z in ("M", "L", "XL")
            ),
        )
        for i in range(3)
    ]
    diapers = [
        product(10 + i, "diapers", attributes={"Diaper": ("S", "M", "L", "XL")[i]})
        for i in range(4)
    ]
    shop = opened([*shirts, *diapers], tmp_path)
    assert found(shop, "diapers xl") == ["item-13"]
    assert len(found(shop, "shirt xl")) == 3
