"""Cosines of a query with all rows: read for rows that are near, computed for others when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.index.inverted_file import Probe

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class _Vectors(Protocol):
    """What of :class:`baihuo.index.row_vectors.RowVectors` is needed here."""

    def __matmul__(self, vector: Floats, /) -> Floats: ...

    def cosines(self, rows: NDArray[Any], vector: Floats) -> Floats: ...

    def read_above(
        self, probe: Probe, cosine: float, *, beside: Mask, among: Mask | None = None
    ) -> tuple[NDArray[np.int32], Floats]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Cosines:
    """The same answers with lists of vectors and without, but for the few near rows of lists that were not read."""

    n: int  # rows of the index
    vector: Floats  # of the query
    values: Floats  # of the rows that were read; 0: no vector in the space of the query
    rows: NDArray[np.int32] | None = None  # that were read; None: all
    vectors: _Vectors | None = None  # None: no row has a vector in the space of the query
    lists: Mask | None = None  # which lists of the base were read; None: all rows were
    probe: Probe | None = None  # the query beside the lists, where there are any

    @property
    def near(self) -> Floats:
        """``[n]``; 0 where a row has no vector, or is in a list that was not read."""
        return self.values if self.rows is None else spread(self.rows, self.values, self.n)

    def of(self, rows: NDArray[Any]) -> Floats:
        """Cosines of some rows, whether they are near or not: ``[rows]``."""
        if self.rows is None or self.vectors is None:
            return self.values[rows]
        return self.vectors.cosines(rows, self.vector)

    def at_least(self, cosine: float, among: Mask | None = None) -> Mask:
        """``[n]``: the rows with at least this cosine. ``among``: other rows do not count; None: all do."""
        if self.rows is None or self.vectors is None or self.lists is None or self.probe is None:
            reached = self.values >= cosine
        elif cosine <= 0:  # what was not read has 0 here
            reached = (self.vectors @ self.vector) >= cosine
        else:
            reached = np.zeros(self.n, np.bool_)
            reached[self.rows.compress(self.values >= cosine)] = True
            rows, cosines = self.vectors.read_above(
                self.probe, cosine, beside=self.lists, among=among
            )
            reached[rows.compress(cosines >= cosine)] = True
        return reached if among is None else reached & among


def spread(rows: NDArray[Any], values: NDArray[Any], n: int) -> NDArray[Any]:
    """``[n]`` with the values of some rows in their places, 0 elsewhere."""
    out = np.zeros(n, values.dtype)
    out[rows] = values
    return out
