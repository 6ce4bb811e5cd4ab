"""Placements of served pages: a product at a position, its rank without exploration, its propensity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.bundle import Bundle
from baihuo.core import HOME_DIVERSITY, NotFound, Progress, Query, Served, Surface, no_progress
from baihuo.engine import Source, Tables
from baihuo.events import ServedLog
from baihuo.features import FeatureSet
from baihuo.index import Generation
from baihuo.rank import NO_EXPLORATION, Exploration, Ranker, exploration_of
from baihuo.release import states_at

# Replay past pages with a bundle and the feature state of their time.


def replayed_orders(
    tables: Tables,
    bundle: Bundle,
    generation: Generation,
    queries: Sequence[Query],
    *,
    order_switches: Mapping[str, str],
    diversity: float = HOME_DIVERSITY,
    events: Source,
    products: Source,
    progress: Progress = no_progress,
) -> dict[str, tuple[str, ...]]:
    """Return each first page's products in the order of ``bundle``, without exploration.

    Events are applied one by one, so a page sees nothing that happened after it, not even its own
    clicks. Titles, prices and stock are those of ``generation``.

    Args:
        queries: First pages. Pages of products no longer in the index are left out.
        order_switches: By surface, which order of the bundle serves, as in ``surfaces`` of ``shop.yaml``.
        diversity: Of home pages, as there.
        events, products: The clean data.
    """
    declared = FeatureSet.from_json(bundle.text("features.json"))
    in_order = sorted(queries, key=lambda query: query.at_us)
    moments_us = [query.at_us for query in in_order]
    states = states_at(tables, declared, moments_us, events=events, products=products)
    ranker: Ranker | None = None
    orders: dict[str, tuple[str, ...]] = {}
    for n, (query, state) in enumerate(zip(in_order, states, strict=True)):
        if ranker is None:  # the state is one object, updated in place
            ranker = Ranker(
                bundle,
                generation,
                state,
                exploration=NO_EXPLORATION,
                order_switches=order_switches,
                diversity=diversity,
            )
        try:
            orders[query.query_id] = ranker.page(query).order[: query.page_size]
        except NotFound:
            continue
        if n % 100 == 0:
            progress("pages replayed", n, len(in_order))
    progress("pages replayed", len(in_order), len(in_order))
    return orders


def with_wanted(rows: pa.Table, orders: dict[str, tuple[str, ...]]) -> pa.Table:
    """Add ``wanted`` to ``rows`` of replayed pages: the product's 1-based position, 0 if absent."""
    position_of = {
        (q, product): i + 1 for q, order in orders.items() for i, product in enumerate(order)
    }
    query_ids, products = (rows.column(n).to_pylist() for n in ("query_id", "product_id"))
    wanted = [position_of.get(pair, 0) for pair in zip(query_ids, products, strict=True)]
    has_order = np.array([q in orders for q in query_ids], dtype=bool)
    return rows.append_column("wanted", pa.array(wanted, pa.int64())).filter(pa.array(has_order))


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
