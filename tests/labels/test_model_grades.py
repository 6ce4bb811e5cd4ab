"""A model's grades: believed where people agree, corrected where it errs, refused where it guesses."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from baihuo.labels import calibrate, corrected_share

N_QUERIES, EACH = 60, 20
QUERIES = [f"q{i // EACH}" for i in range(N_QUERIES * EACH)]


def world(strength: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A model's log-odds, ``strength`` standard deviations apart, and people's grades 0 or 3."""
    rng = np.random.default_rng(seed)
    relevant = rng.random(len(QUERIES)) < 0.4
    return strength * relevant + rng.normal(size=len(relevant)) - 7.0, 3 * relevant


def test_a_good_model_is_usable_and_its_probabilities_are_true() -> None:
    odds, grades = world(4.0, seed=1)
    found = calibrate(odds, grades, QUERIES, seed=5)
    assert found.is_usable
    assert found.probabilities.mean() == pytest.approx((grades > 0).mean(), abs=0.02)
    decided = found.is_decided
    expected = cohen_kappa_score(found.probabilities[decided] >= 0.5, grades[decided] >= 2)
    assert found.report["kappa"] == pytest.approx(expected)
    assert found.report["kappa_low"] < expected < found.report["kappa_high"]


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_a_model_that_guesses_abstains(strength: float) -> None:
    odds, grades = world(strength, seed=2)
    found = calibrate(odds, grades, QUERIES, seed=5)
    assert not found.is_usable
    assert found.report["decided"] < 0.1


def test_few_queries_are_no_proof() -> None:
    odds, grades = world(4.0, seed=3)
    few = slice(0, 10 * EACH)
    assert not calibrate(odds[few], grades[few], QUERIES[few], seed=5).is_usable


def test_the_corrected_share_holds_for_a_model_that_is_wrong() -> None:
    covered = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        relevant = (rng.random(len(QUERIES) * 2) < 0.3).astype(float)
        flattering = np.clip(0.5 + 0.3 * relevant + 0.1 * rng.normal(size=len(relevant)), 0, 1)
        n = len(QUERIES)
        share = corrected_share(flattering[:n], relevant[:n], QUERIES, flattering[n:], seed=seed)
        covered.append(share.low <= 0.3 <= share.high)  # of the world that all pairs come from
    assert 0.9 <= np.mean(covered) <= 1.0  # the mean of the model alone would be 0.29 too high


def test_grades_all_alike_are_named() -> None:
    with pytest.raises(ValueError, match="alike"):
        calibrate(np.zeros(5), np.full(5, 3), ["a"] * 5, seed=1)
