"""The optimiser finds what scipy's finds, and never ends higher than it began."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from baihuo.tag import lbfgs


def regression(
    seed: int, n: int = 200, width: int = 30
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(n, width)) * draw.lognormal(size=width)
    return rows, (rows @ draw.normal(size=width) + draw.normal(size=n) > 0).astype(np.float64)


def loss(
    weights: NDArray[np.floating], rows: NDArray[np.float64], labels: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Logistic loss with a penalty."""
    wide = weights.astype(np.float64)
    scores = rows @ wide
    lost = np.logaddexp(0, scores).sum() - labels @ scores + 0.5 * wide @ wide
    return float(lost), rows.T @ (1 / (1 + np.exp(-scores)) - labels) + wide


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_scipy_finds(seed: int) -> None:
    rows, labels = regression(seed)

    def single(weights: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        lost, slope = loss(weights, rows, labels)
        return lost, slope.astype(np.float32)

    ours = lbfgs(single, np.zeros(30, np.float32), most_steps=400, tolerance=1e-3)
    theirs = minimize(loss, np.zeros(30), (rows, labels), jac=True, method="L-BFGS-B").x
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_each_step_is_told_and_none_goes_up() -> None:
    rows, labels = regression(9)
    lost: list[float] = []
    told: list[int] = []

    def single(weights: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        value, slope = loss(weights, rows, labels)
        return value, slope.astype(np.float32)

    for steps in range(0, 20, 4):
        found = lbfgs(single, np.zeros(30, np.float32), most_steps=steps, progress=told.append)
        lost.append(single(found)[0])
    assert lost == sorted(lost, reverse=True)
    assert told[-16:] == [*range(1, 17)]


def test_at_the_lowest_point_nothing_moves() -> None:
    found = lbfgs(lambda w: (float(w @ w), 2 * w), np.zeros(3, np.float32), most_steps=10)
    assert found.tolist() == [0, 0, 0]
