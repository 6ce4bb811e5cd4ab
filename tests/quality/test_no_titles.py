"""What stands in the cell of a title or a brand and is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("brand_against_title", "no_title")

NONE = (
    "Lorem ipsum dolor sit amet",
    "Copy of Product",
    "Copy of Untitled (2)",
    "商品名称 副本",
    "测试商品请勿拍",
    "这是测试链接，请勿拍，请勿下单！",
    "asdfasdf12",
    "TEST DO NOT BUY",
    "UAT regression item 12",
    "Load test product",
    "性能测试专用宝贝7",
)
ODD = (
    "83364253",
    "6901 2345-6789",
    "SKU: AB-1234567",
    "运费补差价专用链接",
    "邮费补差价",
    "补差价 1元链接，拍下不发货",
    "Shipping fee difference link",
    "订金专拍，尾款另付",
    "上门安装费专拍链接",
    "Gift wrapping service, one item",
    "Deposit link for your order",
)
NAMES = (
    "1984",
    "Lorem poster of letters",
    "Copy of the Mona Lisa, oil on canvas",
    "测试仪 数字万用表",
    "iPhone15",
    "iPhone 16 Pro",
    "快递费计算器软件",
    "RTX4090",
    "Price labels, 1000 pieces",
    "Delivery box for postage of links",
    "Pregnancy test, 2 pieces",
    "Load cell item 12",
    "Gift wrap, 5 sheets",
    "测试笔 验电",
)


def teas(n: int = 60, **first: Any) -> list[Product]:
    made = [
        Product(
            product_id=f"t{i}",
            title_en=f"Norvik green tea {('leaf', 'bag', 'brick')[i % 3]} NV{1000 + i}",
            brand=("Norvik", "Baile", "Mira")[i % 3],
            category=("Food", "Tea"),
        )
        for i in range(n)
    ]
    return [replace(made[0], **first), *made[1:]]


def titled(title: str) -> list[Product]:
    return teas(title_en=None, title_zh=title) if not title.isascii() else teas(title_en=title)


@pytest.mark.checks("no_title")
@pytest.mark.parametrize("many", [(NONE, "quarantine"), (ODD, "note"), (NAMES, None)])
def test_a_title_that_names_no_product(
    cleaned: Any, many: tuple[tuple[str, ...], str | None]
) -> None:
    titles, action = many
    made = teas(400)
    for i, title in enumerate(titles):
        field = "title_en" if title.isascii() else "title_zh"
        titled: dict[str, Any] = {"title_en": None, "title_zh": None, field: title}
        made[i] = replace(made[i], **titled)
    found = {f for f in cleaned([], made).found() if f[1] == "no_title"}
    assert found == {(f"0:{i}", "no_title", action) for i in range(1, len(titles) + 1) if action}


def test_a_shop_that_calls_its_goods_by_numbers(cleaned: Any) -> None:
    made = [replace(p, title_en=f"{80000 + i}") if i % 4 == 0 else p for i, p in enumerate(teas())]
    assert not {f for f in cleaned([], made).found() if f[1] == "no_title"}


@pytest.mark.checks("no_title")
def test_a_line_of_sums_is_no_product(cleaned: Any) -> None:
    sums = ("Subtotal bags", "合计：茶叶", "Total tea")
    made = teas()
    made[:3] = [Product(product_id=t, title_en=t, stock_units=99) for t in sums]
    made[3:5] = [
        Product(product_id="t3", title_en="Total Gym bench"),
        Product(product_id="total-4", title_en="Total War, a game", brand="Norvik"),
    ]
    found = {f for f in cleaned([], made).found() if f[1] == "no_title"}
    assert found == {(f"0:{n}", "no_title", "quarantine") for n in (1, 2, 3)}
