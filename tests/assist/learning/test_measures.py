"""Measures of held-out examples against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.assist.learning.stand_in import ByWords, WordVotes, passage

from baihuo.assist.learning.examples import AnsweredQuestion, LabelledUtterance
from baihuo.assist.learning.measures import (
    answer_threshold,
    coverage_at,
    measure_answers,
    measure_intents,
    risk_curve,
)
from baihuo.assist.learning.right_answers import right_rows, says_the_same


def test_intents_by_hand() -> None:
    understander = WordVotes({"where": {"track": 1.0}, "cancel": {"cancel": 1.0}})
    utterances = [
        LabelledUtterance(text="where is it", intent="track"),
        LabelledUtterance(text="where from", intent="cancel"),
        LabelledUtterance(text="cancel it", intent="cancel"),
        LabelledUtterance(text="stop", intent="cancel"),
    ]
    measured = measure_intents(understander, utterances)
    assert measured.accuracy.mid == 0.5
    # track: guessed 2, meant 1, right 1; cancel: guessed 1, meant 3, right 1
    assert measured.macro_f1 == pytest.approx((2 / 3 + 2 / 4) / 2)
    assert measured.by_intent == {"track": 1.0, "cancel": pytest.approx(1 / 3)}
    assert np.isnan(measured.entity_f1)


def test_ranks_and_right_answers_by_hand() -> None:
    passages = [
        passage(0, "fee", "Shipping is free for orders of 99 CNY or more"),
        passage(1, "time", "Parcels arrive two to four days after dispatch"),
    ]
    questions = [
        AnsweredQuestion(
            question="is shipping free",
            answer="Hello! Shipping is free for orders of 99 CNY or more. Bye!",
        ),
        AnsweredQuestion(question="when do parcels arrive", answer="please wait a moment"),
        AnsweredQuestion(
            question="free parcels arrive when",
            answer="Shipping is free for orders of 99 CNY or more",
        ),
    ]
    measured = measure_answers(WordVotes({}), ByWords(passages, None, 0.8), questions, passages)
    assert measured.rank.tolist() == [
        1.0,
        2.0,
    ]  # of the first and the third: nothing answers "wait"
    assert measured.bm25_rank.tolist() == [1.0, 2.0]
    assert measured.is_right.tolist() == [1.0, 0.0, 0.0]
    assert measured.to_json()["recall1"]["mid"] == 0.5


def test_a_part_of_an_answer_is_right_and_boilerplate_is_not() -> None:
    whole = "Shipping is free for orders of 99 CNY or more. Below that it costs 8 CNY."
    assert says_the_same(whole, "Dear, Shipping is free for orders of 99 CNY or more.")
    assert not says_the_same(whole, "Thank you for your patience, dear customer of ours")
    assert says_the_same(
        "订单满99元包邮，不满99元收运费8元。",
        "亲，您好～订单满99元包邮，不满99元收运费8元。祝您生活愉快～",
    )
    assert right_rows(
        ["Dear, shipping is free for orders of 99 CNY or more", "hm"], [whole, "x"]
    ) == [frozenset({0}), frozenset()]


def test_the_threshold_answers_as_much_as_precision_allows() -> None:
    p = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    is_right = np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    assert answer_threshold(p, is_right, precision=1.0) == 0.8
    assert answer_threshold(p, is_right, precision=0.75) == 0.6
    assert coverage_at(p, is_right, precision=0.75).mid == pytest.approx(0.8)
    assert answer_threshold(p, np.zeros(5)) is None
    assert coverage_at(p, np.zeros(5)).high == 0
    curve = risk_curve(p, is_right)
    assert curve["coverage"] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert curve["risk"] == pytest.approx([0, 0, 1 / 3, 1 / 4, 2 / 5])


def test_equal_probabilities_are_answered_together() -> None:
    p = np.array([0.9, 0.9, 0.9, 0.1])
    assert answer_threshold(p, np.array([1.0, 1.0, 0.0, 1.0]), precision=0.9) is None
