"""Raters: agreement as others compute it, errors as they were simulated, and three real raters."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from baihuo.evaluate import (
    agreement,
    dawid_skene,
    krippendorff_alpha,
    weighted_kappa,
)
from baihuo.evaluate.rater_agreement import MISSING, grade_posterior, prior_rater


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60),
    st.sampled_from(["none", "linear", "quadratic"]),
)
def test_kappa_is_what_scikit_learn_says(
    pairs: list[tuple[int, int]], weights: Literal["none", "linear", "quadratic"]
) -> None:
    ours, theirs = np.array(pairs).T
    expected = weighted_kappa(ours, theirs, n_grades=4, weights=weights)
    if np.isnan(expected):
        assert len(set(ours) | set(theirs)) == 1
        return
    theirs_said = cohen_kappa_score(
        ours, theirs, labels=range(4), weights=None if weights == "none" else weights
    )
    assert expected == pytest.approx(theirs_said, abs=1e-12)


def test_krippendorffs_own_example_with_missing_ratings() -> None:
    table = """
        . . . . . 3 4 1 2 1 1 3 3 . 3
        1 . 2 1 3 3 4 3 . . . . . . .
        . . 2 1 3 4 4 . 2 1 1 3 3 . 4"""
    rows = [[-1 if c == "." else int(c) for c in line.split()] for line in table.split("\n")[1:]]
    ratings = np.array(rows).T
    assert krippendorff_alpha(ratings, n_grades=5, weights="none") == pytest.approx(0.691, abs=1e-3)
    assert krippendorff_alpha(ratings, n_grades=5) == pytest.approx(0.811, abs=1e-3)


def test_error_rates_that_were_simulated_are_found_and_the_consensus_beats_the_majority() -> None:
    rng = np.random.default_rng(7)
    truth = rng.choice(4, 3000, p=[0.45, 0.1, 0.15, 0.3])
    raters = [0.95, 0.9, 0.55, 0.5, 0.5]
    confusion = np.stack([prior_rater(4, right=r) for r in raters])
    ratings = np.stack([[rng.choice(4, p=c[t]) for t in truth] for c in confusion], axis=1)
    ratings[rng.random(ratings.shape) < 0.2] = MISSING
    keep = (ratings != MISSING).any(axis=1)
    truth, ratings = truth[keep], ratings[keep]
    found = dawid_skene(ratings, n_grades=4)
    assert np.abs(found.error_rates - (1 - np.array(raters))).max() < 0.03
    assert np.abs(found.confusion - confusion).max() < 0.12
    votes = np.stack([(ratings == g).sum(axis=1) for g in range(4)], axis=1).argmax(axis=1)
    assert (found.grades == truth).mean() > (votes == truth).mean() + 0.05
    sure = found.probabilities.max(axis=1)
    assert (found.grades == truth)[sure > 0.95].mean() > 0.95


def test_two_raters_who_contradict_each_other_weigh_as_worked_out_by_hand() -> None:
    """Ann is right 9 times in 10, Bo 6 in 10; a third of the pairs are relevant. Ann says no, Bo says yes."""
    ann, bo = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.6, 0.4], [0.4, 0.6]])
    consensus_computed = grade_posterior(
        np.array([[0, 1]]), np.array([2 / 3, 1 / 3]), np.stack([ann, bo])
    )
    no, yes = 2 / 3 * 0.9 * 0.4, 1 / 3 * 0.1 * 0.6  # 0.24 and 0.02
    assert consensus_computed[0] == pytest.approx([no / (no + yes), yes / (no + yes)])
    assert consensus_computed[0, 0] == pytest.approx(12 / 13)


def test_no_small_step_away_from_what_was_found_is_likelier() -> None:
    """The objective written out pair by pair, as a reader of the paper would."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 60)
    ratings = np.stack(
        [np.where(rng.random(60) < 0.25, rng.integers(0, 3, 60), truth) for _ in range(3)], axis=1
    )
    ratings[rng.random(ratings.shape) < 0.1] = MISSING
    ratings = ratings[(ratings != MISSING).any(axis=1)]
    found = dawid_skene(ratings, n_grades=3, strength=5.0, tolerance=1e-13, max_rounds=5000)

    def objective(prior: NDArray[np.float64], confusion: NDArray[np.float64]) -> float:
        total = 0.0
        for row in ratings:
            total += np.log(
                sum(
                    prior[t]
                    * np.prod(
                        [
                            confusion[r, t, is_given]
                            for r, is_given in enumerate(row)
                            if is_given >= 0
                        ]
                    )
                    for t in range(3)
                )
            )
        return total + np.log(prior).sum() + 5.0 * (prior_rater(3) * np.log(confusion)).sum()

    best = objective(found.prior, found.confusion)
    for _ in range(200):
        prior = found.prior * np.exp(rng.normal(size=3) * 0.02)
        confusion = found.confusion * np.exp(rng.normal(size=(3, 3, 3)) * 0.02)
        moved = objective(prior / prior.sum(), confusion / confusion.sum(axis=2, keepdims=True))
        assert moved <= best + 1e-9


def test_nothing_is_claimed_of_a_rater_who_judged_what_nobody_else_did() -> None:
    ratings = np.array([[0, 0, -1], [1, 1, -1], [-1, -1, 1]])
    report = agreement(ratings, ["ann", "bo", "cy"], n_grades=2)
    assert [r.n_shared for r in report.raters] == [2, 2, 0]
    assert report.to_json()["raters"][2]["kappa"] is None


def test_the_report_names_the_rater_who_guesses() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 600)
    good = [np.where(rng.random(600) < 0.1, rng.integers(0, 3, 600), truth) for _ in range(3)]
    ratings = np.stack([*good, rng.integers(0, 3, 600)], axis=1)
    report = agreement(ratings, ["ann", "bo", "cy", "dee"], n_grades=3)
    assert max(report.raters, key=lambda r: r.error_rate).name == "dee"
    assert report.raters[3].error_rate > 0.55
    assert min(report.pairwise, key=lambda p: p.quadratic).theirs == "dee"
    assert "consensus" not in report.to_json()


@pytest.mark.parametrize(
    ("ratings", "why"), [([[-1, -1]], "no rating"), ([[4, 0]], "outside"), ([[-2, 0]], "outside")]
)
def test_ratings_that_cannot_be_are_refused(ratings: list[list[int]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dawid_skene(np.array(ratings), n_grades=4)


def test_three_real_raters(shared_data: Callable[[str], Path]) -> None:
    """The final grades were settled by people: the consensus is nearer to them than any rater is."""
    with (shared_data("icecat") / "individual_ratings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ratings = np.array([[int(r[f"agent_{i}_rating"]) for i in (1, 2, 3)] for r in rows])
    final = np.array([int(r["final_rating"]) for r in rows])
    report = agreement(ratings, ["agent_1", "agent_2", "agent_3"], n_grades=4)
    assert report.alpha == pytest.approx(0.776, abs=0.001)
    equal = (report.consensus.grades == final).mean()
    assert equal > 0.88
    assert equal > max((ratings[:, i] == final).mean() for i in range(3)) + 0.02
    assert min(report.raters, key=lambda r: r.error_rate).name == "agent_1"
