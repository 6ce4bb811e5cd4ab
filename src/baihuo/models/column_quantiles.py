"""Columns as places among the values they were fitted on, for a network: no outlier, no unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.models.contract import Floats

_N_KNOTS = 33
_WIDTH = 1.7  # of the scale, either way: a uniform spread of standard deviation 1
_MAX_ROWS = 40_000  # that say where the knots are


@dataclass(frozen=True, slots=True, eq=False)
class ColumnQuantiles:
    """Each column from -1.7 (its least) to 1.7 (its largest) by rank, straight between 33 quantiles; 0: missing."""

    knots: tuple[Floats, ...]  # of each column, ascending, distinct

    @classmethod
    def fit(cls, matrix: Floats, *, seed: int) -> ColumnQuantiles:
        """From ``[rows, columns]``; NaN is missing. A column without two values is 0 everywhere."""
        if len(matrix) > _MAX_ROWS:
            rng = np.random.default_rng(seed)
            matrix = matrix[np.sort(rng.choice(len(matrix), _MAX_ROWS, replace=False))]
        shares = np.linspace(0, 1, _N_KNOTS)
        known = [column[~np.isnan(column)] for column in np.ascontiguousarray(matrix.T)]
        return cls(
            tuple(
                np.unique(np.quantile(k, shares).astype(np.float32)) if len(k) else k for k in known
            )
        )

    def apply(self, matrix: Floats) -> Floats:
        """``[rows, columns]`` to the same shape, finite everywhere.

        Raises:
            ValueError: another number of columns.
        """
        if matrix.ndim != 2 or matrix.shape[1] != len(self.knots):
            raise ValueError(f"{matrix.shape} cannot be scaled, want [rows, {len(self.knots)}]")
        scaled = np.zeros(matrix.shape, np.float32)
        for at, knots in enumerate(self.knots):
            if len(knots) > 1:
                column = matrix[:, at]
                place = np.interp(column, knots, np.linspace(-_WIDTH, _WIDTH, len(knots)))
                scaled[:, at] = np.where(np.isnan(column), 0.0, place)
        return scaled

    def to_json(self) -> list[list[float]]:
        """As kept in a bundle."""
        return [knots.tolist() for knots in self.knots]

    @classmethod
    def from_json(cls, stored: list[list[float]]) -> ColumnQuantiles:
        """The inverse of :meth:`to_json`."""
        return cls(tuple(np.asarray(knots, np.float32) for knots in stored))
