"""Intents as evidence of which known question is meant."""

from __future__ import annotations

from dataclasses import replace

from baihuo.assist import Passage, PassageKind, Understanding
from baihuo.assist.retrieve.agreement import agreed, remembered

HOW_LONG = Passage(
    source_id="faq:1",
    kind=PassageKind.FAQ,
    text="3 days.",
    language="en",
    as_of_us=0,
    question="How long does delivery take?",
    p_right=0.4,
)
CASH = replace(HOW_LONG, source_id="faq:2", question="Cash on delivery?", p_right=0.5)
INTENTS = {HOW_LONG.question: ("delivery_period", 0.9), CASH.question: ("payment", 0.9)}


def read(p: float) -> Understanding:
    return Understanding(
        language="en", intent="delivery_period", p_intent=p, intents=(("delivery_period", p),)
    )


def test_the_question_of_the_same_intent_comes_first_and_is_surer() -> None:
    found = agreed([CASH, HOW_LONG], read(0.9), lambda text: INTENTS[text])
    assert [p.source_id for p in found] == ["faq:1", "faq:2"]
    assert (found[0].p_right or 0) > 0.7
    assert (found[1].p_right or 0) < 0.5


def test_an_unsure_intent_changes_nothing() -> None:
    assert agreed([CASH, HOW_LONG], read(0.5), lambda text: INTENTS[text]) == [CASH, HOW_LONG]
    assert agreed([CASH, HOW_LONG], read(0.9), None) == [CASH, HOW_LONG]


def test_a_known_question_is_read_once() -> None:
    asked: list[str] = []

    def intent_of(text: str) -> tuple[str, float]:
        asked.append(text)
        return INTENTS[text]

    once = remembered(intent_of)
    for _ in range(3):
        agreed([CASH], read(0.9), once)
    assert len(asked) == 1
