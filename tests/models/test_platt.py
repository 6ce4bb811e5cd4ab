"""Platt's line: the published targets, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from baihuo.models import platt_line


def test_the_line_has_the_least_log_loss_against_the_published_targets() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=300) * 4 - 2
    y = (rng.random(300) < 1 / (1 + np.exp(-0.7 * x - 0.5))).astype(float)
    w = rng.uniform(0.2, 2.0, 300)
    n_positive, n_negative = w @ y, w @ (1 - y)
    target = np.where(y > 0, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def loss(at: np.ndarray) -> float:
        z = at[0] * x + at[1]
        return float(w @ (np.logaddexp(0, z) - target * z))

    expected = minimize(loss, np.zeros(2)).x
    assert platt_line(x, y, w) == pytest.approx(tuple(expected), abs=2e-3)


def test_a_few_outcomes_parted_without_a_mistake_do_not_become_all_the_odds_there_are() -> None:
    x = np.array([-0.02, -0.01, -0.01, 0.01, 0.02])
    slope, start = platt_line(x, np.array([0, 0, 0, 1, 1]))
    odds = slope * x + start
    assert odds.min() > np.log(1 / 5) - 1.0  # a negative of three counts as 1 / 5
    assert odds.max() < np.log(3) + 1.0  # a positive of two counts as 3 / 4
    assert slope > 0


def test_a_model_that_says_the_same_of_all_gets_the_share() -> None:
    slope, start = platt_line(np.full(10, -3.0), np.arange(10) < 4)
    share = (4 * 5 / 6 + 6 / 8) / 10  # of the targets
    assert slope == pytest.approx(0.0, abs=1e-6)
    assert 1 / (1 + np.exp(-start)) == pytest.approx(share, abs=1e-3)
