"""Searches as people type them, in shops without categories: denials, digits for numerals, parts of a kit, wrong characters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.index._shop import asked, opened

from baihuo.core import Product, has_han
from baihuo.index import AnswerSet, Generation, Thresholds, answer_set

CHINESE = {
    "hood": "连帽卫衣女装{}",
    "round": "圆领卫衣女装{}",
    "five": "男装五分裤{}",
    "jeans": "牛仔裤男装{}",
    "dress": "无袖连衣裙{}",
    "sleeves": "长袖连衣裙{}",
    "black": "黑色羽绒服{}",
    "white": "白色羽绒服{}",
}
ENGLISH = {
    "hp": ("HP", "HP EliteBook {} Notebook"),
    "dell": ("Dell", "Dell Latitude {} Notebook"),
    "wireless": ("Logi", "Logi Desk {} wireless keyboard"),
    "wired": ("Logi", "Logi Desk {} keyboard with wire"),
    "kit": ("Fury", "Fury {} memory module 32 GB 2 x 16 GB DDR4"),
    "single": ("Fury", "Fury {} memory module 16 GB DDR4"),
    "disk": ("Sea", "Sea {} hard drive 1000 GB"),
    "doll": ("Baby", "Baby {} doll shoes"),
}


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    made = [
        Product(product_id=f"{kind}-{i}", title_zh=text.format(f"X{i}"))
        for kind, text in CHINESE.items()
        for i in range(4)
    ]
    return opened(made, tmp_path_factory.mktemp("chinese"))


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    made = [
        Product(product_id=f"{kind}-{i}", title_en=text.format(f"X{i}"), brand=brand)
        for kind, (brand, text) in ENGLISH.items()
        for i in range(2 if kind == "doll" else 4)
    ]
    return opened(made, tmp_path_factory.mktemp("english"))


def answer(shop: Generation, text: str) -> AnswerSet:
    return answer_set(shop, asked(text), Thresholds())


@pytest.fixture
def first(chinese: Generation, english: Generation) -> Callable[[str], set[str]]:
    def of(text: str) -> set[str]:
        shop = chinese if text == "nzk" or has_han(text) else english
        return {str(shop.product_ids[r]).split("-")[0] for r in answer(shop, text).rows[:4]}

    return of


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("不带帽子的卫衣", {"round"}),  # titles have no 帽 but 连帽
        ("无帽卫衣", {"round"}),
        ("没有袖子的连衣裙", {"dress"}),  # what titles call 无袖
        ("羽绒服 除了黑色", {"white"}),
        ("除黑色以外的羽绒服", {"white"}),
        ("5分裤", {"five"}),
        ("牛子裤", {"jeans"}),  # one wrong character
        ("nzk", {"jeans"}),  # initials of a kind that only titles name
        ("notebook not hp", {"dell"}),  # a brand of two letters
        ("notebook other than dell", {"hp"}),
        ("keyboard without wire", {"wireless"}),
        ("memory module 2x16gb", {"kit"}),
        ("1tb hard drive", {"disk"}),
    ],
)
def test_what_people_type_is_read(
    first: Callable[[str], set[str]], text: str, kinds: set[str]
) -> None:
    assert first(text) == kinds


def test_a_word_that_denies_nothing_stays_a_word(chinese: Generation, english: Generation) -> None:
    assert not answer(chinese, "无袖连衣裙").read
    assert not answer(english, "notebook not in").read


def test_the_shoes_of_dolls_are_no_shoes_that_are_sold(english: Generation) -> None:
    assert answer(english, "running shoes").notes == ("not_sold:running shoes",)
    assert answer(english, "doll shoes").total > 0


def test_a_piece_count_in_chinese_numerals_is_a_measure(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    titles = {"thousand": "星夜拼图 1000片", "few": "星夜拼图 300片"}
    made = [
        Product(product_id=f"{kind}-{i}", title_zh=f"{text} X{i}")
        for kind, text in titles.items()
        for i in range(3)
    ]
    shop = opened(made, tmp_path_factory.mktemp("pieces"))
    rows = answer(shop, "一千片拼图").rows
    assert {str(shop.product_ids[r])[:8] for r in rows[:3]} == {"thousand"}
