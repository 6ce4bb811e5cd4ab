"""Placements of served pages: a product at a position, its rank without exploration, its propensity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import NotFound, Query, Served, Surface
from baihuo.engine import Source, Tables
from baihuo.events import ServedLog
from baihuo.rank import Exploration, exploration_of

REWARDS = {"click": "is_clicked = 1", "purchase": "gain = 3"}
"""Name of each reward → its SQL over the table of :func:`baihuo.train.impressions`."""


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """Every placement of the pages that can be used."""

    rows: pa.Table  # one row for each placement: _SCHEMA
    queries: Mapping[str, Query]  # of the pages, by query_id
    left_out: Mapping[str, int]  # reason a page cannot be used → pages

    @property
    def n_pages(self) -> int:
        return len(self.queries)


_SCHEMA = pa.schema(
    [
        pa.field("query_id", pa.string()),
        pa.field("visitor_id", pa.string()),
        pa.field("surface", pa.string()),
        pa.field("product_id", pa.string()),
        pa.field("position", pa.int64()),  # 1 is the top
        pa.field("propensity", pa.float64()),
        pa.field("base_rank", pa.int64()),  # 1-based rank in the order without exploration
        pa.field("n_first", pa.int64()),  # positions of the page
        pa.field("n_reach", pa.int64()),  # products after them that the random slot may show here
        pa.field("n_fixed", pa.int64()),  # first positions that the random slot does not take
        pa.field("may_rise", pa.bool_()),  # may swap with the product ranked before it
        pa.field("may_fall", pa.bool_()),  # … after it
    ]
)


def placements(pages: Iterable[Served]) -> Placements:
    """The placements of served first pages, with their rank in the order before exploration."""
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    queries, left_out = dict[str, Query](), dict[str, int]()
    for served in pages:
        page, query = served.page, served.query
        reason = _unusable_reason(served)
        n = int(page.extra.get("n_ranked", 0))
        if not reason:
            exploration = exploration_of(page)
            drawn = exploration.explore(
                n, page_size=page.page_size, seed=int(page.extra["seed"]), query_id=page.query_id
            )
            positions = np.array([placed.position for placed in page.placed], dtype=np.intp)
            positions = positions[positions <= n]
            logged = np.array(
                [placed.propensity for placed in page.placed[: len(positions)]], float
            )
            if not np.allclose(drawn.propensity[positions - 1], logged, rtol=0, atol=1e-9):
                reason = "its draw cannot be repeated"
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        queries[page.query_id] = query
        n_first = min(page.page_size, n)
        for placed in page.placed[: len(positions)]:
            columns["query_id"].append(page.query_id)
            columns["visitor_id"].append(query.visitor_id)
            columns["surface"].append(page.surface)
            columns["product_id"].append(placed.product_id)
            columns["position"].append(placed.position)
            columns["propensity"].append(placed.propensity)
            rank = int(drawn.order[placed.position - 1])
            columns["base_rank"].append(rank + 1)
            columns["n_first"].append(n_first)
            # The random slot leaves out the first positions of some pages.
            is_slot = placed.position > exploration.n_fixed
            columns["n_reach"].append(min(exploration.reach, n - n_first) if is_slot else 0)
            columns["n_fixed"].append(exploration.n_fixed)
            columns["may_rise"].append(_may_swap(exploration, rank - 1, n_first))
            columns["may_fall"].append(_may_swap(exploration, rank, n_first))
    return Placements(pa.table(columns, schema=_SCHEMA), queries, left_out)


def write_placements(log: Path, out: Path, *, newest: int) -> Path | None:
    """Write the placements of the ``newest`` pages of a served log as Parquet; None if none can be used."""
    served = ServedLog(log)
    try:
        rows = placements(p for batch in served.batches(newest=newest) for p in batch).rows
    finally:
        served.close()
    if not rows.num_rows:
        return None
    pq.write_table(rows, out, compression="zstd")
    return out


def _may_swap(exploration: Exploration, rank: int, n_first: int) -> bool:
    """Whether the product of the 0-based ``rank`` may swap with the next one."""
    may = 0 <= rank < n_first - 1 and rank not in exploration.kept_apart
    return may and exploration.swap_probability > 0


def _unusable_reason(served: Served) -> str:
    """Return why a page cannot be used, or ""."""
    if served.page.page != 1:
        return "a later page"
    if not served.page.extra.get("is_explored", False):
        return "sorted by the shopper"
    if any(placed.propensity is None for placed in served.page.placed):
        return "a product was pinned"
    return "" if served.page.placed else "no product"


def seen_placements(
    tables: Tables, placed: Placements, impressions: Source, *, surface: str | None = None
) -> pa.Table:
    """Return the placements that were seen, each with ``click`` and ``purchase``, 0 or 1.

    Args:
        impressions: The file of :func:`baihuo.train.impressions`.
        surface: Only pages of this surface.

    Raises:
        NotFound: no impression of these pages is among the checked events.
    """
    rewards = ", ".join(f"CAST({rule} AS DOUBLE) AS {name}" for name, rule in REWARDS.items())
    only = "" if surface is None else f"WHERE p.surface = '{Surface(surface)}'"
    rows = tables.sql(
        f"SELECT p.*, {rewards} FROM p JOIN i USING (query_id, product_id) {only} "
        "ORDER BY query_id, position",
        p=placed.rows,
        i=impressions,
    )
    if not rows.num_rows:
        raise NotFound(
            f"no impression of the {placed.n_pages} served pages is among the checked events",
            fix="send impression events with the page's query_id, wait for the attribution window "
            "to close, and run: baihuo check",
        )
    return rows
