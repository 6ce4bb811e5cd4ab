"""The value of one more judgement against the variance worked out case by case; a queue against chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from baihuo.evaluate import grade_beliefs, judgement_value, metric_by_query
from baihuo.evaluate.rater_agreement import MISSING, grade_posterior, prior_rater


def ndcg(gains: NDArray[np.float64], positions: NDArray[np.int64], k: int = 3) -> float:
    """As one writes it on paper: gain over the logarithm of the place, over the best order's."""
    found = sum(g / np.log2(p + 1) for g, p in zip(gains, positions, strict=True) if 1 <= p <= k)
    best = sum(g / np.log2(p + 1) for p, g in enumerate(sorted(gains)[::-1][:k], start=1))
    return float(found / best) if best > 0 else 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_value_is_the_variance_that_the_answer_takes_away(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    beliefs = rng.dirichlet(np.ones(3), size=n)
    confusion = rng.dirichlet(np.ones(3), size=3)
    ours, theirs = rng.permutation(n) + 1, rng.permutation(n) + 1
    values = judgement_value(beliefs, confusion, np.zeros(n), ours, theirs, k=3)
    for pair in range(n):
        chances, metrics = [], []
        for grade_given in range(3):
            after = beliefs.copy()
            after[pair] *= confusion[:, grade_given]
            chances.append(after[pair].sum())
            after[pair] /= after[pair].sum()
            gains = after @ np.array([0.0, 1.0, 3.0])
            metrics.append(ndcg(gains, ours) - ndcg(gains, theirs))
        mean = np.dot(chances, metrics)
        by_hand = np.dot(chances, (np.array(metrics) - mean) ** 2)
        assert values[pair] == pytest.approx(by_hand, abs=1e-12)


def test_what_cannot_move_the_difference_is_worth_nothing() -> None:
    beliefs = np.full((4, 4), 0.25)
    queries = np.zeros(4)
    same = np.arange(1, 5)
    assert judgement_value(beliefs, prior_rater(4), queries, same, same) == pytest.approx(0)
    other = same[::-1]
    guessing = np.full((4, 4), 0.25)
    assert judgement_value(beliefs, guessing, queries, same, other) == pytest.approx(0)
    beliefs[0] = [0, 0, 0, 1]
    values = judgement_value(beliefs, prior_rater(4), queries, same, other)
    assert values[0] == pytest.approx(0)
    assert (values[1:] > 0).all()


def test_the_queue_measures_better_than_chance_with_as_many_judgements() -> None:
    """Twenty queries whose truth is known, two raters who err; the error of the difference, ten times."""
    errors: dict[str, list[float]] = {"queue": [], "random": []}
    for seed in range(10):
        for policy, found in errors.items():
            found.append(_error_after(policy, seed, n_judged=120))
    assert np.mean(errors["queue"]) < 0.8 * np.mean(errors["random"])


def _error_after(policy: str, seed: int, n_judged: int) -> float:
    rng = np.random.default_rng(seed)
    n_queries, n = 20, 24
    queries = np.repeat(np.arange(n_queries), n)
    truth = np.array(
        [rng.choice(4, p=p) for p in rng.dirichlet([2, 0.5, 0.5, 1], n_queries) for _ in range(n)]
    )
    order = {}
    for name, noise in (("ours", 1.0), ("theirs", 2.5)):
        score = truth + rng.normal(size=len(truth)) * noise
        by_query = np.argsort(np.argsort(-score.reshape(n_queries, n), axis=1), axis=1)
        order[name] = by_query.ravel() + 1
    ours, theirs = order["ours"], order["theirs"]
    places = np.minimum(ours, theirs)
    want = np.nanmean(metric_by_query(np.eye(4)[truth], queries, ours, theirs))
    ratings = np.full((len(truth), 2), MISSING)
    rater = prior_rater(4, right=0.85)
    for batch in range(n_judged // 20):
        beliefs, known = grade_beliefs(ratings, queries, places, n_grades=4)
        values = rng.random(len(truth))
        if policy == "queue":
            values = judgement_value(beliefs, known[batch % 2], queries, ours, theirs)
        values = np.where(ratings[:, batch % 2] == MISSING, values, -1)
        for row in np.argsort(-values, kind="stable")[:20]:
            ratings[row, batch % 2] = rng.choice(4, p=rater[truth[row]])
    beliefs, _ = grade_beliefs(ratings, queries, places, n_grades=4)
    return float(abs(np.nanmean(metric_by_query(beliefs, queries, ours, theirs)) - want))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_beliefs_are_probabilities_whatever_was_judged(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, raters = int(rng.integers(1, 40)), int(rng.integers(0, 4))
    ratings = rng.integers(-1, 4, (n, raters))
    beliefs, confusion = grade_beliefs(
        ratings, rng.integers(0, 3, n), rng.integers(0, 30, n), n_grades=4
    )
    assert beliefs.shape == (n, 4)
    assert beliefs.sum(axis=1) == pytest.approx(1)
    assert confusion.shape == (raters, 4, 4)
    assert confusion.sum(axis=2) == pytest.approx(1)
    if raters:
        assert grade_posterior(ratings, beliefs.mean(axis=0), confusion).sum(
            axis=1
        ) == pytest.approx(1)
