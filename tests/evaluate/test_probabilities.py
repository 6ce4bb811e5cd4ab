"""AUC, log-loss, calibration and the bootstrap against scikit-learn, scipy and arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from baihuo.evaluate import (
    Interval,
    accuracy,
    auc,
    auc_by_group,
    bootstrap_mean,
    bootstrap_ratio,
    calibration_error,
    grouped_auc,
    log_loss,
    normalised_entropy,
    pages_needed,
    paired_bootstrap,
    reliability,
)


@given(st.integers(0, 10_000), st.integers(2, 200), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_auc_and_log_loss_are_what_scikit_learn_says(seed: int, n: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    outcomes = rng.integers(0, 2, n)
    outcomes[:2] = [0, 1]
    p = rng.integers(1, levels + 1, n) / (levels + 1)
    assert auc(p, outcomes) == pytest.approx(metrics.roc_auc_score(outcomes, p))
    assert log_loss(p, outcomes) == pytest.approx(metrics.log_loss(outcomes, p))


@given(st.integers(0, 10_000), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_gauc_is_the_mean_of_what_scikit_learn_says_of_each_visitor(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    visitor, outcomes = rng.integers(0, 7, 60), rng.integers(0, 2, 60)
    p = rng.integers(1, levels + 1, 60) / (levels + 1)
    found, n = auc_by_group(p, outcomes, visitor)
    theirs = []
    for one in np.unique(visitor):
        rows = visitor == one
        both = len(np.unique(outcomes[rows])) == 2
        theirs.append(metrics.roc_auc_score(outcomes[rows], p[rows]) if both else np.nan)
    np.testing.assert_allclose(found, theirs)
    known = ~np.isnan(found)
    assert n.sum() == 60
    assert grouped_auc(p, outcomes, visitor) == pytest.approx(
        (found[known] * n[known]).sum() / n[known].sum()
    )


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_accuracy_and_normalised_entropy_are_what_scikit_learn_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outcomes, p = np.r_[0, 1, rng.integers(0, 2, 50)], rng.uniform(0.01, 0.99, 52)
    assert accuracy(p, outcomes) == metrics.accuracy_score(outcomes, p >= 0.5)
    constant = metrics.log_loss(outcomes, np.full(52, outcomes.mean()))
    assert normalised_entropy(p, outcomes) == pytest.approx(
        metrics.log_loss(outcomes, p) / constant
    )
    assert normalised_entropy(np.full(52, outcomes.mean()), outcomes) == pytest.approx(1)
    assert np.isnan(normalised_entropy(p, np.ones(52)))


def test_auc_needs_both_outcomes() -> None:
    with pytest.raises(ValueError, match="both"):
        auc(np.array([0.1, 0.2]), np.array([1, 1]))


def test_a_probability_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        log_loss(np.array([1.2]), np.array([1]))


def test_true_probabilities_are_nearly_calibrated_and_shifted_ones_are_off_by_the_shift() -> None:
    rng = np.random.default_rng(5)
    p = rng.uniform(0.1, 0.5, 200_000)
    outcomes = rng.random(len(p)) < p
    assert calibration_error(p, outcomes) < 0.005
    assert calibration_error(p + 0.1, outcomes) == pytest.approx(0.1, abs=0.005)


def test_a_constant_is_off_by_exactly_its_distance_from_the_rate() -> None:
    outcomes = np.array([1] * 3 + [0] * 97)
    curve = reliability(np.full(100, 0.05), outcomes)
    assert curve.n.tolist() == [100]
    assert curve.error == pytest.approx(0.02)


@given(st.integers(0, 10_000), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_reliability_loses_no_row_and_no_click(seed: int, n_bins: int) -> None:
    rng = np.random.default_rng(seed)
    p, y = rng.integers(0, 6, 60) / 5, rng.integers(0, 2, 60)
    curve = reliability(p, y, n_bins=n_bins)
    assert curve.n.sum() == 60
    assert (curve.n * curve.observed).sum() == pytest.approx(y.sum())
    assert (curve.n * curve.predicted).sum() == pytest.approx(p.sum())
    assert (np.diff(curve.predicted) > 0).all()
    assert len(curve.n) <= n_bins


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(200):
        drawn = np.random.default_rng(seed).exponential(size=150)
        found = bootstrap_mean(drawn, seed=seed, n_resamples=400)
        hits += found.low <= 1.0 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_a_paired_interval_agrees_with_the_t_interval_of_the_differences() -> None:
    rng = np.random.default_rng(3)
    theirs = rng.normal(size=500)
    ours = theirs + rng.normal(0.05, 0.2, size=500)
    found = paired_bootstrap(ours, theirs, seed=1)
    d = ours - theirs
    low, high = stats.t.interval(0.95, 499, d.mean(), stats.sem(d))
    assert found.mid == pytest.approx(d.mean())
    assert found.low == pytest.approx(low, abs=0.003)
    assert found.high == pytest.approx(high, abs=0.003)
    assert found == paired_bootstrap(ours, theirs, seed=1)


def test_as_many_pages_as_are_needed_prove_a_gain_four_times_in_five() -> None:
    rng = np.random.default_rng(5)
    some = rng.normal(0.02, 0.3, size=500)
    error = 1.96 * some.std() / 500**0.5
    n = round(pages_needed(Interval(0.02, 0.02 - error, 0.02 + error), 500))
    draws = rng.normal(0.02, some.std(), size=(2_000, n))
    is_proven = draws.mean(axis=1) > 1.96 * draws.std(axis=1) / n**0.5
    assert is_proven.mean() == pytest.approx(0.8, abs=0.03)
    assert pages_needed(Interval(-0.01, -0.02, 0.0), 500) == np.inf


def test_a_part_of_a_gain_has_an_interval_where_there_is_a_gain() -> None:
    rng = np.random.default_rng(6)
    possible = rng.normal(0.1, 0.2, size=400)
    found = bootstrap_ratio(possible / 2 + rng.normal(0, 0.02, size=400), possible, seed=1)
    assert found.low < 0.5 < found.high < 0.6
    unsure = bootstrap_ratio(possible, rng.normal(0.001, 1, size=400) + 0.001, seed=1)
    assert not np.isfinite([unsure.low, unsure.high]).any()
    assert np.isnan(bootstrap_ratio(possible, -np.abs(possible), seed=1).mid)


def test_rows_of_one_visitor_are_drawn_together() -> None:
    rng = np.random.default_rng(4)
    by_visitor = rng.normal(size=40)
    values = np.repeat(by_visitor, 50)  # 2,000 rows, but only 40 of them are news
    visitors = np.repeat(np.arange(40), 50)
    alone = bootstrap_mean(values, seed=1)
    together = bootstrap_mean(values, seed=1, clusters=visitors)
    assert together.high - together.low > 4 * (alone.high - alone.low)
    expected = 2 * 1.96 * by_visitor.std() / np.sqrt(40)
    assert together.high - together.low == pytest.approx(expected, rel=0.15)


def test_queries_without_an_answer_are_left_out_of_both() -> None:
    ours, theirs = np.array([1.0, np.nan, 3.0]), np.array([0.0, 5.0, 1.0])
    assert paired_bootstrap(ours, theirs, seed=1).mid == 1.5
    with pytest.raises(ValueError, match="no query"):
        paired_bootstrap(np.array([np.nan]), np.array([1.0]), seed=1)
