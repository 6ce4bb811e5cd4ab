"""Looking again and again raises no false alarm, and what is wrong is found; concentration against all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.evaluate import concentration, sequence_multiplier


def ever_outside(effect: float, n_runs: int = 400) -> tuple[float, float]:
    """Share of runs in which any of 200 looks finds a mean that is not 0: by this interval, and by 1.96."""
    looks = np.arange(100, 10_001, 50)
    wide = np.array([sequence_multiplier(float(n), n_first=500, error_rate=0.05) for n in looks])
    rng = np.random.default_rng(11)
    found = np.zeros(2)
    for _ in range(n_runs):
        sums = np.cumsum(rng.exponential(size=10_000) - 1 + effect)[looks - 1]
        z = np.abs(sums) / np.sqrt(looks)
        found += (z > wide).any(), (z > 1.96).any()
    return float(found[0] / n_runs), float(found[1] / n_runs)


def test_two_hundred_looks_at_what_is_right_raise_an_alarm_as_seldom_as_stated() -> None:
    ours, usual = ever_outside(0.0)
    assert ours <= 0.05
    assert usual > 0.25


def test_what_is_wrong_is_found() -> None:
    assert ever_outside(0.08)[0] > 0.95


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="error_rate"):
        sequence_multiplier(10, n_first=10, error_rate=1.0)


def test_concentration_is_the_share_of_all_pairs_of_different_visitors() -> None:
    rng = np.random.default_rng(2)
    kinds, visitors = rng.integers(0, 5, 60), rng.integers(0, 9, 60)
    pairs = [
        kinds[i] == kinds[j] for i in range(60) for j in range(60) if visitors[i] != visitors[j]
    ]
    found = concentration(kinds, visitors)
    assert found.mid == pytest.approx(np.mean(pairs))
    assert concentration(np.zeros(60), visitors).mid == 1
    with pytest.raises(ValueError, match="visitors"):
        concentration(kinds, np.zeros(60))


def test_its_standard_error_is_the_spread_over_redrawn_visitors() -> None:
    rng = np.random.default_rng(3)
    mids, errors = [], []
    for _ in range(200):
        tastes = rng.dirichlet(np.array([4, 2, 1, 0.5, 0.3, 0.2]), 40)
        n_of = rng.integers(2, 30, 40)
        kinds = np.concatenate([rng.choice(6, n, p=t) for n, t in zip(n_of, tastes, strict=True)])
        one = concentration(kinds, np.repeat(np.arange(40), n_of))
        mids.append(one.mid)
        errors.append(one.error)
    assert np.mean(errors) == pytest.approx(np.std(mids), rel=0.35)
