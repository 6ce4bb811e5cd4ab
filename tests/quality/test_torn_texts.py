"""Descriptions that were pasted twice, and words that are broken as at the ends of a brochure's lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product
from baihuo.quality.checks.text.nobody.repeated import said_once

pytestmark = pytest.mark.checks("hidden_characters", "repeated_words")

CHECKS = ("repeated_words", "hidden_characters")
_TITLES = "Kettle,Lamp,Drill,Scarf,Tent,Chair,Radio,Clock,Spoon,Bench".split(",")


def judged(cleaned: Any, texts: list[str], field: str = "description_en") -> list[tuple[str, Any]]:
    products = [
        replace(Product(product_id=f"p{n}", title_en=title), **{field: text})  # type: ignore[arg-type]
        for n, (title, text) in enumerate(zip(_TITLES, texts, strict=False), 1)
    ]
    run = cleaned([], products)
    left = {p["product_id"]: p[field] for p in run.rows("products")}
    found = {row: action for row, check, action in run.found() if check in CHECKS}
    return [(found.get(f"0:{n}", ""), left[f"p{n}"]) for n in range(1, len(texts) + 1)]


def test_a_description_that_was_pasted_twice_is_said_once(cleaned: Any) -> None:
    once = "A steel kettle that holds a litre of water. It boils in two minutes."
    texts = [
        f"{once} {once}",
        f"{once}\n\n{once}\n\n{once}",
        f"{once} It comes with a lid. {once}",
        "Good, good, good, good, good, good, good, good, good, good, good, good.",
    ]
    assert judged(cleaned, texts) == [
        ("repair", once),
        ("repair", once),
        ("", texts[2]),
        ("", texts[3]),
    ]


def test_a_chinese_description_that_was_pasted_twice_is_said_once(cleaned: Any) -> None:
    once = "不锈钢水壶，容量一升，两分钟烧开，把手不烫，适合家庭与办公室使用。"
    assert judged(cleaned, [once * 2, once], "description_zh") == [("repair", once), ("", once)]


def test_words_broken_at_line_ends_are_joined_where_other_texts_have_them_whole(
    cleaned: Any,
) -> None:
    texts = [
        "A complete guarantee for the aluminium handle.",
        "A com-\nplete guar-\nantee for a year.",
        "The alu- minium handle stays cool.",
        "Its well-\nknown aluminium handle is zigga-\nzagged at the end.",
        "Indoor- and outdoor use, two- or threefold; steel - made to last.",
    ]
    assert judged(cleaned, texts) == [
        ("", texts[0]),
        ("repair", "A complete guarantee for a year."),
        ("repair", "The aluminium handle stays cool."),
        ("note", texts[3]),
        ("", texts[4]),
    ]


def test_said_once_needs_copies_that_are_equal_and_long() -> None:
    assert said_once("Blue pot. Blue pot.") is None
    assert said_once("A blue pot of cast iron, 2 l. A blue pot of cast iron, 3 l.") is None
