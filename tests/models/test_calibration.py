"""A calibrator makes p mean p on rows it never saw, and never turns an order round."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.evaluate import calibration_error, log_loss
from baihuo.models import Calibrator
from baihuo.models.calibrate import fit_calibrator


def _rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 12, n)
    return truth, (rng.random(n) < truth).astype(float)


def _too_sure(truth: np.ndarray) -> np.ndarray:
    odds = np.log(truth / (1 - truth))
    return 1 / (1 + np.exp(-(2.0 * odds + 1.0)))


def _stepped(truth: np.ndarray) -> np.ndarray:
    return np.where(truth < 0.05, truth / 5, np.minimum(0.99, truth * 2))


@pytest.mark.parametrize("bend", [_too_sure, _stepped])
def test_it_improves_what_it_never_saw(bend: object) -> None:
    assert callable(bend)
    truth, clicks = _rows(20_000, 1)
    later_truth, later_clicks = _rows(20_000, 2)
    calibrator = fit_calibrator(bend(truth), clicks, seed=1)
    before, after = bend(later_truth), calibrator.apply(bend(later_truth))
    assert log_loss(after, later_clicks) < log_loss(before, later_clicks)
    assert calibration_error(after, later_clicks) < 0.25 * calibration_error(before, later_clicks)


def test_a_temperature_is_found_and_shifts_nothing() -> None:
    truth, clicks = _rows(20_000, 5)
    odds = np.log(truth / (1 - truth))
    calibrator = fit_calibrator(1 / (1 + np.exp(-1.6 * odds)), clicks, seed=1, way="temperature")
    assert calibrator.kind == "temperature"
    assert np.abs(calibrator.apply(1 / (1 + np.exp(-1.6 * odds))) - truth).mean() < 0.003
    assert calibrator.apply(np.array([0.5]))[0] == pytest.approx(0.5)


@pytest.mark.parametrize("way", ["none", "temperature", "platt", "isotonic"])
def test_the_way_that_was_asked_for_is_taken(way: str) -> None:
    truth, clicks = _rows(5_000, 6)
    calibrator = fit_calibrator(_stepped(truth), clicks, seed=1, way=way)
    assert calibrator.kind == {"none": "identity"}.get(way, way)


def test_a_curve_is_tried_only_where_clicks_are_many() -> None:
    truth, clicks = _rows(2_000, 7)
    few = fit_calibrator(_stepped(truth), clicks, seed=1)
    truth, clicks = _rows(40_000, 7)
    many = fit_calibrator(_stepped(truth), clicks, seed=1)
    assert few.kind != "isotonic"
    assert many.kind == "isotonic"


def test_what_is_calibrated_stays_nearly_as_it_is() -> None:
    truth, clicks = _rows(20_000, 3)
    after = fit_calibrator(truth, clicks, seed=1).apply(truth)
    assert np.abs(after - truth).mean() < 0.01


def test_a_handful_of_clicks_changes_nothing() -> None:
    p = np.linspace(0.01, 0.9, 100)
    clicks = np.zeros(100)
    clicks[:5] = 1
    calibrator = fit_calibrator(p, clicks, seed=1)
    assert calibrator.kind == "identity"
    np.testing.assert_array_equal(calibrator.apply(p), p)


def test_a_model_worse_than_chance_is_not_turned_round() -> None:
    truth, clicks = _rows(5000, 4)
    calibrator = fit_calibrator(1 - truth, clicks, seed=1)
    grid = np.linspace(0.01, 0.99, 50)
    assert (np.diff(calibrator.apply(grid)) >= 0).all()


@given(st.integers(0, 1000), st.sampled_from([_too_sure, _stepped, lambda t: t]))
@settings(max_examples=20, deadline=None)
def test_it_never_turns_an_order_round_and_stays_inside(seed: int, bend: object) -> None:
    assert callable(bend)
    truth, clicks = _rows(1500, seed)
    calibrator = fit_calibrator(bend(truth), clicks, seed=1)
    p = calibrator.apply(np.linspace(0, 1, 301))
    assert (np.diff(p) >= -1e-12).all()
    assert ((p >= 0) & (p <= 1)).all()
    again = Calibrator.from_json(calibrator.to_json())
    np.testing.assert_array_equal(again.apply(truth), calibrator.apply(truth))
