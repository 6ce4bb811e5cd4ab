"""Outcomes that contradict each other or come late."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.selection import is_type

_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000


def _ratings(dataset: Dataset, n: int) -> None:
    """Somebody rates a purchase in anger, and again when it works."""
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            is_type("review")(r)
            and dataset.is_clean(r)
            and r["order_id"] is not None
            and r["rating"]
        ),
    ):
        early_us = int(dataset.rng.uniform(0.05, 1.5) * _DAY_US)
        far = [x for x in (1.0, 2.0, 3.0, 4.0, 5.0) if abs(x - row["rating"]) >= 2]
        first = {
            **row,
            "event_id": dataset.new_id("review"),
            "rating": dataset.rng.choice(far),
            "text": None,
            "occurred_at_us": row["occurred_at_us"] - early_us,
            "received_at_us": row["received_at_us"] - early_us,
        }
        dataset.label("events", dataset.add("events", first), "contradictory_rating", on=[row])
        dataset.reserve(row)


def _cancel(dataset: Dataset, row: Row, **other: Any) -> Row:
    late_us = dataset.rng.randint(30, 1_500) * 1_000_000
    return dataset.add(
        "events",
        {
            **row,
            "event_id": dataset.new_id("cancel"),
            "event_type": "cancel",
            "position": None,
            "propensity": None,
            "query_id": None,
            "surface": None,
            **other,
            "occurred_at_us": row["occurred_at_us"] + late_us,
            "received_at_us": row["received_at_us"] + late_us,
        },
    )


def _bought_once(dataset: Dataset, n: int) -> list[Row]:
    """Purchases of what their visitor bought once and kept."""
    times: dict[tuple[str, str], int] = defaultdict(int)
    for row in dataset.events:
        if row["event_type"] in ("purchase", "cancel"):
            times[row["visitor_id"], row["product_id"]] += 1
    last_us = max((r["received_at_us"] for r in dataset.events), default=0) - 30 * _MINUTE_US
    return dataset.pick(
        "events",
        n,
        lambda r: (
            is_type("purchase")(r)
            and dataset.is_clean(r)
            and r["order_id"] is not None
            and r["received_at_us"] < last_us
            and times[r["visitor_id"], r["product_id"]] == 1
        ),
    )


def _undone(dataset: Dataset, n: int) -> None:
    for row in _bought_once(dataset, n):
        cancel = _cancel(dataset, row)
        dataset.label("events", cancel, "undone_purchase", on=[row])
        dataset.label("events", row, "undone_purchase", on=[cancel])


def _taken_back(dataset: Dataset, n: int) -> None:
    """The till writes a credit note with a number of its own."""
    for row in _bought_once(dataset, n):
        cancel = _cancel(dataset, row, order_id=dataset.new_id("credit"))
        dataset.reserve(cancel)
        dataset.label("events", row, "purchase_taken_back", on=[cancel])


def _two_clicks(dataset: Dataset, n: int) -> None:
    """A page without impressions changed under its query: two products were clicked at one place."""
    clicks = dataset.pick(
        "events", 2 * n, lambda r: is_type("click")(r) and dataset.is_clean(r) and r["query_id"]
    )
    for row, other in zip(clicks[::2], clicks[1::2], strict=False):
        if row["product_id"] == other["product_id"]:
            continue
        query, where, made = dataset.new_id("query"), dataset.rng.randint(1, 12), []
        for old, late_us in ((row, 0), (other, dataset.rng.randint(4, 90) * 1_000_000)):
            new = {
                **row,
                "product_id": old["product_id"],
                "event_id": dataset.new_id("click"),
                "price_minor": old["price_minor"],
                "query_id": query,
                "position": where,
                "propensity": None,
                "occurred_at_us": row["occurred_at_us"] + late_us,
                "received_at_us": row["received_at_us"] + late_us,
            }
            made.append(dataset.add("events", new))
        for click in made:
            others = [c for c in made if c is not click]
            dataset.label(
                "events", click, "contradictory_click", also=("missing_query",), on=others
            )


def _late(dataset: Dataset, n: int) -> None:
    """The app was offline, or a batch job sends purchases at night."""
    seen: dict[tuple[str, str], Row] = {}
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"]:
            seen.setdefault((row["query_id"], row["product_id"]), row)
    end_us = max((r["received_at_us"] for r in dataset.events), default=0)
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            is_type("click", "add_to_cart", "purchase")(r)
            and dataset.is_clean(r)
            and (r["query_id"], r["product_id"]) in seen
        ),
    ):
        shown = seen[row["query_id"], row["product_id"]]
        late_us = int(
            dataset.rng.choice((40, 90, 600, 4_000)) * dataset.rng.uniform(1, 2) * _MINUTE_US
        )
        after_us = row["occurred_at_us"] - shown["occurred_at_us"]
        if (
            not 0 <= after_us < 29 * _MINUTE_US
            or row["received_at_us"] + late_us > end_us
            or not dataset.is_clean(shown)
        ):
            continue
        row["received_at_us"] += late_us
        dataset.reserve(shown)
        dataset.label("events", row, "late_outcome", on=[shown])


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a review changed its mind",
        ("contradictory_rating",),
        True,
        _ratings,
        needs="reviews with an order id and a rating",
    ),
    Fault(
        "bought and cancelled in minutes",
        ("undone_purchase",),
        True,
        _undone,
        needs="purchases with an order id of what the visitor bought once",
    ),
    Fault(
        "a credit note of its own number",
        ("purchase_taken_back",),
        True,
        _taken_back,
        needs="purchases with an order id of what the visitor bought once",
    ),
    Fault(
        "two products clicked at one place",
        ("contradictory_click",),
        True,
        _two_clicks,
        needs="clicks with a query id",
    ),
    Fault(
        "an outcome that came late",
        ("late_outcome",),
        True,
        _late,
        needs="clicks, carts or purchases with the impression of their query",
    ),
)
