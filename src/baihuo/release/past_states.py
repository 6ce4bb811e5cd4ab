"""Replay events to the feature states that serving had at given moments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from baihuo.core import table_to_events, table_to_products
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet, FeatureState, snapshot


def states_at(
    tables: Tables,
    features: FeatureSet,
    moments_us: Sequence[int],
    *,
    events: Source,
    products: Source,
) -> Iterator[FeatureState]:
    """Yield serving's state just before each moment: a snapshot, then every event received since. It is one object, updated in place: use
    it before taking the next.

    Args:
        moments_us: Ascending, microseconds UTC on our clock.
        events, products: The clean data.
    """
    if not moments_us:
        return
    start_us, stop_us = moments_us[0], moments_us[-1]
    with tempfile.TemporaryDirectory(prefix="baihuo-replay-") as folder:
        path = Path(folder) / "state"
        snapshot(tables, features, events=events, products=products, at_us=start_us, out=path)
        state = FeatureState.load(path, features)
    # As a server does: products without events have a brand and a category too.
    state.add_products(table_to_products(tables.sql("SELECT * FROM p", p=products)))
    received = tables.sql(
        f"SELECT * FROM e WHERE received_at_us >= {start_us} AND received_at_us < {stop_us} "
        "ORDER BY received_at_us, event_id",
        e=events,
    )
    pending = iter(table_to_events(received))
    event = next(pending, None)
    for at_us in moments_us:
        while event is not None and event.received_at_us < at_us:
            state.apply(event)
            event = next(pending, None)
        yield state
