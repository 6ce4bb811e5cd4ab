"""One fact in many spellings is one fact; another is not."""

from __future__ import annotations

import time

import pytest

from baihuo.assist.check.facts import holds
from baihuo.assist.check.reading import Fact, read
from baihuo.assist.planted import is_planted


def facts(text: str) -> tuple[Fact, ...]:
    return read(text).facts


def is_held(said: str, source: str) -> bool:
    theirs = facts(source)
    assert facts(said)
    assert theirs
    return all(any(holds(t, f) for t in theirs) for f in facts(said))


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("1,299.00 CNY", "¥1299"),
        ("￥1299", "1299元"),
        ("1299块钱", "1299 RMB"),
        ("$5", "5.00 US dollars"),
        ("三十天", "30 days"),
        ("two weeks", "14 days"),
        ("两周", "14天"),
        ("half an hour", "30 minutes"),
        ("半年", "6个月"),
        ("a year", "12 months"),
        ("5至7个工作日", "5-7 business days"),
        ("between five and seven working days", "5–7个工作日"),
        ("within 7 business days", "5-7 business days"),
        ("twenty-five percent", "25%"),
        ("百分之二十五", "25%"),
        ("八折", "20% off"),
        ("九五折", "5%"),
        ("half off", "五折"),
        ("2 p.m.", "14:00"),
        ("下午两点半", "14:30"),
        ("9 to 6 pm", "from 9 pm to 18:00"),
        ("1.2 kg", "1200克"),
        ("三斤", "1.5公斤"),
        ("0.5升", "500 ml"),
        ("March 3rd, 2026", "2026-03-03"),
        ("3 Mar", "2026年3月3日"),
        ("03/04/2026", "4 March 2026"),
        ("周三", "Wednesday"),
        ("明天", "tomorrow"),
        ("free of charge", "免费"),
        ("1.2万元", "12,000 CNY"),
        ("twenty pounds", "£20"),
        ("two pounds", "2 lbs"),
    ],
)
def test_the_same_fact(said: str, source: str) -> None:
    assert is_held(said, source)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("1.299 CNY", "1,299 CNY"),
        ("1299 USD", "1299 CNY"),
        ("30 days", "1 month"),
        ("5-7 days", "5-7 business days"),
        ("7 days", "5-7 days"),
        ("九折", "九五折"),
        ("85折", "九五折"),
        ("2 am", "14:00"),
        ("15 cm", "15 inch"),
        ("500升", "500毫升"),
        ("3 April", "2026-03-04"),
        ("3 March 2027", "3 March 2026"),
        ("周四", "Wednesday"),
        ("twenty pounds", "20 kg"),
        ("99元", "满99元"),
        ("one hundred and twenty days", "100 days, 20 days"),
    ],
)
def test_another_fact(said: str, source: str) -> None:
    assert not is_held(said, source)


@pytest.mark.parametrize("text", ["一般来说，请统一处理", "万一有些问题", "十分感谢", "一起看看"])
def test_characters_of_numbers_in_words_are_no_numbers(text: str) -> None:
    assert not facts(text)


def test_ids_and_contacts_are_taken_letter_for_letter() -> None:
    found = read(
        "Order #W481-72 of 13800138000, help@shop.example, https://shop.example/a, 400-820-1234."
    )
    assert {"w481-72"} <= found.codes
    assert found.contacts == {"help@shop.example", "shop.example/a", "4008201234", "13800138000"}


def test_invisible_characters_part_no_word() -> None:
    assert read("gua\u200bran\u00adtee").text == "guarantee"


@pytest.mark.parametrize(
    "part", ["1-", "a.a.", "a-", "9", "一", "不", "3月", "1,111", "a@", "as long as ", "+/", "A9"]
)
def test_texts_that_are_made_to_take_long_do_not(part: str) -> None:
    text = (part * 4_000)[:4_000]
    started = time.process_time()
    read(text)
    is_planted(text)
    assert time.process_time() - started < 1  # of CPU; some took ten
