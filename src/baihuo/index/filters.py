"""Filters as masks over rows. A product passes if one of its variants passes all filters."""

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

    Brand and category belong to the product. Price, stock and attributes belong to a variant: red and
    size M must be one variant, at that price, in stock. A product without variants is its own variant. A
    variant without price or stock has those of its product; a product out of stock has no variant in stock.
    """

    def __init__(self, snapshot: Snapshot, filters: Filters) -> None:
        self.snapshot, self.filters = snapshot, filters
        # The facet of every selected attribute needs the masks of all others: compute each once.
        self._attribute_masks: dict[tuple[int, str], Mask] = {}
        fixed = {
            BRAND: bool(filters.brands),
            CATEGORY: bool(filters.category),
            PRICE: filters.price_min_minor is not None or filters.price_max_minor is not None,
            STOCK: filters.in_stock,
        }
        # Names of the active filters; the filter of an attribute has the name of the attribute.
        self.parts = (
            *(part for part, is_set in fixed.items() if is_set),
            *(name for name, _ in filters.attributes),
        )

    def rows(self, *, except_for: str | None = None) -> Mask:
        """``[n]`` live rows that pass every filter, or all except ``except_for``."""
        mask = self.snapshot.is_live.copy()
        if BRAND in self.parts and except_for != BRAND:
            mask &= self._codes(self.snapshot.brand_code, self._brands())
        if CATEGORY in self.parts and except_for != CATEGORY:
            mask &= self._codes(self.snapshot.category_code, self._categories())
        if self.variant_filters(except_for=except_for):
            mask &= self._any_variant(except_for)
        return mask

    def variant_filters(self, *, except_for: str | None = None) -> tuple[str, ...]:
        """The active filters on variants."""
        return tuple(p for p in self.parts if p not in (BRAND, CATEGORY) and p != except_for)

    def variant_mask(self, number: int, *, except_for: str | None = None) -> Mask:
        """The variants of segment ``number`` that pass the filters on variants."""
        segment = self.snapshot.segments[number]
        mask = np.ones(len(segment.variant_price_minor), np.bool_)
        rows = np.repeat(self.snapshot.segment_rows[number], np.diff(segment.variant_starts))
        parts = self.variant_filters(except_for=except_for)
        if PRICE in parts:
            prices = variant_prices(self.snapshot, segment, rows)
            low, high = self.filters.price_min_minor, self.filters.price_max_minor
            mask &= prices >= max(0, low or 0)
            if high is not None:
                mask &= prices <= high
        if STOCK in parts:
            mask &= (segment.variant_stock_units != 0) & (self.snapshot.stock_units[rows] != 0)
        for name, values in self.filters.attributes:
            if name != except_for:
                if (number, name) not in self._attribute_masks:
                    self._attribute_masks[number, name] = self._has_pair(segment, name, values)
                mask &= self._attribute_masks[number, name]
        return mask

    def _any_variant(self, except_for: str | None) -> Mask:
        passes = np.zeros(self.snapshot.n, np.bool_)
        for number, segment in enumerate(self.snapshot.segments):
            if not len(segment):
                continue
            by_row = np.logical_or.reduceat(
                self.variant_mask(number, except_for=except_for), segment.variant_starts[:-1]
            )
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
        mask = np.zeros(len(segment.variant_price_minor), np.bool_)
        mask[np.searchsorted(segment.pair_starts, found, side="right") - 1] = True
        return mask


def variant_prices(
    snapshot: Snapshot, segment: Segment, rows: NDArray[np.int32]
) -> NDArray[np.int64]:
    """The price of each variant of a segment, by default that of its product; -1: not for sale."""
    variant_price = segment.variant_price_minor
    return np.where(variant_price >= 0, variant_price, snapshot.price_minor[rows])


def lowest_prices(snapshot: Snapshot, filters: Filters) -> NDArray[np.int64]:
    """The lowest price among the variants of a row that pass the filters, ``[n]``; -1 where none has a price."""
    no_price = np.iinfo(np.int64).max
    lowest = np.full(snapshot.n, no_price, np.int64)
    masks = FilterMasks(snapshot, filters)
    for number, segment in enumerate(snapshot.segments):
        if not len(segment):
            continue
        rows = snapshot.segment_rows[number]
        prices = variant_prices(snapshot, segment, np.repeat(rows, np.diff(segment.variant_starts)))
        priced = np.where((prices >= 0) & masks.variant_mask(number), prices, no_price)
        current = snapshot.current(number)
        lowest[rows[current]] = np.minimum.reduceat(priced, segment.variant_starts[:-1])[current]
    return np.where(lowest == no_price, -1, lowest)
