"""Scale columns: standard, min–max, quantile (uniform or normal), log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.features.spec.specs import ScalingMethod

Floats: TypeAlias = NDArray[np.float32]

_EDGE: Final = 1e-7
"""Normal quantiles are unbounded: shares are clipped this far from 0 and 1, so values stay within ±5.2."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """One column's fitted scaling. Missing stays missing; a column without values is unchanged.

    ``points``: ``standard`` has mean and deviation; ``min_max`` the least and the largest;
    ``quantile_*`` the values at equal shares, 0 to 1; ``log`` nothing.
    """

    method: ScalingMethod
    points: NDArray[np.float64]

    @classmethod
    def fit(cls, values: NDArray[Any], method: ScalingMethod, *, n_quantiles: int = 256) -> Scaling:
        """Fit to ``[rows]``; NaN is missing."""
        known = np.asarray(values, np.float64)
        known = known[~np.isnan(known)]
        if not len(known) or method == "log":
            return cls(method, np.zeros(0))
        if method == "standard":
            return cls(method, np.array([known.mean(), known.std() or 1.0]))
        if method == "min_max":
            return cls(method, np.array([known.min(), known.max()]))
        shares = np.linspace(0, 1, min(n_quantiles, len(known)))
        return cls(method, np.maximum.accumulate(np.quantile(known, shares)))

    def apply(self, values: NDArray[Any]) -> Floats:
        """``[rows]`` to ``[rows]``. ``standard`` is open, ``min_max`` and ``quantile_uniform`` are 0 to 1
        (values never seen in training too), ``log`` is ``sign(x) log(1 + |x|)``."""
        x = np.asarray(values, np.float64)
        if self.method == "log":
            return (np.sign(x) * np.log1p(np.abs(x))).astype(np.float32)
        if not len(self.points):
            return x.astype(np.float32)
        if self.method == "standard":
            return ((x - self.points[0]) / self.points[1]).astype(np.float32)
        if self.method == "min_max":
            low, high = self.points
            return np.clip((x - low) / ((high - low) or 1.0), 0, 1).astype(np.float32)
        shares = self._shares(x)
        if self.method == "quantile_normal":
            from scipy.special import ndtri  # loaded only when used: 0.2 s

            shares = ndtri(np.clip(shares, _EDGE, 1 - _EDGE))
        return np.asarray(shares, np.float32)

    def _shares(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of training values below each; ties get the middle."""
        at = np.linspace(0, 1, len(self.points)) if len(self.points) > 1 else np.array([0.5])
        # Equal quantiles make the inverse ambiguous: from below and from above, halfway.
        from_below = np.interp(x, self.points, at)
        from_above = -np.interp(-x, -self.points[::-1], -at[::-1])
        shares = np.where(np.isnan(x), np.nan, (from_below + from_above) / 2)
        if len(self.points) > 1:
            shares = np.where(x <= self.points[0], 0.0, shares)
            shares = np.where(x >= self.points[-1], 1.0, shares)
        return np.asarray(shares)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON stored in a bundle."""
        return {"method": self.method, "points": self.points.tolist()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scaling:
        """The inverse of :meth:`to_json`."""
        return cls(stored["method"], np.asarray(stored["points"], np.float64))
