"""Intervals of rare rewards against published formulas, scipy, and the coverage they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from baihuo.core import Unsupported
from baihuo.evaluate import Interval
from baihuo.evaluate.score_interval import (
    difference_interval,
    score_interval,
    student_quantile,
    weight_prior,
)


def _mean(weights: np.ndarray, rewards: np.ndarray, clusters: np.ndarray | None = None) -> Interval:
    ones = np.ones(len(weights))
    prior = weight_prior(weights, rewards, float(len(weights)))
    return score_interval(weights * rewards, ones, prior=prior, clusters=clusters)


@pytest.mark.parametrize("degrees", [3, 5, 12, 80, 4000])
@pytest.mark.parametrize("p", [0.9, 0.975])
def test_students_quantile_is_that_of_scipy(degrees: float, p: float) -> None:
    assert student_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=5e-3)


def test_without_weights_it_is_the_score_interval_of_a_poisson_rate() -> None:
    n, n_clicks, z = 10_000, 40, stats.norm.ppf(0.975)
    found = _mean(np.ones(n), np.repeat([1.0, 0.0], [n_clicks, n - n_clicks]))
    centre, half = n_clicks + z**2 / 2, z * np.sqrt(n_clicks + z**2 / 4)
    assert found.mid == pytest.approx(n_clicks / n)
    assert found.low == pytest.approx((centre - half) / n, rel=0.01)
    assert found.high == pytest.approx((centre + half) / n, rel=0.01)


def test_no_click_at_all_still_leaves_room_for_some() -> None:
    n = 5_000
    found = _mean(np.ones(n), np.zeros(n))
    assert (found.mid, found.low) == (0.0, 0.0)
    # The exact upper end of 95% is 3.69 clicks (Garwood, 1936); that of the score is z² = 3.84.
    assert 3.6 < found.high * n < 4.0


def test_with_no_click_fewer_effective_rows_leave_more_room() -> None:
    weights = np.repeat([4.0, 0.0], [1_000, 3_000])
    found = _mean(weights, np.zeros(4_000))
    as_many = _mean(np.ones(1_000), np.zeros(1_000))
    assert found.high == pytest.approx(as_many.high, rel=0.01)


def test_rows_of_one_visitor_count_once() -> None:
    """Ten copies of every row are no more visitors than before."""
    rng = np.random.default_rng(3)
    rewards = (rng.random(2_000) < 0.03).astype(float)
    once = _mean(np.ones(2_000), rewards)
    copied, visitor = np.repeat(rewards, 10), np.repeat(np.arange(2_000), 10)
    together = _mean(np.ones(20_000), copied, visitor)
    alone = _mean(np.ones(20_000), copied)
    assert together.high - together.low == pytest.approx(once.high - once.low, rel=0.06)
    assert alone.high - alone.low < 0.4 * (once.high - once.low)


def test_one_visitor_says_nothing_of_visitors() -> None:
    with pytest.raises(Unsupported, match="one visitor"):
        _mean(np.ones(50), np.ones(50), np.zeros(50))


def test_a_difference_of_independent_means_has_both_their_lengths() -> None:
    found = difference_interval(Interval(5.0, 2.0, 9.0), Interval(3.0, 2.0, 6.0), correlation=0.0)
    assert found == Interval(2.0, 2.0 - np.hypot(3, 3), 2.0 + np.hypot(4, 1))


@pytest.mark.parametrize(("rate", "n_rows"), [(0.004, 10_000), (0.1, 1_500)])
def test_the_interval_holds_where_the_usual_one_misses(rate: float, n_rows: int) -> None:
    """300 logs of a skewed policy, judged for an even one; the usual interval is too low too often."""
    items = np.random.default_rng(5).gamma(2.0, size=40)
    p_click = items / items.mean() * rate
    chance = np.exp(1.1 * np.random.default_rng(6).standard_normal(40))
    chance /= chance.sum()
    n_held = n_usual = 0
    for run in range(300):
        rng = np.random.default_rng([9, run])
        item = rng.choice(40, size=n_rows, p=chance)
        weights = 1 / 40 / chance[item]
        rewards = (rng.random(n_rows) < p_click[item]).astype(float)
        found = _mean(weights, rewards)
        n_held += found.low <= p_click.mean() <= found.high
        error = (weights * rewards).std() / np.sqrt(n_rows)
        n_usual += abs((weights * rewards).mean() - p_click.mean()) <= 1.96 * error
    # Four standard errors of 300 runs are 5%.
    assert 0.90 <= n_held / 300 <= 0.99
    assert n_usual < n_held


@given(
    weights=st.lists(st.floats(0, 50), min_size=5, max_size=40),
    factor=st.floats(0.01, 100),
    seed=st.integers(0, 999),
)
def test_the_unit_of_the_reward_changes_nothing_but_the_unit(
    weights: list[float], factor: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rewards = rng.integers(1, 5, len(weights)).astype(float)
    order = rng.permutation(len(weights))
    one = _mean(np.array(weights), rewards)
    other = _mean(np.array(weights)[order], (rewards * factor)[order])
    assert one.low <= one.mid <= one.high
    for a, b in ((one.mid, other.mid), (one.low, other.low), (one.high, other.high)):
        assert b == pytest.approx(a * factor, rel=1e-6, abs=1e-6 * factor)


@pytest.mark.parametrize("tiny", [5e-324, 1e-200, 1e-100, 0.0])
def test_weights_that_are_next_to_nothing_do_not_break_it(tiny: float) -> None:
    for weights in (np.full(10, tiny), np.array([tiny] * 9 + [1.0])):
        for rewards in (np.zeros(10), np.ones(10), np.repeat([0.0, 1.0], 5)):
            found = _mean(weights, rewards)
            assert 0 <= found.low <= found.mid <= found.high < np.inf


def test_a_prior_of_weights_that_are_all_the_same_has_no_spread() -> None:
    found = weight_prior(np.full(100, 3.0), np.repeat([1.0, 0.0], 50), 100.0)
    assert (found.per_unit, found.spread) == pytest.approx((0.03, 0.0))
