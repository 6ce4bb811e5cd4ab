"""Titles that are cut, copied, advertise, or talk to colleagues; and those that only look so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.quality.test_strange_cells import things

pytestmark = pytest.mark.checks("unreadable_characters", "markup", "keyword_stuffing", "no_title")

TITLE = things()[0].title_en  # Norvika NV1000 sturdy running shoes red
OF_NOTHING = {"keyword_stuffing", "no_title", "unreadable_characters", "markup"}


def found(cleaned: Any, titles: list[str], field: str = "title_en") -> list[set[str]]:
    """What is noted of each of the titles, in a catalogue of 120 that are in order. Nothing is noted of the others."""
    products = things()
    products[: len(titles)] = [
        replace(product, **{field: title})  # type: ignore[arg-type]
        for product, title in zip(products, titles, strict=False)
    ]
    checks: dict[str, set[str]] = {f"0:{n + 1}": set() for n in range(len(titles))}
    for row, check, action in cleaned([], products).found():
        if check in OF_NOTHING:
            assert action == "note"
            checks[row].add(check)
    return list(checks.values())


def test_a_title_that_says_more_than_its_name_or_nothing(cleaned: Any) -> None:
    expected = {
        "Norvika NV1000 sturdy running sh...": "unreadable_characters",
        "Norvika NV1000 sturdy run…": "unreadable_characters",
        "Norvika+NV1000+sturdy+running+shoes+red": "unreadable_characters",
        "norvika-nv1000-sturdy-running-shoes-red": "unreadable_characters",
        "norvika_nv1000_sturdy_running_shoes_red": "no_title",
        f"Free delivery this week! {TITLE}": "keyword_stuffing",
        f"Summer sale ends soon: {TITLE}": "keyword_stuffing",
        f"{TITLE} - free shipping": "keyword_stuffing",
        f"Copy of {TITLE}": "keyword_stuffing",
        f"{TITLE} (copy 3)": "keyword_stuffing",
        f"['{TITLE}']": "markup",
        f"{{'en': '{TITLE}'}}": "markup",
        f'="{TITLE}"': "no_title",
        "-2+3+cmd|'/C notepad'!A1": "no_title",
        "sdfg dfgh jkl": "no_title",
        f"{TITLE} 1:1 replica": "keyword_stuffing",
        f"{TITLE} | Norvikstore.com": "keyword_stuffing",
        f"{TITLE} - eBay": "keyword_stuffing",
        f"{TITLE}: Amazon.co.uk: Shoes": "keyword_stuffing",
        f"{TITLE} (check with Anna before publishing)": "keyword_stuffing",
        f"{TITLE} (photo missing)": "keyword_stuffing",
        f"[dead listing, see other] {TITLE}": "keyword_stuffing",
        f"{TITLE} - use the correct item": "keyword_stuffing",
        f"{TITLE} NaNcm": "markup",
        f"{TITLE} ?? confirm size": "keyword_stuffing",
        f"{TITLE}, women's, only for men": "keyword_stuffing",
        f"only €19 {TITLE}": "keyword_stuffing",
    }
    checks = found(cleaned, list(expected))
    wrong = {
        title: got
        for (title, check), got in zip(expected.items(), checks, strict=True)
        if check not in got
    }
    assert not wrong


@pytest.mark.checks("keyword_stuffing")
def test_a_chinese_title_that_says_more_than_its_name(cleaned: Any) -> None:
    titles = [
        "诺维克 NV1000 跑步鞋 高仿",
        "诺维克 NV1001 冲锋衣 副本",
        "诺维克 NV1002 台灯（主图有误，先别发布）",
        "诺维克 NV1003 跑步鞋-淘宝网",
        "【此款弃用】诺维克 NV1000 跑步鞋",
        "诺维克 NV1001 冲锋衣（旧编码勿用）",
        "男士专用 诺维克 NV1004 女鞋",
    ]
    assert found(cleaned, titles, "title_zh") == [{"keyword_stuffing"}] * len(titles)


def test_a_title_that_only_looks_so(cleaned: Any) -> None:
    words = (
        "åˆ€ 16cm",  # 刀 in another encoding: no euros
        "(new colour)",
        "- Amazon Fire TV remote",
        "for men and women",
        "HDMI+VGA",
        "digital copy",
        "size L…XL wide",
        "= A5",
    )
    titles = [f"{p.title_en} {w}" for p, w in zip(things(), words, strict=False)]
    assert set().union(*found(cleaned, titles)) <= {"unreadable_characters"}  # of the first


def test_a_chinese_title_that_only_looks_so(cleaned: Any) -> None:
    words = ("高仿真绢花", "翡翠 A货手镯", "男女通用", "复刻版唱片", "作废章 印章")
    titles = [f"诺维克 NV{1000 + n} {w}" for n, w in enumerate(words)]
    assert found(cleaned, titles, "title_zh") == [set()] * len(titles)


@pytest.mark.checks("no_title")
def test_a_title_that_is_its_category_and_nothing_else(cleaned: Any) -> None:
    titles = ["Goods > Running Shoes", "rain jacket", "Goods / Desk lamp", "Running shoes red"]
    assert found(cleaned, titles) == [{"no_title"}, {"no_title"}, {"no_title"}, set()]
