"""The whole index at one moment: an immutable value that readers can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index.product_text import ProductText
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

    @property
    def brand_names(self) -> Sequence[str]:
        """Names of brand codes."""
        return self.dictionaries.brands.names

    @property
    def category_names(self) -> Sequence[tuple[str, ...]]:
        """Paths of category codes, broad to narrow."""
        return self.dictionaries.categories.names

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

    def rows_where(self, local: Callable[[Segment], NDArray[Any]]) -> NDArray[np.intp]:
        """The same for what ``local`` finds in each segment. Removed products may be among them."""
        found = [self.rows_of(at, local(segment)) for at, segment in enumerate(self.segments)]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def live_rows_where(self, local: Callable[[Segment], NDArray[Any]]) -> NDArray[np.intp]:
        """The same without removed products."""
        rows = self.rows_where(local)
        return rows.compress(self.is_live.take(rows))

    def mask(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """``[n]``: True for some rows."""
        mask = np.zeros(self.n, np.bool_)
        mask[rows] = True
        return mask

    def stored(self, row: int) -> tuple[ProductText, int]:
        """The texts that have the product in a row, and its place there. Price and stock may have changed since."""
        return self.segments[self.segment_of[row]].products, int(self.local_of[row])

    def offer(self, row: int) -> dict[str, Any]:
        """``price_minor`` and ``stock_units`` of a product, as its fields have them."""
        price, stock = int(self.price_minor[row]), int(self.stock_units[row])
        return {
            "price_minor": None if price < 0 else price,
            "stock_units": None if stock < 0 else stock,
        }

    @cached_property
    def _current(self) -> dict[int, NDArray[np.bool_]]:
        return {}
