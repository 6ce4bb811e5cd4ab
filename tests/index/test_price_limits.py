"""Price limits in the words of a search, against brute force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import opened
from tests.index._wardrobe import found, product, read

from baihuo.core import Product
from baihuo.index import Generation


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("shoes under 300", None, 300),
        ("below $50 shirt", None, 50),
        ("shoes less than 20", None, 20),
        ("max 100 shirt", None, 100),
        ("shoes over 200", 200, None),
        ("shoes 100-300", 100, 300),
        ("shoes between 100 and 300", 100, 300),
        ("鞋 300元以下", None, 300),
        ("300以内的鞋", None, 300),
        ("100元以内 鞋", None, 100),
        ("鞋200到500元", 200, 500),
        ("不超过100块的鞋", None, 100),
        ("100块左右 鞋", 80, 120),
        ("¥300以下 鞋", None, 300),
        ("鞋 ３００元以下", None, 300),
        ("shoes under 1k", None, 1_000),
        ("shoes under 1,500", None, 1_500),
        ("鞋 1.5万以下", None, 15_000),
        ("三百五十元以下的鞋", None, 350),
        ("鞋 100元以上 300元以下", 100, 300),
        ("under ¥19.90 shirt", None, 19.9),
        ("at least 100 shoes", 100, None),
        ("300元以下双肩包", None, 300),  # 双 counts pairs after a bare number only
        ("30元以下抽纸", None, 30),
        ("100元以内包", None, 100),
    ],
)
def test_a_price_in_the_words_is_a_filter(
    generation: Generation, text: str, low: float | None, high: float | None
) -> None:
    price = read(generation, text)["price"]
    assert price.price_min_minor == (None if low is None else round(low * 100))
    assert price.price_max_minor == (None if high is None else round(high * 100))


@pytest.mark.parametrize(
    "text",
    [
        "iphone 15",
        "nike 270",
        "TN-2110",
        "15.6 inch laptop",
        "27寸显示器",
        "shirt under 5 kg",
        "100-300mm lens",
        "100-300 mm lens",
        "calendar 2025-2026",
        "toys 3-6岁",
        "size 10-12",
        "100以内加减法",
        "300内存",
        "usb 2.0-3.0",
        "within 30 days",
        "about 20",
        "12-24 months",
        "sony 70-200 f4",
        "蔡司24-70",
        "童车内胎57-305",
        "max232芯片",
        "浴室柜宽40以内",
        "奖券数字1到500",
        "15-3576电池",
        "i7-8700",
        "pack of 100",
    ],
)
def test_a_bare_number_is_never_a_price(generation: Generation, text: str) -> None:
    assert "price" not in read(generation, text)


def test_a_bare_range_that_prices_of_the_kind_are_in_is_a_price(tmp_path: Path) -> None:
    liquids = [
        product(
            i,
            f"Washing Liquid {i}",
            title_zh=f"洗衣液 {i}",
            category=("Laundry",),
            price_minor=1_000 * (i + 1),
        )
        for i in range(9)
    ]
    lenses = [
        product(
            20 + i, f"Zoom Lens 40-60 mm {i}", category=("Lenses",), price_minor=1_000 * (i + 1)
        )
        for i in range(9)
    ]
    shop = opened([*liquids, *lenses], tmp_path)
    assert set(found(shop, "washing liquid 40-60")) == {"item-3", "item-4", "item-5"}
    assert set(found(shop, "洗衣液40-60")) == {"item-3", "item-4", "item-5"}
    for text in (
        "lens 40-60",
        "washing liquid 140-160",
        "washing liquid 43-61",
        "40-60",
        "cloth 40-60",
    ):
        assert "price" not in read(shop, text), text


def test_words_of_a_price_that_name_products_are_no_price(tmp_path: Path) -> None:
    products = [product(i, f"Air Max 97 shoe {i}", price_minor=90_000) for i in range(3)]
    shop = opened(products, tmp_path)
    assert "price" not in read(shop, "air max 97")
    assert len(found(shop, "air max 97")) == 3
    assert read(shop, "shoe max 100")["price"].price_max_minor == 10_000


@pytest.mark.parametrize(
    ("text", "kind", "without"),
    [
        ("running shoes under 200", "price", "running shoes"),
        ("鞋 200元以下", "price", "鞋"),
        ("200元以下 38码 鞋", "price", "38码 鞋"),
    ],
)
def test_a_price_switched_off_gives_the_answer_without_its_words(
    generation: Generation, text: str, kind: str, without: str
) -> None:
    assert found(generation, text, as_typed=(kind,)) == found(generation, without)
    assert found(generation, text) != found(generation, without)


def test_shops_of_other_currencies_and_without_prices(tmp_path: Path) -> None:
    yen = [
        Product(product_id=f"y{i}", title_en="lamp", price_minor=1_000 * i, currency="JPY")
        for i in range(1, 5)
    ]
    shop = opened(yen, tmp_path / "yen")
    assert set(found(shop, "lamp under 2000")) == {"y1", "y2"}
    free = opened([Product(product_id="x", title_en="lamp under 20")], tmp_path / "free")
    assert read(free, "lamp under 20") == {}
    assert found(free, "lamp under 20") == ["x"]
    empty = opened([], tmp_path / "empty")
    assert found(empty, "red lamp xl under 20 5kg") == []


_LIMITS: list[Callable[[int], str]] = [
    lambda n: f"shoes under {n}",
    lambda n: f"{n}元以下 鞋",
    lambda n: f"shoes <= {n}",
    lambda n: f"不超过{n}块的鞋",
]


@settings(max_examples=60, deadline=None)
@given(st.integers(60, 600), st.sampled_from(_LIMITS))
def test_every_product_under_a_price_costs_at_most_that(
    generation: Generation, catalogue: list[Product], limit: int, write: Callable[[int], str]
) -> None:
    wanted = {
        p.product_id
        for p in catalogue
        if "Shoes" in (p.title_en or "")
        and any((v.price_minor or 0) <= 100 * limit for v in p.variants)
    }
    assert set(found(generation, write(limit))) == wanted
