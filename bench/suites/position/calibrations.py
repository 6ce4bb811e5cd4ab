"""Ways and segments of calibration, on newer pages than they were fitted on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import calibration_error, log_loss
from baihuo.models import fit_calibrator
from baihuo.train.clicks.slices import position_names
from suites.position.shops import LoggedShop
from suites.position.trainings import Probabilities
from suites.shared.measure import emit

WAYS = ("none", "temperature", "platt", "isotonic", "auto")


def compare_calibrations(shop: LoggedShop, p: Probabilities | None, *, seed: int) -> None:
    """One line a way and segment: of all rows, and the mean ECE of surfaces and of positions; ``n_clicks`` each was fitted on."""
    if p is None:
        return
    fitted_on, tested = shop.part == 1, shop.tested
    clicks, outcomes = shop.clicks[fitted_on], shop.clicks[tested]
    at = position_names(shop.position)
    for by, segment in _segments(shop).items():
        for way in WAYS:
            calibrated = p.tested.copy()
            for one in np.unique(segment[tested]):
                rows = segment[fitted_on] == one
                calibrator = fit_calibrator(p.validation[rows], clicks[rows], seed=seed, way=way)
                mine = segment[tested] == one
                calibrated[mine] = calibrator.apply(p.tested[mine])
            emit(
                what="calibration",
                **shop.named,
                seed=seed,
                way=way,
                by=by,
                n_clicks={
                    str(one): int(clicks[segment[fitted_on] == one].sum())
                    for one in np.unique(segment[fitted_on])
                },
                log_loss=log_loss(calibrated, outcomes),
                ece=calibration_error(calibrated, outcomes),
                ece_of_surfaces=_mean_ece(calibrated, outcomes, shop.surface[tested]),
                ece_of_positions=_mean_ece(calibrated, outcomes, at[tested]),
            )


def _segments(shop: LoggedShop) -> dict[str, NDArray[np.str_]]:
    clicked = shop.matrix[:, shop.columns.index("visitor_clicks_28d")]
    is_known = np.where(clicked > 0, "known", "new")
    return {
        "all": np.full(len(shop.clicks), "all"),
        "surface": shop.surface,
        "surface and visitor": np.char.add(shop.surface, is_known),
    }


def _mean_ece(
    p: NDArray[np.float64], outcomes: NDArray[np.float32], part: NDArray[np.str_]
) -> float:
    """By rows."""
    names, n = np.unique(part, return_counts=True)
    found = [calibration_error(p[part == name], outcomes[part == name]) for name in names]
    return float(np.average(found, weights=n))
