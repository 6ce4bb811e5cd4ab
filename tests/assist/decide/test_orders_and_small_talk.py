"""When a change is planned, what small talk is, and how one gets out of a question of ours."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from baihuo.assist import (
    ActionPlan,
    ActionState,
    Conversation,
    Decision,
    Entity,
    Identity,
    Passage,
    PassageKind,
    Turn,
    Understanding,
)
from baihuo.assist.decide import DEFAULT_THRESHOLDS, decide, meant_of_orders, small_talk

ASKS = ActionPlan(tool="cancel_order", arguments={}, state=ActionState.LACKS, lacks="reason")
FEES = Passage(
    source_id="faq:1",
    kind=PassageKind.FAQ,
    text="Cancelling is free.",
    language="en",
    as_of_us=0,
    question="What does cancelling cost?",
    p_right=0.9,
)


def understood(intent: str, p: float, *, order: str = "") -> Understanding:
    entities = (Entity(kind="order_id", value=order, start=0, end=len(order)),) if order else ()
    return Understanding(
        language="en", intent=intent, p_intent=p, intents=((intent, p),), entities=entities
    )


@pytest.mark.parametrize(
    ("text", "read", "meant"),
    [
        (
            "check o6c40dadb48f for me",
            understood("get_refund", 0.26, order="o6c40"),
            "order_status",
        ),
        ("hmm the jeans", understood("return_order", 0.3), ""),
        ("地址填错了", understood("complaint", 0.4), "change_address"),
        ("我的快递到哪了", understood("delivery_period", 0.45), "order_status"),
        ("cancel my order", understood("cancel_order", 0.6), "cancel_order"),
        (
            "How do I cancel?",
            understood("check_cancellation_policy", 0.9),
            "check_cancellation_policy",
        ),
    ],
)
def test_a_change_needs_a_likely_intent_or_plain_words(
    text: str, read: Understanding, meant: str
) -> None:
    assert meant_of_orders(text, read)[0] == meant


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("lol ok thanks", "thanks"),
        ("ok great, thats all i wanted to know", "thanks"),
        ("知道了 谢啦", "thanks"),
        ("亲 在不在", "greeting"),
        ("thanks, but where is my order", None),
        ("谢谢，退货运费谁出", None),
        ("great, do you ship to Singapore", None),
    ],
)
def test_small_talk_says_nothing_else(text: str, kind: str | None) -> None:
    assert small_talk(text) == kind


@pytest.mark.parametrize("text", ["知道了" * 26, "thank you " * 8 + "x", "好的" * 39 + "x"])
def test_small_talk_made_to_be_slow_is_not(text: str) -> None:
    started = time.perf_counter()
    small_talk(text)
    assert time.perf_counter() - started < 0.05


def decided(
    text: str,
    answers_yes: bool | None,
    *passages: Passage,
    plan: ActionPlan | None = ASKS,
    n: int = 0,
) -> Decision:
    conversation = Conversation(
        conversation_id="c",
        identity=Identity(visitor_id="v"),
        pending=plan,
        asked=plan.lacks if plan else "",
        n_failures=n,
    )
    turn = Turn(conversation=conversation, message_id="m", text=text, now_us=0)
    read = replace(understood("", 0.0), answers_yes=answers_yes)
    return decide(turn, read, passages, plan, DEFAULT_THRESHOLDS)


def test_a_no_ends_what_is_asked_for() -> None:
    assert decided("never mind", False).reason == "declined_plan"


def test_another_question_in_between_is_answered() -> None:
    assert decided("what does cancelling cost", None, FEES).reason == "known_answer"


def test_the_same_is_asked_twice_and_then_a_person_comes() -> None:
    assert decided("yes", True).reason == "lacks"
    assert decided("yes", True, n=1).reason == "two_failures"


def test_a_yes_to_nothing_looks_for_no_products() -> None:
    offer = replace(FEES, kind=PassageKind.PRODUCT, product_id="p", source_id="product:p")
    assert decided("yes", True, offer, plan=None).reason == "nothing_said"


def test_who_asks_whether_it_is_a_machine_is_told() -> None:
    read = replace(understood("", 0.0), wants_person=True, language="zh")
    conversation = Conversation(conversation_id="c", identity=Identity(visitor_id="v"))
    turn = Turn(conversation=conversation, message_id="m", text="你是机器人吧", now_us=0)
    assert decide(turn, read, (), None, DEFAULT_THRESHOLDS).reason == "is_machine"
