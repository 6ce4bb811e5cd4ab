"""A message that goes on with the question before it, and one that stands alone."""

from __future__ import annotations

import pytest
from tests.assist.retrieve.small_shop import turn

from baihuo.assist.turns import Author
from baihuo.assist.understand.ellipsis import carried_on


@pytest.mark.parametrize(
    ("before", "text", "read"),
    [
        ("How much is shipping?", "and to Singapore?", "how much is shipping to singapore"),
        ("do you ship to Germany", "What about to Japan?", "do you ship to japan"),
        ("Can shoes be returned?", "and food", "can shoes be returned food"),
        ("运费多少钱？", "那新加坡呢？", "运费多少钱 新加坡"),
        ("能退鞋子吗", "食品呢", "能退鞋子吗 食品"),
    ],
)
def test_it_is_the_question_before_with_what_is_new(before: str, text: str, read: str) -> None:
    found = carried_on(turn(text, (Author.SHOPPER, before), (Author.MACHINE, "It is 12 CNY.")))
    assert found is not None
    assert found.text == read


def test_two_in_a_row_go_on_with_the_same_question() -> None:
    before = [(Author.SHOPPER, t) for t in ("how much is shipping", "and to singapore?")]
    found = carried_on(turn("and to Japan?", *before))
    assert found is not None
    assert found.text == "how much is shipping to japan"
    assert found.is_named_in("We ship to Japan.")
    assert not found.is_named_in("We ship to Singapore.")


@pytest.mark.parametrize(
    "text",
    [
        "and how do I pay?",
        "and cancel my order",
        "那怎么退货呢",
        "那运费呢",
        "android phone",
        "to Singapore",
        "and",
        "那",
        "and my neighbour once had a cat that was called after a shop",
    ],
)
def test_what_asks_something_of_its_own_stands_alone(text: str) -> None:
    assert carried_on(turn(text, (Author.SHOPPER, "How much is shipping?"))) is None


def test_without_a_question_before_nothing_goes_on() -> None:
    assert carried_on(turn("and to Singapore?")) is None
    assert carried_on(turn("and to Singapore?", (Author.MACHINE, "Hello!"))) is None
