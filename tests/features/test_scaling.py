"""Scaling beside scikit-learn's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from baihuo.features.spec.file import ScalingMethod
from baihuo.features.transforms.fitted import Scaling

preprocessing = pytest.importorskip("sklearn.preprocessing", reason="needs baihuo[train]")

METHODS = ("standard", "min_max", "quantile_uniform", "quantile_normal", "log")


@pytest.fixture
def prices() -> np.ndarray:
    """Log-normal, with a run of equal values as prices have."""
    rng = np.random.default_rng(1)
    return np.concatenate([rng.lognormal(3, 1, 3000), np.full(400, 19.99)]).astype(np.float32)


def test_standard_and_min_max_are_scikit_learns(prices: np.ndarray) -> None:
    scalers: tuple[tuple[ScalingMethod, Any], ...] = (
        ("standard", preprocessing.StandardScaler()),
        ("min_max", preprocessing.MinMaxScaler(clip=True)),
    )
    for method, theirs in scalers:
        theirs.fit(prices[:, None].astype(np.float64))
        fresh = np.linspace(-5, 400, 100)
        np.testing.assert_allclose(
            Scaling.fit(prices, method).apply(fresh),
            theirs.transform(fresh[:, None])[:, 0],
            rtol=1e-5,
            atol=1e-6,
        )


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_quantiles_are_scikit_learns(prices: np.ndarray, kind: str) -> None:
    theirs = preprocessing.QuantileTransformer(
        n_quantiles=256, output_distribution=kind, subsample=None
    ).fit(prices[:, None].astype(np.float64))
    fresh = np.concatenate([prices[:500], [-5.0, 1e9, 19.99]]).astype(np.float64)
    ours = Scaling.fit(prices, f"quantile_{kind}", n_quantiles=256).apply(fresh)  # type: ignore[arg-type]
    np.testing.assert_allclose(ours, theirs.transform(fresh[:, None])[:, 0], atol=2e-4)


def test_a_quantile_column_is_uniform_or_normal_on_new_rows() -> None:
    rng = np.random.default_rng(2)
    fitted, fresh = rng.lognormal(3, 1, 20_000), rng.lognormal(3, 1, 2_000)
    uniform = Scaling.fit(fitted, "quantile_uniform").apply(fresh)
    normal = Scaling.fit(fitted, "quantile_normal").apply(fresh)
    assert kstest(uniform, "uniform").pvalue > 0.01
    assert kstest(normal, "norm").pvalue > 0.01


def test_log_is_odd_and_keeps_zero() -> None:
    scaling = Scaling.fit(np.array([1.0]), "log")
    made = scaling.apply(np.array([-9.0, 0.0, 9.0]))
    np.testing.assert_allclose(made, [-np.log(10), 0, np.log(10)], rtol=1e-6)


@given(
    st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), max_size=40),
    st.sampled_from(METHODS),
)
def test_any_column_scales_in_order_and_missing_stays_missing(
    values: list[float], method: str
) -> None:
    column = np.array(values, np.float32)
    scaling = Scaling.fit(column, method)  # type: ignore[arg-type]
    again = Scaling.from_json(json.loads(json.dumps(scaling.to_json())))
    made = again.apply(column)
    np.testing.assert_array_equal(made, scaling.apply(column))
    np.testing.assert_array_equal(np.isnan(made), np.isnan(column))
    known = ~np.isnan(column)
    order = np.argsort(column[known], kind="stable")
    assert (
        np.diff(made[known][order]) >= -1e-5 * np.maximum(1, np.abs(made[known][order][1:]))
    ).all()
