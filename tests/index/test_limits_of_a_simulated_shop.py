"""Limits in the words, on the sample shop: brute force over its products and their attributes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.index._shop import asked, bags

from baihuo.core import Product, Variant
from baihuo.index import Generation, Thresholds, answer_set, build
from baihuo.simulate import make_shop

WORDS_ONLY = Thresholds(calibrations={})


def _product(row: dict[str, Any]) -> Product:
    return Product(
        product_id=row["product_id"],
        title_en=row["title_en"],
        title_zh=row["title_zh"],
        brand=row["brand"],
        category=tuple(row["category"]),
        price_minor=row["price_minor"],
        currency=row["currency"],
        stock_units=row["stock_units"],
        attributes=row["attributes"],
        variants=tuple(
            Variant(
                variant_id=v["variant_id"],
                attributes=v["attributes"],
                price_minor=v.get("price_minor"),
                stock_units=v.get("stock_units"),
            )
            for v in row["variants"]
        ),
    )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Product], Path]:
    """The clean products of a sample shop, and the folder of its words."""
    sample = make_shop(
        tmp_path_factory.mktemp("sample") / "s",
        n_products=800,
        n_events=200,
        until_us=1_790_000_000_000_000,
        seed=23,
    )
    products: dict[str, Product] = {}
    for line in sample.products.read_text("utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            made = _product(row)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # dirt of the sample
        if isinstance(made.price_minor, int) and isinstance(made.stock_units, int):
            products[made.product_id] = made
    return list(products.values()), sample.words


@pytest.fixture(scope="module")
def generation(
    catalogue: tuple[list[Product], Path], tmp_path_factory: pytest.TempPathFactory
) -> Generation:
    products, words = catalogue
    out, used = tmp_path_factory.mktemp("index"), bags()
    return Generation.open(build(products, encoders=used, cache=None, out=out, words=words), used)


def found(generation: Generation, text: str) -> list[Product]:
    rows = answer_set(generation, asked(text), WORDS_ONLY).rows
    return [generation.product(int(row)) for row in rows]


def prices(product: Product) -> list[int]:
    variants = [v.price_minor for v in product.variants] or [None]
    own = product.price_minor or 0
    return [own if price is None else price for price in variants]


def ids(products: list[Product]) -> set[str]:
    return {p.product_id for p in products}


@pytest.mark.parametrize("thing", ["phone", "laptop", "socks", "充电宝", "大米"])
@pytest.mark.parametrize("limit", [50, 300, 2_000])
def test_a_price_limit_keeps_exactly_the_products_within_it(
    generation: Generation, thing: str, limit: int
) -> None:
    everything = found(generation, thing)
    assert everything
    within = [p for p in everything if min(prices(p)) <= 100 * limit]
    assert ids(found(generation, f"{thing} under {limit}")) == ids(within)
    assert ids(found(generation, f"{limit}元以下 {thing}")) == ids(within)
    above = [p for p in everything if max(prices(p)) >= 100 * limit]
    assert ids(found(generation, f"{limit}元以上的{thing}")) == ids(above)


@pytest.mark.parametrize(
    ("thing", "typed", "value"),
    [
        ("running shoes", "size 38", "38"),
        ("running shoes", "41码", "41"),
        ("boots", "40号", "40"),
        ("shirt", "xl", "XL"),
        ("T恤", "XXL码", "XXL"),
        ("jeans", "2xl", "XXL"),
    ],
)
def test_a_size_keeps_exactly_the_products_that_come_in_it(
    generation: Generation, thing: str, typed: str, value: str
) -> None:
    everything = found(generation, thing)
    has = [p for p in everything if value in {v.attributes.get("Size") for v in p.variants}]
    assert has
    assert ids(found(generation, f"{thing} {typed}")) == ids(has)
    in_stock = [
        any(v.attributes.get("Size") == value and v.stock_units != 0 for v in p.variants)
        and p.stock_units != 0
        for p in found(generation, f"{thing} {typed}")
    ]
    assert in_stock == sorted(in_stock, reverse=True)


@pytest.mark.parametrize(
    ("thing", "typed", "attribute", "amount"),
    [
        ("rice", "5 kg", "Net weight", 5),
        ("大米", "10斤", "Net weight", 5),
        ("大米", "10公斤", "Net weight", 10),
        ("充电宝", "20000毫安", "Battery", 20_000),
        ("power bank", "10000mah", "Battery", 10_000),
        ("phone", "256gb", "Storage", 256),
        ("laptop", "1tb", "Storage", 1_024),
        ("monitor", "27寸", "Screen size", 27),
        ("charger", "65w", "Power", 65),
        ("kettle", "2l", "Capacity", 2),
    ],
)
def test_products_of_a_measure_come_first(
    generation: Generation, thing: str, typed: str, attribute: str, amount: float
) -> None:
    everything = [p for p in found(generation, thing) if p.stock_units]
    has = {p.product_id for p in everything if p.attributes.get(attribute) == amount}
    assert has
    placed = [p for p in found(generation, f"{thing} {typed}") if p.stock_units]
    assert ids(placed) == ids(everything)  # a measure leaves nothing out
    assert has <= ids(placed[: len(has) + _n_others(placed, typed, has)])


def _n_others(placed: list[Product], typed: str, has: set[str]) -> int:
    """Products that say the measure in another attribute: a laptop bag for 16 inch."""
    number = typed.rstrip("abcdefghijklmnopqrstuvwxyz斤公毫安寸 ")
    return sum(
        p.product_id not in has and number in f"{p.title_en} {p.title_zh} {p.attributes}"
        for p in placed
    )


@pytest.mark.parametrize(
    ("text", "colour"),
    [("black socks", "Black"), ("白色 袜子", "White"), ("pink phone case", "Pink")],
)
def test_products_of_a_colour_come_first(generation: Generation, text: str, colour: str) -> None:
    placed = [p for p in found(generation, text) if p.stock_units]
    is_so = [p.attributes.get("Colour") == colour for p in placed]
    assert True in is_so
    assert is_so == sorted(is_so, reverse=True)
