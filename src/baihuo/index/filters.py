"""Filters as masks over rows. A product passes if one of its variants passes all filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters
from baihuo.index.filter_language.conditions import ConditionMaker, Variants, has_pair
from baihuo.index.filter_language.parse import parse_filter
from baihuo.index.filter_language.simple import FILTER
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]
BRAND, CATEGORY, PRICE, STOCK = "brand", "category", "price", "in_stock"
_FIXED = (BRAND, CATEGORY, PRICE, STOCK, FILTER)


class FilterMasks:
    """The masks of one request's filters over one snapshot.

    Brand and category belong to the product. Price, stock and attributes belong to a variant: red and
    size M must be one variant, at that price, in stock. A product without variants is its own variant. A
    variant without price or stock has those of its product; a product out of stock has no variant in stock.
    So a filter in the filter language is one on variants, with the brand and category of their product.

    Raises:
        BadFilter: the filter in the filter language cannot be read, or names a field that no product has.
    """

    def __init__(self, snapshot: Snapshot, filters: Filters) -> None:
        self.snapshot, self.filters = snapshot, filters
        # The facet of every selected attribute needs the masks of all others: compute each once.
        self._attribute_masks: dict[tuple[int, str], Mask] = {}
        self._where_masks: dict[int, Mask] = {}
        self._where = (
            ConditionMaker(filters.where, snapshot).condition(parse_filter(filters.where))
            if filters.where
            else None
        )
        fixed = {
            BRAND: bool(filters.brands),
            CATEGORY: bool(filters.category),
            PRICE: filters.price_min_minor is not None or filters.price_max_minor is not None,
            STOCK: filters.in_stock,
            FILTER: bool(filters.where),
        }
        self._fixed = tuple(part for part, is_set in fixed.items() if is_set)
        # Names of the active filters; the filter of an attribute has the name of the attribute.
        self.parts = (*self._fixed, *(name for name, _ in filters.attributes))

    def rows(self, *, except_for: str | None = None) -> Mask:
        """``[n]`` live rows that pass every filter, or all except ``except_for``."""
        mask = self.snapshot.is_live.copy()
        if BRAND in self._fixed and except_for != BRAND:
            mask &= self._codes(self.snapshot.brand_code, self._brands())
        if CATEGORY in self._fixed and except_for != CATEGORY:
            mask &= self._codes(self.snapshot.category_code, self._categories())
        if self.variant_filters(except_for=except_for):
            mask &= self._any_variant(except_for)
        return mask

    def variant_filters(self, *, except_for: str | None = None) -> tuple[str, ...]:
        """The active filters on variants."""
        fixed = (p for p in self._fixed if p not in (BRAND, CATEGORY) and p != except_for)
        return (*fixed, *(name for name, _ in self._attributes(except_for)))

    def _attributes(self, except_for: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The filters on attributes except one; ``except_for`` a filter of its own, such as price, means no attribute of
        that name."""
        for name, values in self.filters.attributes:
            if name != except_for or name in _FIXED:
                yield name, values

    def in_stock(self, number: int) -> Mask:
        """The variants of segment ``number`` that are in stock, whatever the filters."""
        segment = self.snapshot.segments[number]
        rows = np.repeat(self.snapshot.segment_rows[number], np.diff(segment.variant_starts))
        return np.asarray(
            (segment.variant_stock_units != 0) & (self.snapshot.stock_units[rows] != 0)
        )

    def variant_mask(self, number: int, *, except_for: str | None = None) -> Mask:
        """The variants of segment ``number`` that pass the filters on variants."""
        segment = self.snapshot.segments[number]
        mask = np.ones(len(segment.variant_price_minor), np.bool_)
        rows = np.repeat(self.snapshot.segment_rows[number], np.diff(segment.variant_starts))
        if PRICE in self._fixed and except_for != PRICE:
            prices = variant_prices(self.snapshot, segment, rows)
            low, high = self.filters.price_min_minor, self.filters.price_max_minor
            mask &= prices >= max(0, low or 0)
            if high is not None:
                mask &= prices <= high
        if STOCK in self._fixed and except_for != STOCK:
            mask &= self.in_stock(number)
        for name, values in self._attributes(except_for):
            mask &= self._attribute_mask(number, name, values)
        if self._where is not None and except_for != FILTER:
            mask &= self._where_mask(number, rows)
        return mask

    def _attribute_mask(self, number: int, name: str, values: tuple[str, ...]) -> Mask:
        if (number, name) not in self._attribute_masks:
            found = (self.snapshot.dictionaries.pairs.find((name, value)) for value in values)
            codes = [code for code in found if code >= 0]
            self._attribute_masks[number, name] = has_pair(
                self.snapshot, self.snapshot.segments[number], codes
            )
        return self._attribute_masks[number, name]

    def _where_mask(self, number: int, rows: NDArray[np.int32]) -> Mask:
        assert self._where is not None  # asked only with a filter
        if number not in self._where_masks:
            segment = self.snapshot.segments[number]
            prices = variant_prices(self.snapshot, segment, rows)
            in_stock = self.in_stock(number)
            variants = Variants(self.snapshot, segment, rows, prices, in_stock)
            self._where_masks[number] = self._where(variants)
        return self._where_masks[number]

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


def variant_prices(
    snapshot: Snapshot, segment: Segment, rows: NDArray[np.int32]
) -> NDArray[np.int64]:
    """The price of each variant of a segment, by default that of its product; -1: not for sale."""
    variant_price = segment.variant_price_minor
    return np.where(variant_price >= 0, variant_price, snapshot.price_minor[rows])
