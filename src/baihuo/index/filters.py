"""Filters as masks over rows. A product passes when one of its buyable forms passes them all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]
BRAND, CATEGORY, PRICE, STOCK = "brand", "category", "price", "in_stock"


class FilterMasks:
    """The masks of one request's filters over one snapshot.

    Brand and category are of the product. Price, stock and attributes are of a form: red and size M
    must be one variant, at that price, in stock. A form without a price or stock of its own has the
    product's; a product with nothing in stock has no form in stock.
    """

    def __init__(self, snapshot: Snapshot, filters: Filters) -> None:
        self.snapshot, self.filters = snapshot, filters
        # Every chosen attribute's facet asks for all the others: scan the pairs once for each.
        self._of_attribute: dict[tuple[int, str], Mask] = {}
        fixed = {
            BRAND: bool(filters.brands),
            CATEGORY: bool(filters.category),
            PRICE: filters.price_min_minor is not None or filters.price_max_minor is not None,
            STOCK: filters.in_stock,
        }
        # Names of the filters that are set; an attribute's filter has the attribute's name.
        self.parts = (
            *(part for part, is_set in fixed.items() if is_set),
            *(name for name, _ in filters.attributes),
        )

    def rows(self, *, but: str | None = None) -> Mask:
        """``[n]`` live rows that pass every filter, or every one but ``but``."""
        mask = self.snapshot.is_live.copy()
        if BRAND in self.parts and but != BRAND:
            mask &= self._codes(self.snapshot.brand_code, self._brands())
        if CATEGORY in self.parts and but != CATEGORY:
            mask &= self._codes(self.snapshot.category_code, self._categories())
        if self.form_parts(but=but):
            mask &= self._any_form(but)
        return mask

    def form_parts(self, *, but: str | None = None) -> tuple[str, ...]:
        """The filters that are set and look at forms."""
        return tuple(p for p in self.parts if p not in (BRAND, CATEGORY) and p != but)

    def forms(self, number: int, *, but: str | None = None) -> Mask:
        """Which forms of segment ``number`` pass the filters that look at forms."""
        segment = self.snapshot.segments[number]
        mask = np.ones(len(segment.form_price_minor), np.bool_)
        rows = np.repeat(self.snapshot.segment_rows[number], np.diff(segment.form_starts))
        parts = self.form_parts(but=but)
        if PRICE in parts:
            prices = form_prices(self.snapshot, segment, rows)
            low, high = self.filters.price_min_minor, self.filters.price_max_minor
            mask &= prices >= max(0, low or 0)
            if high is not None:
                mask &= prices <= high
        if STOCK in parts:
            mask &= (segment.form_stock_units != 0) & (self.snapshot.stock_units[rows] != 0)
        for name, values in self.filters.attributes:
            if name != but:
                if (number, name) not in self._of_attribute:
                    self._of_attribute[number, name] = self._has_pair(segment, name, values)
                mask &= self._of_attribute[number, name]
        return mask

    def _any_form(self, but: str | None) -> Mask:
        passes = np.zeros(self.snapshot.n, np.bool_)
        for number, segment in enumerate(self.snapshot.segments):
            if not len(segment):
                continue
            by_row = np.logical_or.reduceat(self.forms(number, but=but), segment.form_starts[:-1])
            passes[self.snapshot.segment_rows[number][by_row & self.snapshot.current(number)]] = (
                True
            )
        return passes

    def _brands(self) -> Iterable[int]:
        return (self.snapshot.dictionaries.brands.find(b) for b in self.filters.brands)

    def _categories(self) -> Iterable[int]:
        wanted = self.filters.category
        names = self.snapshot.dictionaries.categories.names
        return (i for i, path in enumerate(names) if path[: len(wanted)] == wanted)

    @staticmethod
    def _codes(column: NDArray[np.int32], wanted: Iterable[int]) -> Mask:
        return np.isin(column, [c for c in wanted if c >= 0])

    def _has_pair(self, segment: Segment, name: str, values: tuple[str, ...]) -> Mask:
        pairs = self.snapshot.dictionaries.pairs
        table = np.zeros(len(pairs) + 1, np.bool_)
        table[[c for c in (pairs.find((name, v)) for v in values) if c >= 0]] = True
        found = np.flatnonzero(table[segment.pairs])
        mask = np.zeros(len(segment.form_price_minor), np.bool_)
        mask[np.searchsorted(segment.pair_starts, found, side="right") - 1] = True
        return mask


def form_prices(snapshot: Snapshot, segment: Segment, rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """The price of each form of a segment: its own, or its product's; -1: not for sale."""
    own = segment.form_price_minor
    return np.where(own >= 0, own, snapshot.price_minor[rows])
