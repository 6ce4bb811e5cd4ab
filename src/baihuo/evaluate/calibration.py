"""Calibration: whether predicted probabilities match observed frequencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_N_DRAWS = 20  # of all outcomes


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """A reliability curve: rows in bins of about equal numbers, by predicted probability."""

    n: NDArray[np.int64]  # [bins] rows
    predicted: Floats  # [bins] mean prediction
    observed: Floats  # [bins] share that happened

    @property
    def error(self) -> float:
        """Expected calibration error: the bins' mean ``|predicted - observed|``, by rows."""
        return float(np.average(np.abs(self.predicted - self.observed), weights=self.n))

    def to_json(self) -> dict[str, list[float]]:
        """As written into reports and drawn as a chart."""
        return {
            "n": self.n.tolist(),
            "predicted": self.predicted.tolist(),
            "observed": self.observed.tolist(),
        }


def reliability(
    probabilities: NDArray[Any], outcomes: NDArray[Any], *, n_bins: int = 10
) -> Reliability:
    """Predicted against observed, in at most ``n_bins`` bins of about equal numbers of rows.

    Equal numbers rather than equal width, because clicks are rare: nearly all predictions would
    share one bin of width 0.1. Equal predictions always share a bin, so a constant has one.

    Args:
        probabilities: ``[rows]`` in [0, 1].
        outcomes: ``[rows]`` 0 or 1.
        n_bins: At most so many.

    Raises:
        ValueError: a probability is outside [0, 1], lengths differ, or there are no rows.

    Source: Niculescu-Mizil and Caruana (2005); Nixon et al. (2019) for equal-mass bins.
    """
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise ValueError(f"{p.shape} probabilities for {y.shape} outcomes")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a probability is outside [0, 1] or NaN")
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}, must be at least 1")
    inner = np.unique(np.quantile(p, np.arange(1, n_bins) / n_bins, method="inverted_cdf"))
    bin_of_row = np.searchsorted(inner, p, side="left")
    n = np.bincount(bin_of_row, minlength=len(inner) + 1)
    has_rows = n > 0
    n = n[has_rows]
    predicted = np.bincount(bin_of_row, p, minlength=len(inner) + 1)[has_rows] / n
    observed = np.bincount(bin_of_row, y, minlength=len(inner) + 1)[has_rows] / n
    return Reliability(n.astype(np.int64), predicted, observed)


def calibration_error(
    probabilities: NDArray[Any], outcomes: NDArray[Any], *, n_bins: int = 10
) -> float:
    """Expected calibration error (ECE): 0.0 means that outcomes of probability p happen in a share p of cases.

    Arguments and errors as in :func:`reliability`. Noise alone makes it a little larger than 0.
    """
    return reliability(probabilities, outcomes, n_bins=n_bins).error


def error_by_chance(
    probabilities: NDArray[Any], *, seed: int, quantile: float | None = None
) -> float:
    """Return the calibration error of perfect probabilities with so few rows: the average, or a quantile.

    Args:
        probabilities: ``[rows]`` in [0, 1], taken as true.
        seed: Of the outcomes drawn from them.
        quantile: Between 0 and 1; None: the average.
    """
    p, rng = np.asarray(probabilities, dtype=np.float64), np.random.default_rng(seed)
    n_draws = _N_DRAWS if quantile is None else 10 * _N_DRAWS
    drawn = [calibration_error(p, rng.random(len(p)) < p) for _ in range(n_draws)]
    return float(np.mean(drawn) if quantile is None else np.quantile(drawn, quantile))
