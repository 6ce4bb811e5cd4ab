"""Events that lost the query they belong to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.selection import is_type


def _lost_query(dataset: Dataset, n: int) -> None:
    """A click, cart or purchase that forgot its page; now and then the product was on two pages."""
    of: dict[tuple[Any, ...], dict[str, Row]] = defaultdict(dict)
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"] and row["session_id"]:
            key = (row["visitor_id"], row["session_id"], row["product_id"], row["surface"])
            of[key].setdefault(row["query_id"], row)
    lost = dataset.pick(
        "events",
        n,
        lambda r: (
            is_type("click", "add_to_cart", "purchase")(r)
            and dataset.is_clean(r)
            and r["query_id"]
            and r["session_id"]
        ),
    )
    for row in lost:
        pages = of[row["visitor_id"], row["session_id"], row["product_id"], row["surface"]]
        before = [p for p in pages.values() if p["occurred_at_us"] <= row["occurred_at_us"]]
        if not before or len(before) != len(pages) or not all(map(dataset.is_clean, before)):
            continue
        for page in before:
            dataset.reserve(page)
        row["query_id"] = None
        if len(before) > 1:
            row["position"] = None
        check = "recovered_query" if len(before) == 1 else "missing_query"
        dataset.label("events", row, check, also=("missing_query",), on=before)


def _never_shown(dataset: Dataset, n: int) -> None:
    """A click on a search page that never showed the product: a widget nobody registered."""
    seen = {
        (r["visitor_id"], r["product_id"])
        for r in dataset.events
        if r["event_type"] == "impression"
    }
    ids = sorted({r["product_id"] for r in dataset.events if r["product_id"]})
    for row in dataset.pick(
        "events", n, lambda r: is_type("click")(r) and dataset.is_clean(r) and r["query_id"]
    ):
        other = dataset.rng.choice(ids)
        if (row["visitor_id"], other) in seen:
            continue
        new = {
            **row,
            "event_id": dataset.new_id("click"),
            "product_id": other,
            "query_id": None,
            "position": None,
            "propensity": None,
            "price_minor": None,
            "occurred_at_us": row["occurred_at_us"] + 7_000_000,
            "received_at_us": row["received_at_us"] + 7_000_000,
        }
        dataset.label("events", dataset.add("events", new), "missing_query")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a query forgotten",
        ("recovered_query", "missing_query"),
        True,
        _lost_query,
        needs="clicks, carts or purchases with a query, a session and an impression",
    ),
    Fault(
        "a click out of nowhere",
        ("missing_query",),
        True,
        _never_shown,
        needs="clicks with a query id",
    ),
)
