"""What a search found, once enumerated: totals, facets, orders and variants all come from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet, Query, Sort, Variant
from baihuo.core.query import Filters
from baihuo.index.facets import make_facets
from baihuo.index.filters import FilterMasks, form_prices
from baihuo.index.snapshot import Snapshot

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class AnswerSet:
    """Every product that answers a query, most relevant first.

    Under any sort but relevance it is the lexical core only, so that cheap junk does not float up.
    """

    rows: NDArray[np.int32]  # index rows
    lexical_score: Floats  # BM25 of the fields, weighted; 0: none of the words
    dense_score: Floats  # cosine in the query's space
    relevance: Floats  # both and more, fused: what the order is by
    is_lexical: Mask  # enough of the words; the others are near in meaning
    total: int
    total_is_exact: bool  # False: at least ``total``, the rest was cut
    notes: tuple[str, ...]  # "relaxed:2": two words had to match; "corrected:labtop:laptop"; …
    snapshot: Snapshot
    filters: Filters
    eligible: Mask  # [n] rows of the whole index that match the words, before filters

    def __len__(self) -> int:
        return len(self.rows)

    def facets(self, query: Query | None = None) -> tuple[Facet, ...]:
        """Ways to narrow the answer, with true counts under every other filter.

        ``query`` is the one the set was made for; its filters are already known here.
        """
        return make_facets(self.snapshot, self.eligible, self.filters)

    def ordered(self, sort: Sort) -> NDArray[np.int32]:
        """Rows in the order asked for. Products without a price or a date come last."""
        if sort is Sort.RELEVANCE:
            return self.rows
        if sort is Sort.NEWEST:
            key = -self.snapshot.released_at_us[self.rows]
        else:
            key = self._prices()
            key = np.where(
                key < 0, np.iinfo(np.int64).max, -key if sort is Sort.PRICE_DESC else key
            )
        return self.rows[np.argsort(key, kind="stable")]  # ties stay by relevance

    def variants(self, row: int) -> tuple[Variant, ...]:
        """The variants of a product that pass the filters: what the page may offer of it."""
        snapshot = self.snapshot
        number, local = int(snapshot.segment_of[row]), int(snapshot.local_of[row])
        segment = snapshot.segments[number]
        variants = segment.products[local].variants
        start, end = segment.form_starts[local], segment.form_starts[local + 1]
        passes = FilterMasks(snapshot, self.filters).forms(number)[start:end]
        return tuple(v for v, is_in in zip(variants, passes, strict=False) if is_in)

    def _prices(self) -> NDArray[np.int64]:
        """The lowest price among the forms that pass, of each row; -1 where none has any."""
        snapshot, most = self.snapshot, np.iinfo(np.int64).max
        lowest = np.full(snapshot.n, most, np.int64)
        masks = FilterMasks(snapshot, self.filters)
        for number, segment in enumerate(snapshot.segments):
            if not len(segment):
                continue
            rows = snapshot.segment_rows[number]
            prices = form_prices(snapshot, segment, np.repeat(rows, np.diff(segment.form_starts)))
            priced = np.where((prices >= 0) & masks.forms(number), prices, most)
            current = snapshot.current(number)
            lowest[rows[current]] = np.minimum.reduceat(priced, segment.form_starts[:-1])[current]
        chosen = lowest[self.rows]
        return np.where(chosen == most, -1, chosen)
