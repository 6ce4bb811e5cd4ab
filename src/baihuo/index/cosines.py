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
        self, probe: Probe, cosine: float, *, beside: Mask
    ) -> tuple[NDArray[np.int32], Floats]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Cosines:
    """The same answers with lists of vectors and without, but for the few near rows of lists that were not read."""

    near: Floats  # [n]; 0 where a row has no vector, or stands in a list that was not read
    lists: Mask | None  # which lists of the base were read; None: all rows were
    vectors: _Vectors | None  # None: no row has a vector in the space of the query
    vector: Floats  # of the query
    probe: Probe | None = None  # the query beside the lists, where there are any

    def of(self, rows: NDArray[Any]) -> Floats:
        """Cosines of some rows, whether they are near or not: ``[rows]``."""
        if self.lists is None or self.vectors is None:
            return self.near[rows]
        return self.vectors.cosines(rows, self.vector)

    def at_least(self, cosine: float) -> Mask:
        """``[n]``: the rows with at least this cosine."""
        if self.lists is None or self.vectors is None or self.probe is None:
            return self.near >= cosine
        if cosine <= 0:  # what was not read has 0 here
            return (self.vectors @ self.vector) >= cosine
        reached = self.near >= cosine
        rows, cosines = self.vectors.read_above(self.probe, cosine, beside=self.lists)
        reached[rows.compress(cosines >= cosine)] = True
        return reached
