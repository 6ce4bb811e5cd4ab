"""The rows that a facet counts: those that match, under every filter but its own."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.index.filters import FilterMasks

Rows: TypeAlias = NDArray[np.intp]
Mask = NDArray[np.bool_]


class CountedRows:
    """Rows under the filters of one request. Facets whose filter is not set count the same rows, found once."""

    def __init__(self, masks: FilterMasks, eligible: Mask, passing: Rows) -> None:
        """``eligible``: ``[n]`` rows that match the query text; ``passing``: those that pass all filters, ascending."""
        self.masks, self._eligible = masks, eligible
        self._rows: dict[str | None, Rows] = {None: passing}
        self._local: dict[tuple[int, str | None], Rows] = {}

    def under(self, *, except_for: str | None = None) -> Rows:
        """Rows under all filters, or all except one; ascending."""
        key = except_for if except_for in self.masks.parts else None
        if key not in self._rows:
            passes = self._eligible & self.masks.rows(except_for=key)
            self._rows[key] = np.flatnonzero(passes)
        return self._rows[key]

    def in_segment(self, number: int, *, except_for: str | None = None) -> Rows:
        """The same as local rows of a segment, ascending."""
        snapshot, rows = self.masks.snapshot, self.under(except_for=except_for)
        if len(snapshot.segments) == 1:
            return rows
        key = number, except_for if except_for in self.masks.parts else None
        if key not in self._local:
            local = snapshot.local_of[rows[snapshot.segment_of[rows] == number]]
            self._local[key] = np.sort(local).astype(np.intp)
        return self._local[key]
