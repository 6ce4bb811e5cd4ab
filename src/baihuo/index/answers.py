"""The answer set of a search, from which totals, facets, sort orders and variants are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet, Filters, Query, Reading, Sort, Variant
from baihuo.index.facets import make_facets
from baihuo.index.filters import FilterMasks
from baihuo.index.kind_match import QueryKind
from baihuo.index.query_limits import QueryLimits
from baihuo.index.shown_variants import shown_prices, shown_variants
from baihuo.index.snapshot import Snapshot

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_LAST = np.iinfo(np.int16).max


@dataclass(frozen=True, eq=False)
class AnswerSet:
    """Every product that matches a query, most relevant first.

    With any sort but relevance it holds only products of the kind with as many of the words as any has, and with what
    was read in the words, so that cheap products which are not what was asked for do not come first.
    """

    rows: NDArray[np.int32]  # index rows
    relevance: Floats  # fused score that sorts the answer set
    is_lexical: Mask  # enough terms match; the others are semantic matches
    total: int
    total_is_exact: bool  # False: at least ``total``; the rest was cut off
    notes: tuple[str, ...]  # "relaxed:2": two terms had to match; "corrected:labtop:laptop"; …
    snapshot: Snapshot
    filters: Filters  # of the request, and those that were read in the words
    eligible: Mask  # [n] rows of the whole index that match, before filters
    passing: NDArray[
        np.intp
    ]  # those that pass the filters, ascending, also where ``rows`` were cut off
    kind: QueryKind | None  # the kind of product that the text asks for
    alternatives: NDArray[np.int32]  # index rows, where nothing of the kind is sold
    read: tuple[Reading, ...]  # what was read in the words and is applied
    left_out: Mask | None  # [n] rows that match, left out for a colour or gender; None: no row
    limits: QueryLimits  # the readings, and the words that were matched
    tier: NDArray[np.int16]  # of each row: lower ones stand first, whatever their relevance
    lacking: NDArray[np.int16]  # of each row: how many words it lacks that the best ones have

    def __len__(self) -> int:
        return len(self.rows)

    def tiers_of(self, rows: NDArray[np.int32]) -> NDArray[np.int16]:
        """The tier of some rows; rows that are not in the answer set have the last one."""
        return self._of(self.tier, rows, _LAST)

    def lacking_of(self, rows: NDArray[np.int32]) -> NDArray[np.int16]:
        """How many words some rows lack that the best ones have; rows that are not in the answer set lack most."""
        return self._of(self.lacking, rows, _LAST)

    def has_words(self, rows: NDArray[np.int32]) -> Mask:
        """Which rows have enough of the words; rows that are not in the answer set do not."""
        return self._of(self.is_lexical, rows, False)

    def _of(self, column: NDArray[Any], rows: NDArray[np.int32], default: int) -> NDArray[Any]:
        """A column of this set by index row; ``default`` for other rows."""
        place = self._place.take(np.minimum(rows, self.snapshot.n))
        return np.append(column, column.dtype.type(default)).take(place)

    @cached_property
    def _place(self) -> NDArray[np.int32]:
        """The place of each row of the index and of a later one, ``[n + 1]``; -1: none."""
        place = np.full(self.snapshot.n + 1, -1, np.int32)
        place[self.rows.astype(np.intp)] = np.arange(len(self.rows), dtype=np.int32)
        return place

    def facets(self, query: Query | None = None) -> tuple[Facet, ...]:
        """Facets of the answer set, each counted under all other filters.

        ``query`` is the query of this set; it is not needed, because its filters are stored here.
        """
        return make_facets(self.snapshot, self.eligible, self.filters, self.passing)

    def ordered(self, sort: Sort) -> NDArray[np.int32]:
        """Rows in the requested order, by price that of the shown variant. Products without a price or a date come last."""
        if sort is Sort.RELEVANCE:
            return self.rows
        if sort is Sort.NEWEST:
            key = -self.snapshot.released_at_us[self.rows]
        else:
            key = shown_prices(self.snapshot, self.filters)[self.rows]
            key = np.where(
                key < 0, np.iinfo(np.int64).max, -key if sort is Sort.PRICE_DESC else key
            )
        return self.rows[np.argsort(key, kind="stable")]  # ties stay by relevance

    def shown(self, rows: NDArray[np.int32]) -> list[Variant | None]:
        """The variant that stands for each product on a page; None: it has none."""
        return shown_variants(self.snapshot, self.filters, rows)

    def variants(self, row: int) -> tuple[Variant, ...]:
        """The variants of a product that pass the filters: those that the page may show."""
        snapshot = self.snapshot
        number, local = int(snapshot.segment_of[row]), int(snapshot.local_of[row])
        segment = snapshot.segments[number]
        variants = segment.products[local].variants
        start, end = segment.variant_starts[local], segment.variant_starts[local + 1]
        passes = FilterMasks(snapshot, self.filters).variant_mask(number)[start:end]
        return tuple(v for v, is_in in zip(variants, passes, strict=False) if is_in)
