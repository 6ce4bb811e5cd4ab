"""Visitors' interactions before a past moment, for training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import CLICKS_REMEMBERED_DAYS, PURCHASES_REMEMBERED_DAYS
from baihuo.engine import Source, Tables
from baihuo.index import Generation
from baihuo.model_inputs.assemble import InteractionHistory

_DAY_US = 86_400_000_000
_REMEMBERED_DAYS = {"click": CLICKS_REMEMBERED_DAYS, "purchase": PURCHASES_REMEMBERED_DAYS}


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Interactions of one event type: the products by visitor, oldest first."""

    rows: NDArray[np.int32]  # rows of the index generation, -1: deleted
    at_us: NDArray[np.int64]
    start: dict[str, tuple[int, int]]  # [start, stop) of each visitor
    remembered_us: int

    def before(self, visitor_id: str, at_us: int) -> InteractionHistory:
        """Return the visitor's products before ``at_us``, each once, newest first."""
        first, last = self.start.get(visitor_id, (0, 0))
        times = self.at_us[first:last]
        until = int(np.searchsorted(times, at_us, side="left"))
        since = int(np.searchsorted(times, at_us - self.remembered_us, side="left"))
        rows, times = self.rows[first:last][since:until][::-1], times[since:until][::-1]
        _, newest = np.unique(rows, return_index=True)
        newest.sort()
        return InteractionHistory(rows[newest], times[newest])


def visits(tables: Tables, generation: Generation, *, events: Source, event_type: str) -> Visits:
    """The visits of one event type, from clean events."""
    table = tables.sql(
        "SELECT visitor_id, product_id, received_at_us FROM events "
        f"WHERE event_type = '{event_type}' AND product_id IS NOT NULL "
        "ORDER BY visitor_id, received_at_us, product_id",
        events=events,
    )
    visitors = table.column("visitor_id").to_pylist()
    edges = [
        0,
        *(i for i in range(1, len(visitors)) if visitors[i] != visitors[i - 1]),
        len(visitors),
    ]
    start = {visitors[a]: (a, b) for a, b in pairwise(edges) if a < b}
    return Visits(
        index_rows(generation, table.column("product_id")),
        table.column("received_at_us").to_numpy(),
        start,
        _REMEMBERED_DAYS[event_type] * _DAY_US,
    )


def index_rows(generation: Generation, product_ids: pa.ChunkedArray) -> NDArray[np.int32]:
    """Return the row of each product in the index; -1: missing or null."""
    coded = product_ids.fill_null("").combine_chunks().dictionary_encode()
    row_of = generation.row_of
    known = np.array([row_of.get(p, -1) for p in coded.dictionary.to_pylist()] or [-1], np.int32)
    return known[coded.indices.to_numpy(zero_copy_only=False)]
