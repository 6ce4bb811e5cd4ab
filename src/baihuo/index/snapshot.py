"""The whole index at one moment: an immutable value that readers can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index.segment import Dictionaries, Segment

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Row-aligned columns over the rows of all segments. ``-1`` means "not known" in all of them.

    A product keeps its row when it changes: the new text is in a later segment, and ``segment_of`` is
    the current one.
    """

    content_version: int  # increases when text, attributes or vectors change
    version: int  # increases with every change, offers included
    segments: tuple[Segment, ...]
    segment_rows: tuple[Rows, ...]  # local row → row, of each segment
    segment_of: NDArray[np.int16]
    local_of: Rows
    product_ids: NDArray[np.object_]
    row_of: Mapping[str, int]  # live products only
    rows_ever: Mapping[
        str, int
    ]  # including removed ones, which get the same row when they are added again
    is_live: NDArray[np.bool_]
    price_minor: NDArray[np.int64]
    stock_units: NDArray[np.int64]
    released_at_us: NDArray[np.int64]
    brand_code: Rows
    category_code: Rows
    dictionaries: Dictionaries

    @property
    def n(self) -> int:
        return len(self.product_ids)

    def current(self, number: int) -> NDArray[np.bool_]:
        """Which local rows of segment ``number`` are current."""
        return np.asarray(self.segment_of[self.segment_rows[number]] == number)


class RowVectors:
    """Vectors of one encoder, as if they were one array ``[n, dim]``: index it with rows, or use
    ``@`` with one vector to get all cosines, to the precision of :mod:`baihuo.index.int8_vectors`."""

    def __init__(self, snapshot: Snapshot, encoder_name: str) -> None:
        self._snapshot, self._name = snapshot, encoder_name
        dim = snapshot.segments[0].vectors[encoder_name].shape[1]
        self.shape = (snapshot.n, dim)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        at = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows)
        if at.dtype == np.bool_:
            at = np.flatnonzero(at)
        flat = at.reshape(-1)
        segments = self._snapshot.segments
        locals_ = self._snapshot.local_of[flat]
        if len(segments) == 1:
            out = segments[0].vectors[self._name][locals_]
        else:
            out = np.empty((len(flat), self.shape[1]), np.float32)
            segment_of = self._snapshot.segment_of[flat]
            for number in np.unique(segment_of):
                in_segment = segment_of == number
                out[in_segment] = segments[number].vectors[self._name][locals_[in_segment]]
        return np.asarray(out).reshape(*at.shape, self.shape[1])

    def __matmul__(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        snapshot = self._snapshot
        if len(snapshot.segments) == 1:
            return np.asarray(snapshot.segments[0].scan(self._name, vector))
        out = np.zeros(len(self), np.float32)
        for number, segment in enumerate(snapshot.segments):
            in_segment = snapshot.current(number)
            out[snapshot.segment_rows[number][in_segment]] = segment.scan(self._name, vector)[
                in_segment
            ]
        return out

    def cosines(self, rows: NDArray[Any], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines of some rows with one vector, equal to the results of ``@``."""
        snapshot = self._snapshot
        locals_ = snapshot.local_of[rows]
        if len(snapshot.segments) == 1:
            return snapshot.segments[0].int8_vectors[self._name].take(locals_).dot(vector)
        out, segment_of = np.empty(len(rows), np.float32), snapshot.segment_of[rows]
        for number in np.unique(segment_of):
            in_segment = segment_of == number
            part = snapshot.segments[number].int8_vectors[self._name].take(locals_[in_segment])
            out[in_segment] = part.dot(vector)
        return out

    def among(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Cosines of some rows with each other: ``[rows, rows]``."""
        snapshot = self._snapshot
        if len(snapshot.segments) == 1:
            return (
                snapshot.segments[0].int8_vectors[self._name].take(snapshot.local_of[rows]).gram()
            )
        vectors = self[rows]
        return np.asarray(vectors @ vectors.T)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float32]:
        return self[np.arange(len(self))].astype(dtype or np.float32, copy=False)
