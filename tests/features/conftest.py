"""Small shops for the tests: random streams of events, and the truth about them by brute force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import Event, EventType, Product, fold
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.features import FeatureSet, FeatureState, Lookback, compute
from baihuo.features.spec.declare import Aggregate, DerivedKind, EventKind, Value, kinds_of

DAY_US = 86_400_000_000
START_US = 1_700_000_000_000_000  # 2023-11-14 22:13:20 UTC: not the start of a bucket

PRODUCTS = tuple(
    Product(
        product_id=f"p{i}",
        title_en=f"product {i}",
        brand=("Acme", "Bell", None)[i % 3],
        category=(("Toys",), ("Toys", "Trains"), ())[i % 3],
    )
    for i in range(6)
)

_KINDS: tuple[tuple[str, tuple[EventKind, ...], Aggregate, Value | None, dict[str, Any]], ...] = (
    ("clicks_2h", (EventType.CLICK,), "count", None, {"window_hours": 2}),
    ("touches_3d", (EventType.CLICK, EventType.DWELL), "count", None, {"window_days": 3}),
    ("spend_1d", (EventType.PURCHASE,), "sum", "revenue_minor", {"window_days": 1}),
    ("dwell_3d", (EventType.DWELL,), "sum", "dwell_ms", {"window_days": 3}),
    ("since_click", (EventType.CLICK,), "last", None, {"window_days": 2}),
    ("since_buy", (EventType.PURCHASE,), "last", None, {"window_hours": 5}),
    (
        "last_dwell",
        (EventType.DWELL, EventType.CLICK),
        "last",
        "dwell_ms",
        {"window_days": 2},
    ),
    ("last_units", (EventType.PURCHASE,), "last", "quantity", {"window_days": 1}),
    ("clicks_fading", (EventType.CLICK,), "decayed", None, {"half_life_days": 1.5}),
    (
        "units_fading",
        (EventType.PURCHASE,),
        "decayed",
        "quantity",
        {"half_life_days": 0.01},
    ),
    ("searched_2d", (DerivedKind.SEARCHED,), "count", None, {"window_days": 2}),
    ("found_2d", (DerivedKind.FOUND,), "count", None, {"window_days": 2}),
    ("clicked_found_2d", (DerivedKind.CLICKED_FOUND,), "count", None, {"window_days": 2}),
    ("since_searched", (DerivedKind.SEARCHED,), "last", None, {"window_days": 2}),
    (
        "looks_fading",
        (EventType.IMPRESSION, DerivedKind.SEARCHED),
        "decayed",
        None,
        {"half_life_days": 1},
    ),
)
EVERY_KIND = FeatureSet(
    tuple(
        Lookback(
            name=f"{'_'.join(entity)}_{name}",
            entity=entity,
            events=events,
            aggregate=aggregate,
            value=value,
            **ends,
        )
        for entity in (
            ("visitor",),
            ("product",),
            ("brand",),
            ("category",),
            ("visitor", "product"),
            ("visitor", "brand"),
            ("visitor", "category"),
            ("query", "product"),
        )
        for name, events, aggregate, value, ends in _KINDS
    )
    + tuple(
        Lookback(
            name=f"{entity}_ever",
            entity=(entity,),
            events=(EventType.PURCHASE,),
            aggregate="sum",
            value="quantity",
        )
        for entity in ("product", "brand")
    )
)
"""Every aggregate over every entity."""


def brute_force(
    one: Lookback,
    events: Sequence[Event],
    *,
    visitor_id: str,
    product_id: str,
    query_text: str | None,
    at_us: int,
    products: Sequence[Product] = PRODUCTS,
) -> float:
    """One lookback of one example, straight from its definition."""
    catalogue = {product.product_id: product for product in products}

    def key(visitor: str, product: str | None, query: str | None) -> tuple[object, ...]:
        known = catalogue.get(product or "")
        parts = {
            "visitor": visitor,
            "product": product,
            "query": fold(query or "") or None,
            "brand": (known and known.brand) or None,
            "category": (known and known.category) or None,
        }
        return tuple(parts[part] for part in one.entity)

    def value(event: Event) -> float | None:
        units = 1 if event.quantity is None else event.quantity
        revenue = None if event.price_minor is None else event.price_minor * units
        return {
            None: 1,
            "dwell_ms": event.dwell_ms,
            "price_minor": event.price_minor,
            "quantity": units,
            "revenue_minor": revenue,
        }[one.value]

    mine = key(visitor_id, product_id, query_text)
    known = [
        event
        for event in events
        for kind in kinds_of(event)
        if event.received_at_us < at_us
        and kind in one.events
        and None not in mine
        and key(event.visitor_id, event.product_id, event.query_text) == mine
    ]
    if one.n_granules is not None:
        first = at_us // one.granule_us - one.n_granules
        known = [event for event in known if event.received_at_us // one.granule_us >= first]
    if one.aggregate == "decayed":
        return sum(
            (value(e) or 0) * 2 ** -((at_us - e.received_at_us) / one.half_life_us) for e in known
        )
    if one.aggregate != "last":
        return float(sum(value(e) or 0 for e in known))
    known = [event for event in known if value(event) is not None]
    if not known:
        return one.never
    newest = max(event.received_at_us for event in known)
    if one.value is None:
        return (at_us - newest) / DAY_US
    return float(max(value(e) or 0 for e in known if e.received_at_us == newest))


def random_events(
    seed: int, n: int, *, days: float = 8, n_products: int = 8, n_visitors: int = 3
) -> list[Event]:
    """A stream in order of receipt, some at the very same moment; products past the catalogue are unknown."""
    rng, places = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    kinds = ["click", "dwell", "purchase", "impression", "search"]
    at = START_US + np.sort(rng.integers(0, int(days * DAY_US), n))
    at[1::7] = at[:-1:7][: len(at[1::7])]
    return [
        Event(
            event_id=f"e{i}",
            event_type=EventType(kind),
            visitor_id=f"v{rng.integers(n_visitors)}",
            occurred_at_us=int(at[i]) - int(rng.integers(0, DAY_US)),
            received_at_us=int(at[i]),
            product_id=None if kind == "search" else f"p{rng.integers(n_products)}",
            query_text=[None, "", "Red  hub", "red hub", "手机"][rng.integers(5)],
            price_minor=[None, 100, 2500][rng.integers(3)],
            quantity=[None, 1, 3][rng.integers(3)],
            dwell_ms=[None, 1000, 30_000][rng.integers(3)],
            surface=[None, "home", "search", "search"][places.integers(4)],
            position=[None, 1, 3, 4][places.integers(4)],
        )
        for i, kind in enumerate(rng.choice(kinds, n))
    ]


def looks(seed: int, events: Sequence[Event], n: int) -> list[dict[str, object]]:
    """Examples at random moments, at moments of events and at the edges of buckets, in no order."""
    rng = np.random.default_rng(seed + 1)
    times = [e.received_at_us for e in events] or [START_US]
    made: list[dict[str, object]] = []
    for i in range(n):
        at = [int(rng.integers(times[0], times[-1] + 3 * DAY_US)), int(rng.choice(times))][i % 2]
        if i % 5 == 0:
            at = at // (DAY_US // 24) * (DAY_US // 24)
        made.append(
            {
                "example_id": f"x{i}",
                "visitor_id": f"v{rng.integers(4)}",
                "product_id": f"p{rng.integers(9)}",
                "query_text": [None, "", "RED hub", "手机", "nobody asked"][rng.integers(5)],
                "at_us": at,
            }
        )
    return made


EXAMPLES = pa.schema(
    [
        ("example_id", pa.string()),
        ("visitor_id", pa.string()),
        ("product_id", pa.string()),
        ("query_text", pa.string()),
        ("at_us", pa.int64()),
    ]
)


def by_sql(
    features: FeatureSet,
    events: Sequence[Event],
    examples: list[dict[str, object]],
    folder: Path,
    products: Sequence[Product] = PRODUCTS,
) -> np.ndarray:
    """The matrix that ``compute`` writes, after checking its columns and its order."""
    out = folder / "features.parquet"
    compute(
        DuckTables(threads=1),
        features,
        events=events_to_table(events),
        products=products_to_table(products),
        examples=pa.Table.from_pylist(examples, schema=EXAMPLES),
        out=out,
    )
    table = pq.read_table(out)
    assert table.schema.names == ["example_id", *features.names]
    assert table.column("example_id").to_pylist() == [one["example_id"] for one in examples]
    return np.column_stack([table.column(name).to_numpy() for name in features.names])


def shuffled(events: Sequence[Event], seed: int) -> list[Event]:
    order = np.random.default_rng(seed).permutation(len(events))
    return [events[i] for i in order]


def later(event: Event, by_us: int) -> Event:
    return replace(
        event, event_id=event.event_id + "+", received_at_us=event.received_at_us + by_us
    )


def truth(
    features: FeatureSet, events: Sequence[Event], examples: list[dict[str, Any]]
) -> np.ndarray:
    """The lookbacks of every example by brute force."""
    examples_asked = [{k: v for k, v in one.items() if k != "example_id"} for one in examples]
    return np.array(
        [[brute_force(one, events, **x) for one in features.lookbacks] for x in examples_asked]
    )


def by_state(
    state: FeatureState,
    events: Sequence[Event],
    examples: list[dict[str, object]],
    *,
    since_us: int = 0,
) -> np.ndarray:
    """Every example answered by the state at its moment, events applied as they come in; NaN before ``since_us``."""
    found = np.full((len(examples), len(state.features.names)), np.nan)
    coming = [one for one in events if one.received_at_us >= since_us]
    for i in sorted(range(len(examples)), key=lambda i: int(str(examples[i]["at_us"]))):
        asked = examples[i]
        at_us = int(str(asked["at_us"]))
        if at_us < since_us:
            continue
        while coming and coming[0].received_at_us < at_us:
            state.apply(coming.pop(0))
        rows = state.rows_of([str(asked["product_id"])])
        found[i] = state.matrix(
            str(asked["visitor_id"]), rows, query_text=str(asked["query_text"] or ""), at_us=at_us
        )[0]
    return found
