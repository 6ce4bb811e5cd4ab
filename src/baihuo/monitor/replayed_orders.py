"""Replay past pages with a bundle and the feature state of their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from baihuo.bundle import Bundle
from baihuo.core import NotFound, Progress, Query, no_progress
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet
from baihuo.index import Generation
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.release import states_at


def replayed_orders(
    tables: Tables,
    bundle: Bundle,
    generation: Generation,
    queries: Sequence[Query],
    *,
    order_switches: Mapping[str, str],
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
