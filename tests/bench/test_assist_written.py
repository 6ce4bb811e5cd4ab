"""Written conversations: the exam is whole, and its rules find what is wrong with a reply."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from baihuo.core import Product
from suites.assist_written.exam import read_exam
from suites.assist_written.judging import faults
from suites.assist_written.shoppers import Stock, cast, kind_of

EXAM = Path(__file__).parents[1] / "assist" / "reviewed" / "conversations.yaml"
LAMP = Product(
    product_id="lamp-1",
    title_en="Lamp",
    title_zh="台灯",
    price_minor=12_900,
    currency="CNY",
    stock_units=3,
    attributes={"Power": 10},
    category=("Home", "Lamps"),
)


def test_both_languages_and_both_parts_stand_in_the_exam() -> None:
    talks = read_exam(EXAM)
    assert len(talks) >= 80
    languages = Counter(t.language for t in talks)
    assert min(languages.values()) / len(talks) > 0.45
    parts = {p: {t.talk_class for t in talks if t.part == p} for p in ("work", "report")}
    assert parts["work"] == parts["report"]
    assert all(1 <= len(t.turns) <= 5 for t in talks)


def test_a_field_that_there_is_not_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "exam.yaml"
    wrong.write_text(
        "- {id: a, class: faq, part: work, language: en, turns: [{say: hi, hass: [x]}]}"
    )
    with pytest.raises(ValueError, match="hass"):
        read_exam(wrong)


def reply(text: str, **more: Any) -> dict[str, Any]:
    step = {"stage": "decide", "note": "answer: known_answer"}
    return {
        "text": text,
        "options": [],
        "orders": [],
        "products": [],
        "source_ids": [],
        "trace": [step],
        **more,
    }


@pytest.mark.parametrize(
    ("turn", "given", "fault"),
    [
        ({"has": ["99"]}, reply("Shipping is free from 99 CNY."), ""),
        ({"has": ["99"]}, reply("Shipping is free."), "lacks 99"),
        ({"lacks": ["free"]}, reply("Shipping is free."), "has free"),
        ({"decision": ["decline"]}, reply("Shipping is free."), "decided answer"),
        ({"source": "order"}, reply("It is sent."), "no source order"),
        ({}, reply("运费8元。"), "is not English"),
        ({}, reply("It is sent.", source_ids=["order:o2"]), "another shopper"),
        (
            {"tiles": {"kinds": ["tent"]}},
            reply("These.", products=[{"product_id": "lamp-1"}]),
            "not",
        ),
        ({"page": "lamp", "price": True}, reply("It costs 129.00 CNY."), ""),
        ({"page": "lamp", "fact": "Power"}, reply("It has 100 watts."), "lacks Power"),
    ],
)
def test_rules(turn: dict[str, Any], given: dict[str, Any], fault: str) -> None:
    values = {"stranger": "o2"}
    found = list(faults(turn, given, values, language="en", stock=Stock([LAMP]), wall_s=0.1))
    assert fault in " | ".join(found) if fault else not found


def test_each_conversation_has_a_shopper_and_orders_of_its_own(tmp_path: Path) -> None:
    kinds = {k for t in read_exam(EXAM) for o in t.orders.values() for k in o["items"]}
    stock = Stock(replace(LAMP, product_id=f"{k}-1") for k in kinds)
    people = cast(read_exam(EXAM), stock, tmp_path, run="r", now=datetime(2026, 1, 9, tzinfo=UTC))
    ids = [i for c in people.values() for i in c.order_ids.values()]
    assert len(ids) == len(set(ids)) > 50
    assert len({c.shopper_id for c in people.values()}) == len(people)
    assert kind_of("dog-food-11029") == "dog-food"
