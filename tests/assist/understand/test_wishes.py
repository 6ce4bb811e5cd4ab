"""Several wishes of one message."""

from __future__ import annotations

import time

import pytest

from baihuo.assist.understand.wishes import wishes


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("how long does delivery take and can I pay with wechat?", 2),
        ("Do you wrap gifts? And do you ship to Singapore?", 2),
        ("什么时候发货，发什么快递", 2),
        ("运费多少？还有，能开发票吗？", 2),
        ("it is for my mum in Leeds, do you ship to the uk and whats the cost", 3),
        ("can I return shoes and socks", 0),
        ("hello! where is my order?", 0),
        ("你好，运费多少", 0),
        ("我想取消订单，不需要了", 0),
    ],
)
def test_a_message_is_cut_where_another_wish_begins(text: str, parts: int) -> None:
    assert len(wishes(text)) == parts


def test_a_long_message_costs_little() -> None:
    started = time.process_time()
    assert len(wishes("and how " * 500)) <= 3
    assert time.process_time() - started < 0.05
