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
    sure_threshold,
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


def test_the_threshold_of_a_shop_knows_that_people_are_wrong_now_and_then_and_trusts_no_lucky_few() -> (
    None
):
    rng = np.random.default_rng(5)
    p = rng.uniform(0.2, 1.0, 4_000)
    is_right = rng.random(4_000) < p
    people = is_right & (rng.random(4_000) < 0.9)  # one in ten is put otherwise
    chosen = sure_threshold(p, people.astype(float))
    assert chosen is not None
    assert is_right[p >= chosen].mean() == pytest.approx(0.9, abs=0.02)
    assert (
        answer_threshold(p, people.astype(float)) != chosen
    )  # by their word alone, hardly anything is sure
    few = np.array([0.5, 0.45, 0.4])
    assert sure_threshold(few, np.ones(3)) is None
    assert sure_threshold(np.empty(0), np.empty(0)) is None


def test_a_language_whose_probabilities_are_too_high_gets_a_higher_threshold() -> None:
    rng = np.random.default_rng(6)
    p = rng.uniform(0.2, 1.0, 2_000)
    honest, boastful = (rng.random(2_000) < 0.9 * q for q in (p, p - 0.1))
    low, high = (sure_threshold(p, one.astype(float)) for one in (honest, boastful))
    assert low is not None
    assert high is None or high > low
