"""Target statistics: smoothed as the paper says, and without any answer in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.evaluate import auc
from baihuo.features.transforms.fitted import Smoothing, TargetTable, before, cross_keys


def test_the_example_worked_by_hand() -> None:
    # Three rows of "phones" with one click; prior 0.1; m = 3: (1 + 3 × 0.1) / 6.
    m = Smoothing(strength=3)
    assert m.smoothed(np.array([3.0]), np.array([1.0]), 0.1)[0] == pytest.approx(1.3 / 6)
    # Micci-Barreca's sigmoid is half at k rows: mean 0.5, prior 0.1 → 0.3.
    s = Smoothing(strength=10, steepness=4)
    assert s.smoothed(np.array([10.0]), np.array([5.0]), 0.1)[0] == pytest.approx(0.3)
    assert s.smoothed(np.array([0.0]), np.array([0.0]), 0.1)[0] == pytest.approx(0.1)


def test_the_table_is_scikit_learns() -> None:
    encoders = pytest.importorskip("sklearn.preprocessing", reason="needs baihuo[train]")
    rng = np.random.default_rng(3)
    names = rng.integers(0, 12, 2000).astype(str)
    labels = (rng.random(2000) < 0.02 * (1 + names.astype(int))).astype(float)
    theirs = encoders.TargetEncoder(smooth=20, target_type="continuous").fit(names[:, None], labels)
    # start at the mean of the rows: their prior
    table = TargetTable.fit(
        cross_keys(names), labels, Smoothing(strength=20), start=float(labels.mean())
    )
    fresh = np.array([*map(str, range(12)), "never seen"])
    np.testing.assert_allclose(
        table.apply(cross_keys(fresh)), theirs.transform(fresh[:, None])[:, 0], rtol=1e-5
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 1)), min_size=1, max_size=60
    ),
    st.integers(0, 6),
)
def test_each_row_sees_exactly_what_was_known_before_it(
    rows: list[tuple[int, int, int]], delay: int
) -> None:
    names, at, labels = (np.array(c) for c in zip(*rows, strict=True))
    smoothing, start = Smoothing(strength=2), 0.05
    made = before(
        cross_keys(map(str, names)),
        labels,
        at.astype(np.int64),
        smoothing,
        start=start,
        delay_us=delay,
    )
    for i in range(len(rows)):
        known = (at + delay < at[i]) & (at < at[i])
        same = known & (names == names[i])
        prior = (labels[known].sum() + start * 2) / (known.sum() + 2)
        expected = (labels[same].sum() + 2 * prior) / (same.sum() + 2)
        assert made[i] == pytest.approx(expected, rel=1e-5)


@settings(deadline=None)
@given(st.integers(0, 59), st.integers(0, 2**31))
def test_changing_an_answer_changes_nothing_at_or_before_it(changed: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    of, at = cross_keys(rng.integers(0, 4, 60).astype(str)), np.sort(rng.integers(0, 40, 60))
    labels = rng.integers(0, 2, 60)
    flipped = labels.copy()
    flipped[changed] = 1 - flipped[changed]
    both = [
        before(of, one, at, Smoothing(strength=5), start=0.1, delay_us=3)
        for one in (labels, flipped)
    ]
    until = at[changed] + 3
    np.testing.assert_array_equal(both[0][at <= until], both[1][at <= until])


def test_a_planted_leak_is_caught_and_ours_has_none() -> None:
    """Labels are coin flips and most names are rare: whatever tells them has seen the answers."""
    rng = np.random.default_rng(4)
    n = 6000
    of = cross_keys(rng.integers(0, 3000, n).astype(str))
    labels, at = rng.integers(0, 2, n), np.arange(n)
    smoothing = Smoothing(strength=5)
    naive = TargetTable.fit(of, labels, smoothing, start=0.5).apply(of)
    ours = before(of, labels, at, smoothing, start=0.5, delay_us=10)
    assert auc(naive.astype(float), labels.astype(float)) > 0.85
    assert abs(auc(ours.astype(float), labels.astype(float)) - 0.5) < 0.02


def test_a_real_signal_comes_through_and_the_newest_rows_nearly_agree_with_serving() -> None:
    rng = np.random.default_rng(5)
    n = 20_000
    number = rng.integers(0, 20, n)
    labels, at = (rng.random(n) < 0.02 + 0.03 * number).astype(int), np.arange(n)
    of, smoothing = cross_keys(number.astype(str)), Smoothing(strength=20)
    ours = before(of, labels, at, smoothing, start=0.05, delay_us=30)
    table = TargetTable.fit(of, labels, smoothing, start=0.05)
    assert auc(ours[2000:].astype(float), labels[2000:].astype(float)) > 0.7
    np.testing.assert_allclose(ours[-200:], table.apply(of[-200:]), atol=0.02)
