"""What lists show of a catalogue, by the published formulas and by hand; and means of clusters against redraws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from baihuo.evaluate import (
    clustered_mean,
    coverage,
    diversity_by_list,
    gini,
    list_measures,
    novelty_by_list,
)


def test_gini_is_half_the_relative_mean_difference_and_coverage_the_share_shown() -> None:
    shown = np.random.default_rng(3).poisson(2.0, 40)
    differences = np.abs(shown[:, None] - shown[None, :]).mean()
    assert gini(shown) == pytest.approx(differences / (2 * shown.mean()))
    assert coverage(shown) == np.count_nonzero(shown) / 40
    assert gini(np.full(10, 4)) == pytest.approx(0)
    assert gini(np.eye(100)[0]) == pytest.approx(0.99)
    assert np.isnan(gini(np.zeros(5)))
    with pytest.raises(ValueError, match="no product"):
        coverage(np.zeros(0))


def test_novelty_is_the_self_information_of_who_knew_a_product() -> None:
    lists = np.array([[0, 1], [2, -1], [-1, -1]])
    found = novelty_by_list(lists, np.array([512, 1, 0]), 1024)
    np.testing.assert_allclose(found, [(1 + 10) / 2, 11, np.nan])


def test_diversity_is_the_share_of_pairs_of_different_kinds() -> None:
    kinds = np.array([0, 0, 1, 2, 2, 2])
    lists = np.array([[0, 1, 2, 3], [3, 4, 5, -1], [0, -1, -1, -1], [0, 2, 3, -1]])
    pairs = list(combinations([0, 0, 1, 2], 2))
    want = sum(a != b for a, b in pairs) / len(pairs)
    np.testing.assert_allclose(diversity_by_list(lists, kinds), [want, 0, np.nan, 1])


def test_without_clusters_it_is_students_interval() -> None:
    values = np.random.default_rng(1).normal(size=23)
    found = clustered_mean(values).interval(0.9)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize("n_visitors", [6, 15, 100])
def test_the_interval_holds_the_truth_as_often_as_it_says_also_with_few_visitors(
    n_visitors: int,
) -> None:
    """Visitors differ in taste and in how many pages they ask for; the bootstrap misses up to twice as often."""
    rng, n_held = np.random.default_rng(n_visitors), 0
    for _ in range(600):
        n_pages = 1 + rng.poisson(4, n_visitors)
        visitor = np.repeat(np.arange(n_visitors), n_pages)
        gains = rng.normal(0, 0.3, n_visitors)[visitor] + rng.normal(0, 0.5, len(visitor))
        found = clustered_mean(gains, visitor).interval(0.95)
        n_held += found.low <= 0 <= found.high
    assert 0.93 <= n_held / 600 <= 0.985


def test_a_single_visitor_says_nothing_of_others() -> None:
    one = clustered_mean(np.arange(9.0), np.zeros(9))
    assert one.interval(0.95).low == -np.inf
    with pytest.raises(ValueError, match="NaN"):
        clustered_mean(np.array([np.nan]))


def test_measures_of_lists_are_those_of_every_list_with_intervals_around_them() -> None:
    rng = np.random.default_rng(4)
    top = np.argsort(-(rng.random((300, 50)) + np.linspace(0, 1, 50)), axis=1)[:, :5]
    wanted = rng.integers(0, 50, 300)
    hits = top == wanted[:, None]
    kinds, knew = np.arange(50) % 7, rng.integers(1, 100, 50)
    found = list_measures(
        top, hits, np.ones(300, bool), n_knew=knew, n_visitors=100, kinds=kinds, seed=1
    )
    ranks = np.where(hits.any(axis=1), 1 / (1 + hits.argmax(axis=1)), 0)
    assert found["mrr"].mid == pytest.approx(ranks.mean())
    assert found["coverage"].mid == len(np.unique(top)) / 50
    assert found["diversity"].mid == pytest.approx(diversity_by_list(top, kinds).mean())
    assert found["novelty"].mid == pytest.approx(-np.log2(knew / 100)[top].mean())
    for one in found.values():
        assert one.low <= one.mid <= one.high
