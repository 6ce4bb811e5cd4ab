"""The whole index at one moment: an immutable value that readers can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index.segment import Dictionaries, Segment

Rows = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
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
        """Which local rows of segment ``number`` are current. Not to be changed: the next caller gets the same array."""
        if number not in self._current:
            self._current[number] = self.segment_of[self.segment_rows[number]] == number
        return self._current[number]

    def rows_of(self, number: int, local: NDArray[Any]) -> NDArray[np.intp]:
        """The rows of some local rows of segment ``number``, without those whose text is in a later one now."""
        rows = self.segment_rows[number].take(local).astype(np.intp)
        if len(self.segments) == 1:
            return rows
        return rows.compress(self.segment_of.take(rows) == number)

    @cached_property
    def _current(self) -> dict[int, NDArray[np.bool_]]:
        return {}
