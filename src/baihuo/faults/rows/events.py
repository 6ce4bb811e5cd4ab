"""Events that cannot stand: of a time to come, of one instant, for nothing, cancelled twice, of another visitor."""

from __future__ import annotations

from collections import Counter, defaultdict

from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault

_DAY_US, _MINUTE_US = 86_400_000_000, 60_000_000


def _end_us(dataset: Dataset) -> int:
    return max((r["received_at_us"] for r in dataset.events if dataset.is_clean(r)), default=0)


def _not_yet(dataset: Dataset, n: int) -> None:
    """Milliseconds read as seconds, or a year mistyped."""
    end_us = _end_us(dataset)
    for row in dataset.pick(
        "events", n // 4, lambda r: dataset.is_clean(r) and r["event_type"] == "click"
    ):
        at_us = end_us + dataset.rng.randint(400, 400_000) * _DAY_US
        new = {
            **row,
            "event_id": dataset.new_id("later"),
            "query_id": None,
            "session_id": None,
            "surface": None,
            "occurred_at_us": at_us,
            "received_at_us": at_us,
        }
        dataset.label(
            "events", dataset.add("events", new), "not_yet", also=("too_late", "from_the_future")
        )


def _frozen(dataset: Dataset, n: int) -> None:
    """An exporter that writes the time of the export on every click of a visitor."""
    clicks = [r for r in dataset.events if r["event_type"] == "click" and dataset.is_clean(r)]
    for like in dataset.rng.sample(clicks, min(max(1, n // 12), len(clicks))):
        at_us, visitor = (
            like["received_at_us"] + dataset.rng.randint(1, 999_999),
            dataset.new_id("export"),
        )
        if at_us % _MINUTE_US == 0:
            continue
        for row in dataset.rng.sample(clicks, min(30, len(clicks))):
            new = {
                **row,
                "event_id": dataset.new_id("frozen"),
                "visitor_id": visitor,
                "platform": like.get("platform"),
                "query_id": None,
                "session_id": None,
                "surface": None,
                "position": None,
                "propensity": None,
                "occurred_at_us": at_us,
                "received_at_us": at_us,
            }
            dataset.label(
                "events", dataset.add("events", new), "frozen_time", also=("flood", "bot")
            )


def _free(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "events",
        n,
        lambda r: dataset.is_clean(r) and r["event_type"] == "purchase" and bool(r["price_minor"]),
    ):
        row["price_minor"] = 0
        dataset.label(
            "events", row, "free_purchase", cells=("price_minor", "product_id", "visitor_id")
        )


def _cancelled_twice(dataset: Dataset, n: int) -> None:
    """The second cancel of an order that was one unit."""
    until_us = _end_us(dataset) - 4 * _DAY_US
    times = Counter((r["visitor_id"], r["product_id"], r["event_type"]) for r in dataset.events)
    for row in dataset.pick(
        "events", n, lambda r: dataset.is_clean(r) and r["event_type"] == "purchase"
    ):
        who = row["visitor_id"], row["product_id"]
        if (
            times[*who, "purchase"] != 1
            or times[*who, "cancel"]
            or row["received_at_us"] > until_us
        ):
            continue
        leans_on = [row]  # the second is one too many only beside the first
        for days in (1, 2):
            late_us = days * _DAY_US + dataset.rng.randint(0, _DAY_US // 3)
            cancel = {
                **row,
                "event_id": dataset.new_id("cancel"),
                "event_type": "cancel",
                "query_id": None,
                "surface": None,
                "position": None,
                "propensity": None,
                "session_id": None,
                "occurred_at_us": row["occurred_at_us"] + late_us,
                "received_at_us": row["received_at_us"] + late_us,
            }
            dataset.reserve(dataset.add("events", cancel))
            if days == 2:
                dataset.label("events", cancel, "cancel_of_more_than_bought", on=leans_on)
            leans_on.append(cancel)
        dataset.reserve(row)


def _unseen(dataset: Dataset, n: int) -> None:
    """The export gave an order the wrong visitor: nobody of that name had seen the product."""
    seen: dict[str, set[str]] = defaultdict(set)
    for row in dataset.events:
        seen[row["visitor_id"]].add(row["product_id"])
    views = sum(r["event_type"] in ("impression", "click") for r in dataset.events)
    if (
        views < len(dataset.events) // 10
    ):  # a log of orders: a few views of other faults are no views
        return
    known = {r["visitor_id"] for r in dataset.events if dataset.is_clean(r)}
    visitors = sorted(v for v in known if v.strip() and len(seen[v]) > 3)
    for row in dataset.pick(
        "events",
        n // 4 if visitors else 0,
        lambda r: dataset.is_clean(r) and r["event_type"] == "purchase",
    ):
        other = dataset.rng.choice(visitors)
        view = {**row, "visitor_id": other, "event_type": "impression"}
        is_lost = dataset.is_near_gap(view, row["occurred_at_us"], _DAY_US)
        if row["product_id"] not in seen[other] and not is_lost:
            new = {
                **row,
                "event_id": dataset.new_id("order"),
                "visitor_id": other,
                "query_id": None,
                "session_id": None,
                "surface": None,
                "position": None,
                "propensity": None,
                "order_id": dataset.new_id("order"),
            }
            dataset.label("events", dataset.add("events", new), "purchase_before_view")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a time to come",
        ("not_yet",),
        True,
        _not_yet,
        needs="clicks (and at least four rows for each fault)",
    ),
    Fault(
        "the time of the export",
        ("frozen_time",),
        True,
        _frozen,
        needs="clicks with times to the second",
    ),
    Fault("for nothing", ("free_purchase",), True, _free, needs="purchases with a price"),
    Fault(
        "cancelled twice",
        ("cancel_of_more_than_bought",),
        True,
        _cancelled_twice,
        needs="purchases, more than four days before the log ends, of what the visitor bought once",
    ),
    Fault(
        "an order of somebody else",
        ("purchase_before_view",),
        True,
        _unseen,
        needs="purchases, and impressions or clicks",
    ),
)
