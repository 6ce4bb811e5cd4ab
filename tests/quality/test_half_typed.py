"""Searches that were sent while the visitor still typed."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("half_typed_search")


def test_a_search_for_each_key_is_noted_and_a_narrower_one_later_is_not(
    event: Any, cleaned: Any
) -> None:
    typed = ["s", "sh", "sho", "shoes"]
    rows = [
        event("search", 0.2 * n, visitor_id="a", query_text=text) for n, text in enumerate(typed)
    ]
    rows += [
        event("search", 50, visitor_id="e", query_text="red"),  # and a blank, which is left out
        event("search", 50.2, visitor_id="e", query_text="red"),
        event("search", 50.4, visitor_id="e", query_text="red h"),
        event("search", 9, visitor_id="a", query_text="shoes red"),  # looked, and asked for less
        event("search", 0.3, visitor_id="b", query_text="shoes for children"),  # somebody else
        event("search", 20, visitor_id="c", query_text="hat"),
        event("search", 20.5, visitor_id="c", query_text="hat"),  # twice is no typing
        event("search", 40, visitor_id="d", query_text="羽"),
        event("search", 41, visitor_id="d", query_text="羽绒服"),
    ]
    found = {row for row, check, _ in cleaned(rows).found() if check == "half_typed_search"}
    assert found == {"0:1", "0:2", "0:3", "0:5", "0:6", "0:12"}


def test_the_pinyin_of_the_next_search_is_noted_also_of_two_syllables(
    event: Any, cleaned: Any
) -> None:
    pairs = [
        ("hong'cha", "红茶"),
        ("lü’dou", "绿豆"),
        ("红se'qun'z", "红色裙子"),
        ("men's", "鞋"),  # fewer characters than parts
        ("d'or", "dior"),
        ("women's shoes", "女士鞋子"),
    ]
    rows = []
    for n, (first, then) in enumerate(pairs):
        rows.append(event("search", 60 * n, visitor_id=f"v{n}", query_text=first))
        rows.append(event("search", 60 * n + 1, visitor_id=f"v{n}", query_text=then))
    rows.append(event("search", 900, visitor_id="w", query_text="hong'cha"))
    rows.append(event("search", 930, visitor_id="w", query_text="红茶"))  # half a minute later
    found = {row for row, check, _ in cleaned(rows).found() if check == "half_typed_search"}
    assert found == {"0:1", "0:3", "0:5"}
