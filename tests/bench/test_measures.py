"""The measures behind recorded figures, on cases worked out by hand. ``make bench`` runs the scripts themselves."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from assist_intent import calibration_error, entity_f1
from baihuo.assist.learning.utterance_rows import Marked, Utterance
from baihuo.core import Event, EventType, ShopPaths
from baihuo.events import EventLog
from suites.assist_intent.systems import Read
from suites.assist_retrieval.measures import bleu2
from suites.assist_retrieval.measures import measures as of_lists
from suites.ctr.measures import apart, measures
from suites.durability.torn import _is_prefix, stored_ids, torn_copies
from suites.judged.asking import Answer
from suites.judged.measures import scored


def test_measures_of_clicks_are_those_of_scikit_learn_and_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(1, 3, 4000)
    labels = (rng.random(4000) < truth).astype(np.float64)
    found = measures(truth, labels)
    assert found["auc"] == pytest.approx(roc_auc_score(labels, truth))
    assert found["log_loss"] == pytest.approx(log_loss(labels, truth))
    assert measures(np.full(4000, labels.mean()), labels)["ne"] == pytest.approx(1)
    noisy = np.clip(truth + rng.normal(scale=0.2, size=4000), 0.01, 0.99)
    gap = apart([truth], [noisy], labels)["auc"]
    assert gap["low"] > 0
    # as long as what drawing rows again gives
    drawn = [
        roc_auc_score(labels[rows], truth[rows]) - roc_auc_score(labels[rows], noisy[rows])
        for rows in rng.integers(0, 4000, (200, 4000))
    ]
    assert gap["high"] - gap["low"] == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.25)


def test_entities_count_by_exact_place_and_kind_and_calibration_by_distance() -> None:
    rows = [Utterance("a b c", "x", (Marked("k", 0, 1), Marked("k", 2, 3)))]
    said = [Read("x", 1.0, 1.0, (Marked("k", 0, 1), Marked("other", 2, 3), Marked("k", 4, 5)))]
    assert entity_f1(rows, said) == pytest.approx(2 * 1 / (2 + 3))
    p, is_right = np.array([0.95] * 10 + [0.05] * 10), np.array([True] * 10 + [False] * 10)
    assert calibration_error(p, is_right) == pytest.approx(0.05)


def test_answers_that_tie_share_their_places_and_bleu_of_the_same_is_one() -> None:
    found = of_lists(np.array([[2.0, 1, 0], [1, 1, 0], [0, 1, 2], [0, 0, 0]]))
    assert found["mrr"] == pytest.approx([1, 1 / 1.5, 1 / 3, 1 / 2])
    assert [bleu2([said], ["abcd"]) for said in ("abcd", "xy", "ab")] == pytest.approx(
        [1, 0, np.exp(-1)]
    )


def test_right_at_10_is_the_share_of_what_could_be_there() -> None:
    pages = ((), ("d", "x"), ("x", "a", "d", "b"), ("c", "b", "a"))
    right = [
        scored([Answer(page)], [{"a": 3, "b": 2, "c": 2, "d": 1}])["right_at_10"][0]
        for page in pages
    ]
    assert right == pytest.approx([0, 0, 2 / 3, 1])


def test_a_torn_log_opens_with_a_clean_prefix_and_a_gap_is_none(tmp_path: Path) -> None:
    log = EventLog(ShopPaths(tmp_path).log)
    log.append(
        [
            Event(
                event_id=f"e{i}",
                event_type=EventType.CLICK,
                visitor_id="v",
                occurred_at_us=1,
                received_at_us=1,
            )
            for i in range(20)
        ]
    )
    log.close()
    assert all(torn_copies(tmp_path, random.Random(3), n=6))
    sent = [*stored_ids(tmp_path), *["torn"] * 300]
    copy = Path(shutil.copy(ShopPaths(tmp_path).log, tmp_path / "copy.sqlite"))
    assert _is_prefix(copy, sent)
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM events WHERE seq = 7")
    assert not _is_prefix(copy, sent)
