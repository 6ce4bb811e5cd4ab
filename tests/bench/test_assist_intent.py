"""The measurement of understood messages: its values and trades are in no list that training has, and its figures are right."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assist_intent import calibration_error, entity_f1
from baihuo.assist.learning.new_values import value_lists
from baihuo.assist.learning.other_trades import other_trades, shop_talk
from baihuo.assist.learning.utterance_rows import Marked, Utterance
from baihuo.assist.understand.spans import place_names
from suites.assist_intent.other_trades import CHINESE, ENGLISH, SAME_WORDS, questions
from suites.assist_intent.systems import Read
from suites.assist_intent.unseen import (
    CITIES,
    PERSONS,
    PLANS,
    with_new_values,
    with_wrong_letters,
)


def test_values_are_in_no_list_of_the_training() -> None:
    trained = {str(v).lower() for of in value_lists().values() for v in of}
    trained |= {name.lower() for name in place_names("city")}
    surnames = {person.split()[-1].lower() for person in PERSONS}
    assert not trained & {v.lower() for v in (*CITIES, *PLANS, *PERSONS)} - {"plus"}
    assert not trained & surnames


def test_questions_of_other_trades_are_none_that_training_has() -> None:
    trained = {t.text for t in (*other_trades(random.Random(1)), *shop_talk(random.Random(1)))}
    asked = {*questions("en"), *questions("zh"), *questions("en", same_words=True)}
    assert not trained & asked
    assert len(asked) == sum(
        q.count("|") + 1 for of in (ENGLISH, CHINESE, SAME_WORDS) for q in of.values()
    )


def test_a_tenth_of_the_letters_is_wrong_and_no_digit() -> None:
    text = "a" * 20_000 + "0123456789"
    wrong = with_wrong_letters(text, 3)
    assert wrong.endswith("0123456789")
    # A quarter of the tenth is replaced by another letter (24 in 25 times), a quarter swapped with an equal one.
    assert sum(c not in "a0123456789" for c in wrong) == pytest.approx(20_000 * 0.1 / 4, rel=0.15)
    assert abs(len(wrong) - len(text)) < 200  # as many dropped as doubled


def test_a_new_value_stands_where_the_entity_says() -> None:
    row = Utterance("ship to rome now", "x", (Marked("delivery_city", 8, 12),))
    for seed in range(20):
        new = with_new_values(row, seed)
        (mark,) = new.marked
        value = new.text[mark.start : mark.end]
        assert value.islower()
        assert value.title() in CITIES
        assert new.text == f"ship to {value} now"


def test_f1_counts_exact_places_and_kinds() -> None:
    rows = [Utterance("a b c", "x", (Marked("k", 0, 1), Marked("k", 2, 3)))]
    said = [Read("x", 1.0, 1.0, (Marked("k", 0, 1), Marked("other", 2, 3), Marked("k", 4, 5)))]
    assert entity_f1(rows, said) == pytest.approx(2 * 1 / (2 + 3))


def test_calibration_error_is_the_mean_distance() -> None:
    p = np.array([0.95] * 10 + [0.05] * 10)
    is_right = np.array([True] * 10 + [False] * 10)
    assert calibration_error(p, is_right) == pytest.approx(0.05)
