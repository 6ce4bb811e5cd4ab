"""Scaling of columns for a network; one numpy function for trainer and server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FARTHEST = 6.0  # standard deviations: one odd row must not drown the others


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """``sign(x) log(1 + |x|)``, standardised; missing values become the mean, with an indicator.

    ``gaps`` lists the columns that had missing values when fitted: each gets a second column that
    is 1 where the value is missing.
    """

    mean: NDArray[np.float32]  # [columns]
    deviation: NDArray[np.float32]  # [columns], over 0
    gaps: NDArray[np.intp]  # [columns with missing values]

    @classmethod
    def fit(cls, matrix: NDArray[np.float32]) -> Scaler:
        """From ``[rows, columns]``; NaN is missing. A column without any value scales to 0."""
        if not len(matrix):
            raise ValueError("a scaler needs at least one row")
        squashed = _squash(matrix)
        is_missing = np.isnan(squashed)
        n = np.maximum((~is_missing).sum(axis=0), 1)
        mean = np.where(is_missing, 0.0, squashed).sum(axis=0, dtype=np.float64) / n
        spread = np.where(is_missing, 0.0, squashed - mean)
        deviation = np.sqrt((spread**2).sum(axis=0, dtype=np.float64) / n)
        deviation[deviation < 1e-6] = 1.0
        return cls(
            mean.astype(np.float32),
            deviation.astype(np.float32),
            np.flatnonzero(is_missing.any(axis=0)),
        )

    @property
    def n_out(self) -> int:
        """Width of :meth:`apply`'s answer."""
        return len(self.mean) + len(self.gaps)

    def apply(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """``[rows, columns]`` to ``[rows, n_out]``, finite everywhere."""
        if matrix.ndim != 2 or matrix.shape[1] != len(self.mean):
            raise ValueError(f"{matrix.shape} cannot be scaled, want [rows, {len(self.mean)}]")
        scaled = (_squash(matrix) - self.mean) / self.deviation
        is_missing = np.isnan(scaled)
        scaled[is_missing] = 0.0
        np.clip(scaled, -_FARTHEST, _FARTHEST, out=scaled)
        gaps = is_missing[:, self.gaps].astype(np.float32)
        return np.ascontiguousarray(np.concatenate([scaled, gaps], axis=1), dtype=np.float32)

    def to_json(self) -> dict[str, list[float]]:
        """Return the JSON stored in a bundle."""
        return {
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
            "gaps": self.gaps.tolist(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scaler:
        """The inverse of :meth:`to_json`."""
        return cls(
            np.asarray(stored["mean"], dtype=np.float32),
            np.asarray(stored["deviation"], dtype=np.float32),
            np.asarray(stored["gaps"], dtype=np.intp),
        )


def _squash(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    values = np.asarray(matrix, dtype=np.float32)
    return np.sign(values) * np.log1p(np.abs(values))
