"""A past answer that names an order of somebody is never said to somebody else, however the shop writes its numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from baihuo.assist.knowledge.cleaning import clean_pairs
from baihuo.assist.knowledge.past_files import read_conversations


def kept(*messages: tuple[str, str]) -> int:
    lines = [
        f'c{n // 2},2026-11-01T10:0{n % 10}:00Z,{author},"{text}"'
        for n, (author, text) in enumerate(messages)
    ]
    text = "conversation_id,at,author,text\n" + "\n".join(lines)
    return len(clean_pairs(read_conversations(text, source="a.csv"), source="a.csv").entries)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("has it been sent", "That is done for order oee0335ee1c2, have a nice day"),
        ("发货了吗", "订单oc7ec1fd02bd的退货正在处理"),
        ("oc7ec1fd02bd发货了吗", "一般付款后第二天发货"),
        ("where is AB12CD34EF", "It leaves on the next working day"),
        ("where is 20261127001", "It leaves on the next working day"),
    ],
)
def test_what_names_an_order_is_left_out(question: str, answer: str) -> None:
    assert kept(("shopper", question), ("desk", answer)) == 0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("does it fit an iPhone15ProMax", "It fits the iPhone15ProMax and the smaller one"),
        ("运费多少", "订单满99元包邮，不满99元收运费8元"),
    ],
)
def test_names_of_products_and_amounts_stay(question: str, answer: str) -> None:
    assert kept(("shopper", question), ("desk", answer)) == 1


def test_no_past_answer_of_the_sample_shop_names_one_of_its_orders(service_files: Path) -> None:
    orders = json.loads((service_files / "orders.json").read_bytes())
    file = read_conversations(
        (service_files / "conversations.csv").read_text(encoding="utf-8"), source="c.csv"
    )
    entries = clean_pairs(file, source="c.csv").entries
    said = [f"{e.question} {e.answer} {e.context}" for e in entries]
    assert len(said) > 50
    assert not [text for text in said if any(order_id in text for order_id in orders)]
