"""Estimate examination by position, from randomised positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate.bootstrap import Interval

Floats = NDArray[np.float64]

MIN_CLICKS = 100
"""With fewer clicks on randomised impressions the intervals are too wide."""
_WEAK = np.array([2.0, 0.5])
"""Prior standard deviations of power and rate, around 0: weak unless there are hardly any clicks."""
_APART = np.array([0.2, 0.03])
"""The same for a surface, around the estimate of all surfaces."""
_N_RESAMPLES = 200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DrawnImpressions:
    """Impressions whose position was drawn.

    Within a stratum the weighted position does not depend on the product, so clicks by position differ only by examination.
    """

    position: NDArray[np.int64]  # [rows] 1 is the top
    clicks: Floats  # [rows] 0 or 1
    weight: Floats  # [rows] above 0: 1 / P(placed here), up to a factor of the stratum
    stratum: NDArray[Any]  # [rows] rows of one stratum are of one surface
    surface: NDArray[np.str_]  # [rows]
    visitor: NDArray[Any]  # [rows]

    def take(self, mask: NDArray[np.bool_]) -> DrawnImpressions:
        """The rows where ``mask`` holds."""
        return DrawnImpressions(
            position=self.position[mask],
            clicks=self.clicks[mask],
            weight=self.weight[mask],
            stratum=self.stratum[mask],
            surface=self.surface[mask],
            visitor=self.visitor[mask],
        )

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Examination:
    """P(examined | position), relative to the top: ``k ** -power * exp(-rate * (k - 1))``, which never rises.

    The power law models readers who look at each position independently, the exponential those who stop at each with the same probability.
    """

    power: float
    rate: float
    draws: Floats  # [resamples, 2] power and rate, over visitors
    n_rows: int
    n_clicks: int
    deepest: int  # position of the lowest row; below it the curve is a guess

    def at(self, position: NDArray[Any]) -> Floats:
        """``[rows]`` positions, 1-based, to ``[rows]`` in (0, 1]."""
        return np.exp(_shapes(position) @ -np.array([self.power, self.rate]))

    def interval(self, position: int) -> Interval:
        """Return the 95% interval of one position, over visitors."""
        shapes = _shapes(np.array([position]))[0]
        low, high = np.quantile(np.exp(-self.draws @ shapes), [0.025, 0.975])
        return Interval(float(self.at(np.array([position]))[0]), float(low), float(high))

    def to_json(self) -> dict[str, Any]:
        """Return the curve without its resamples, as stored in a bundle."""
        return {
            "power": self.power,
            "rate": self.rate,
            "n_rows": self.n_rows,
            "n_clicks": self.n_clicks,
            "deepest": self.deepest,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Examination:
        """The inverse of :meth:`to_json`; its intervals have no width."""
        kept = {name: stored[name] for name in ("power", "rate", "n_rows", "n_clicks", "deepest")}
        return cls(**kept, draws=np.array([[stored["power"], stored["rate"]]]))


def examined(
    curves: Mapping[str, Examination], surface: NDArray[np.str_], position: NDArray[Any]
) -> Floats:
    """``[rows]`` P(examined) at the position of each; 1 on a surface without a curve."""
    p = np.ones(len(position))
    for name, curve in curves.items():
        mask = surface == name
        p[mask] = curve.at(position[mask])
    return p


def examination_by_surface(rows: DrawnImpressions, *, seed: int) -> dict[str, Examination]:
    """Fit a curve for each surface, shrunk to that of all surfaces if its clicks are few. In a stratum, clicks at a position are
    proportional to impressions there, the value of the stratum's products (which cancels) and examination. So the positions of clicks give
    the curve.

    Args:
        rows: Randomised impressions.
        seed: Of the resampling over visitors.

    Raises:
        Unsupported: fewer than :data:`MIN_CLICKS` clicks, or all impressions at one position.

    Source: randomised positions and swaps, Joachims, Swaminathan and Schnabel (2017); strata of products that could be at both positions,
        Agarwal et al. (2019), "Estimating position bias without intrusive interventions".
    """
    n_clicks = int((rows.clicks > 0).sum())
    if n_clicks < MIN_CLICKS or len(np.unique(rows.position)) < 2:
        raise Unsupported(
            f"{len(rows):,} impressions were placed by chance, with {n_clicks:,} clicks: too few to tell how far down pages are read",
            fix=f"wait for {MIN_CLICKS} clicks on them, or raise serve.exploration.slot_probability and swap_probability in shop.yaml",
        )
    together = _fit(rows, Prior(np.zeros(2), _WEAK), seed)
    curves, surfaces = {}, np.unique(rows.surface).tolist()
    if len(surfaces) == 1:
        return {surfaces[0]: together}
    for surface in surfaces:
        own = rows.take(rows.surface == surface)
        prior = Prior(np.array([together.power, together.rate]), _APART)
        curves[surface] = _fit(own, prior, seed, together.draws) if own.clicks.any() else together
    return curves


def _fit(
    rows: DrawnImpressions, prior: Prior, seed: int, around: Floats | None = None
) -> Examination:
    """Fit one curve with its resamples over visitors; ``around``: the prior's mean in each of them."""
    cells = Cells.of(rows.position, rows.clicks, rows.weight, rows.stratum)
    shapes = -_shapes(cells.position)
    found = fit_slopes(cells, shapes, prior)
    _, number = np.unique(rows.visitor, return_inverse=True)
    rng, n = np.random.default_rng(seed), int(number.max()) + 1
    draws = np.empty((_N_RESAMPLES, 2))
    for i in range(_N_RESAMPLES):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        mean = prior if around is None else Prior(around[i], prior.deviation)
        draws[i] = fit_slopes(cells.resampled(times[number]), shapes, mean, found)
    return Examination(
        power=float(found[0]),
        rate=float(found[1]),
        draws=draws,
        n_rows=len(rows),
        n_clicks=int((rows.clicks > 0).sum()),
        deepest=int(rows.position.max()),
    )


def _shapes(position: NDArray[Any]) -> Floats:
    """Return ``[rows, 2]``, the factors of power and rate."""
    k = np.asarray(position, dtype=np.float64)
    return np.stack([np.log(k), k - 1], axis=1)


# The conditional likelihood behind :mod:`baihuo.evaluate.examination`.

_STEPS, _ENOUGH = 50, 1e-6  # in units of log-likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Normal, of both slopes."""

    mean: Floats  # [2]
    deviation: Floats  # [2]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows summed by stratum and position."""

    position: NDArray[np.int64]  # [cells]
    stratum: NDArray[np.int64]  # [cells] 0, 1, …
    shown: Floats  # [cells] weights of the rows
    clicked: Floats  # [cells] weights of the clicked rows
    _cell: NDArray[np.int64]  # [rows]
    _weight: Floats  # [rows]
    _clicks: Floats  # [rows]

    @classmethod
    def of(
        cls, position: NDArray[np.int64], clicks: Floats, weight: Floats, stratum: NDArray[Any]
    ) -> Cells:
        """Sum rows into cells; weights are scaled so that a stratum's clicks sum to their effective number (Kish, 1965)."""
        _, of_row = np.unique(stratum, return_inverse=True)
        of_row = of_row.reshape(-1)
        width = int(position.max()) + 1
        keys, cell = np.unique(of_row * width + position, return_inverse=True)
        first, second = (np.bincount(of_row, clicks * weight**n) for n in (1, 2))
        weight = (
            weight * np.divide(first, second, out=np.ones_like(first), where=second > 0)[of_row]
        )
        empty = np.zeros(len(keys))
        whole = cls(keys % width, keys // width, empty, empty, cell, weight, clicks)
        return whole.resampled(np.ones(len(weight)))

    def resampled(self, times: NDArray[Any]) -> Cells:
        """Return cells with each row counted ``[rows]`` ``times``."""
        weight = self._weight * times
        shown, clicked = (
            np.bincount(self._cell, w, minlength=len(self.position)).astype(np.float64)
            for w in (weight, weight * self._clicks)
        )
        return replace(self, shown=shown, clicked=clicked)


def fit_slopes(cells: Cells, shapes: Floats, prior: Prior, start: Floats | None = None) -> Floats:
    """Return the two slopes, 0 or more, of the maximum likelihood of the clicks' positions.

    Args:
        shapes: ``[cells, 2]``; the logarithm of examination is ``shapes @ slopes``.
        prior: The prior of the slopes.
        start: Initial slopes.
    """
    start = prior.mean if start is None else start
    both = _newton(cells, shapes, prior, start, np.array([True, True]))
    if (both >= 0).all():
        return both
    tried = [
        _newton(cells, shapes, prior, start, np.array(one))
        for one in ([True, False], [False, True])
    ]
    tried = [np.maximum(slopes, 0.0) for slopes in tried]
    return max(tried, key=lambda slopes: _likelihood(cells, shapes, prior, slopes))


def _newton(
    cells: Cells, shapes: Floats, prior: Prior, start: Floats, is_free: NDArray[np.bool_]
) -> Floats:
    """The maximum over the free slopes, the others 0; the likelihood is concave, and steps are halved until it rises."""
    slopes = np.where(is_free, start, 0.0)
    best = _likelihood(cells, shapes, prior, slopes)
    for _ in range(_STEPS):
        slope, curvature = _derivatives(cells, shapes, prior, slopes)
        step = np.zeros(2)
        free = np.ix_(is_free, is_free)
        step[is_free] = np.linalg.solve(curvature[free], slope[is_free])
        size = 1.0
        while size > 1e-6 and _likelihood(cells, shapes, prior, slopes + size * step) < best:
            size /= 2
        slopes = slopes + size * step
        now = _likelihood(cells, shapes, prior, slopes)
        if now - best < _ENOUGH:
            break
        best = now
    return slopes


def _likelihood(cells: Cells, shapes: Floats, prior: Prior, slopes: Floats) -> float:
    log = shapes @ slopes
    total = np.bincount(cells.stratum, cells.shown * np.exp(log))
    clicked = np.bincount(cells.stratum, cells.clicked)
    has = clicked > 0
    fit = cells.clicked @ log - clicked[has] @ np.log(total[has])
    return float(fit - 0.5 * (((slopes - prior.mean) / prior.deviation) ** 2).sum())


def _derivatives(
    cells: Cells, shapes: Floats, prior: Prior, slopes: Floats
) -> tuple[Floats, Floats]:
    """Slope of the likelihood, and minus its curvature."""
    n = int(cells.stratum.max()) + 1
    odds = cells.shown * np.exp(shapes @ slopes)
    total = np.bincount(cells.stratum, odds, minlength=n)
    share = odds / np.where(total > 0, total, 1.0)[cells.stratum]
    clicked = np.bincount(cells.stratum, cells.clicked, minlength=n)
    mean = np.stack(
        [np.bincount(cells.stratum, share * shape, minlength=n) for shape in shapes.T], axis=1
    )
    slope = cells.clicked @ shapes - clicked @ mean - (slopes - prior.mean) / prior.deviation**2
    apart = shapes - mean[cells.stratum]
    weight = clicked[cells.stratum] * share
    return slope, (apart * weight[:, None]).T @ apart + np.diag(prior.deviation**-2.0)
