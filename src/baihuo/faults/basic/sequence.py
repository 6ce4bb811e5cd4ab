"""Events in an order that cannot be: clicked before it was shown, cancelled but never bought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_DAY_US = 86_400_000_000


def _clicks_too_early(dataset: Dataset, n: int) -> None:
    all_seen: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"]:
            all_seen[row["query_id"], row["product_id"]].append(row)
    seen = {
        key: rows[0]
        for key, rows in all_seen.items()
        if len(rows) == 1 and dataset.is_clean(rows[0])
    }
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            dataset.is_clean(r)
            and r["event_type"] == "click"
            and (r["query_id"], r["product_id"]) in seen
        ),
    ):
        impression = seen[row["query_id"], row["product_id"]]
        dataset.reserve(impression)
        row["occurred_at_us"] = impression["occurred_at_us"] - dataset.rng.randint(
            5 * 10**6, 6 * 10**8
        )
        dataset.label("events", row, "click_before_impression", on=[impression])


def _stopped_clocks(dataset: Dataset, n: int) -> None:
    """A visitor's device keeps the time of its first event for all that follow."""
    by_visitor: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        by_visitor[row["visitor_id"]].append(row)
    several = sorted(v for v, rows in by_visitor.items() if len(rows) >= 12)
    for visitor in dataset.rng.sample(several, min(max(n // 8, 1), len(several))):
        rows = sorted(by_visitor[visitor], key=lambda r: r["received_at_us"])
        starts = [
            i
            for i in range(len(rows) - 10)
            if 120_000_000
            < rows[i + 9]["received_at_us"] - rows[i]["received_at_us"]
            < 20 * _DAY_US
            and all(dataset.is_clean(r) for r in rows[i : i + 10])
        ]
        if not starts:
            continue
        start = dataset.rng.choice(starts)
        at_us = rows[start]["occurred_at_us"] - 45_000_000
        for row in rows[start : start + 10]:
            row["occurred_at_us"] = at_us
            others = [r for r in rows[start : start + 10] if r is not row]
            dataset.label("events", row, "stuck_clock", on=others)


def _ends_of_closures(rows: list[Row]) -> list[int]:
    """When a log goes on after a day and a half or more without anything: the shop was closed, or its log is lost."""
    times = sorted(r["occurred_at_us"] for r in rows)
    return [end for start, end in pairwise(times) if end - start > 3 * _DAY_US // 2]


def _never_bought(check: str, *, is_early: bool) -> Callable[[Dataset, int], None]:
    """Cancelled without a purchase: in the log's first weeks, when it may be one of before, or later."""

    def apply(dataset: Dataset, n: int) -> None:
        bought = {
            (r["visitor_id"], r["product_id"])
            for r in dataset.events
            if r["event_type"] == "purchase"
        }
        acted = [
            r
            for r in dataset.events
            if dataset.is_clean(r) and r["event_type"] in ("click", "purchase")
        ]
        if not acted:
            return
        began_us = min(r["occurred_at_us"] for r in acted)
        first, last = (0, 25) if is_early else (35, 10_000)  # a row may be a day late
        fitting = [r for r in acted if first <= (r["occurred_at_us"] - began_us) // _DAY_US < last]
        closed_until_us = _ends_of_closures(acted)
        for row in dataset.rng.sample(fitting, min(n, len(fitting))):
            product = dataset.rng.choice(acted)["product_id"]
            if product is None or (row["visitor_id"], product) in bought:
                continue
            late = dataset.rng.randint(600, 90_000) * 1_000_000
            at_us = row["occurred_at_us"] + late
            is_after = any(0 <= at_us - end_us < 8 * _DAY_US for end_us in closed_until_us)
            purchase = {**row, "event_type": "purchase"}
            if is_after or dataset.is_near_gap(purchase, at_us, 8 * _DAY_US):
                continue  # it may have been bought while nothing was recorded
            cancel = {
                **row,
                "event_id": dataset.new_id("cancel"),
                "event_type": "cancel",
                "quantity": 1,
                "product_id": product,
                "variant_id": None,
                "price_minor": None,
                "currency": None,
                "order_id": dataset.new_id("order"),
                "position": None,
                "propensity": None,
                "query_id": None,
                "surface": None,
                "occurred_at_us": row["occurred_at_us"] + late,
                "received_at_us": row["received_at_us"] + late,
            }
            dataset.label(
                "events", dataset.add("events", cancel), check, cells=("product_id", "quantity")
            )

    return apply


FAULTS: tuple[Fault, ...] = (
    Fault(
        "click too early",
        ("click_before_impression",),
        True,
        _clicks_too_early,
        needs="clicks with the impression of their query",
    ),
    Fault(
        "cancelled, never bought",
        ("cancel_without_purchase",),
        True,
        _never_bought("cancel_without_purchase", is_early=False),
        needs="clicks or purchases more than 35 days after the log begins",
    ),
    Fault(
        "cancelled when the log began",
        ("cancel_of_earlier_purchase",),
        True,
        _never_bought("cancel_of_earlier_purchase", is_early=True),
        needs="clicks or purchases of the log's first 25 days",
    ),
    Fault(
        "stopped clock",
        ("stuck_clock",),
        True,
        _stopped_clocks,
        needs="visitors with ten events in a row over more than two minutes",
    ),
)
