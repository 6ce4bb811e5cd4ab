"""Order ids of two visitors, variants that a product does not have, one review by many."""

from __future__ import annotations

from collections import Counter

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_REVIEWERS = 10
_TEXTS = (
    "Very good quality and a fast delivery, I recommend it to everybody!",
    "宝贝收到了，质量非常好，物流也很快，强烈推荐大家购买",
)


def _with(name: str, event_type: str, dataset: Dataset) -> list[Row]:
    return [
        r
        for r in dataset.events
        if dataset.is_clean(r) and r["event_type"] == event_type and r.get(name)
    ]


def _shared_orders(dataset: Dataset, n: int) -> None:
    """Ids that two tills gave out; few of all orders, as elsewhere ids begin again each day."""
    n_lines = Counter(r["order_id"] for r in dataset.events if r.get("order_id"))
    single = [r for r in _with("order_id", "purchase", dataset) if n_lines[r["order_id"]] == 1]
    n_pairs = min(n // 2 or 1, len(single) // 2, len(n_lines) // 100)
    chosen = dataset.rng.sample(single, 2 * n_pairs)
    for row, other in zip(chosen[::2], chosen[1::2], strict=True):
        if row["visitor_id"] == other["visitor_id"]:
            continue
        row["order_id"] = other["order_id"]
        dataset.label("events", row, "shared_order_id", cells=("order_id",), on=[other])
        dataset.label("events", other, "shared_order_id", cells=("order_id",), on=[row])


def _unknown_variants(dataset: Dataset, n: int) -> None:
    has = {
        p["product_id"]
        for p in dataset.products
        if len(p.get("variants") or "") > 2 and dataset.is_clean(p)  # a JSON list
    }
    rows = [
        r
        for r in dataset.events
        if dataset.is_clean(r) and r.get("variant_id") and r["product_id"] in has
    ]
    n_named = sum(bool(r.get("variant_id")) for r in dataset.events)
    for row in dataset.rng.sample(rows, min(n, len(rows), n_named // 40)):
        row["variant_id"] = f"{row['variant_id']}-gone"
        dataset.label("events", row, "unknown_variant", cells=("variant_id",))


def _same_reviews(dataset: Dataset, n: int) -> None:
    rows = _with("text", "review", dataset)
    for _ in range(max(1, n // _REVIEWERS)):
        by_visitor = {r["visitor_id"]: r for r in rows if dataset.is_clean(r)}
        if len(by_visitor) < _REVIEWERS:
            return
        models = dataset.rng.sample(sorted(by_visitor), _REVIEWERS)
        about, text = by_visitor[models[0]]["product_id"], dataset.rng.choice(_TEXTS)
        copies = [
            dataset.add(
                "events",
                {
                    **by_visitor[visitor],
                    "event_id": dataset.new_id("praise"),
                    "product_id": about,
                    "variant_id": None,
                    "order_id": None,
                    "text": text,
                },
            )
            for visitor in models
        ]
        for visitor in models:
            dataset.reserve(by_visitor[visitor])
        for copy in copies:
            dataset.label("events", copy, "same_review", also=("contradictory_rating",), on=copies)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "one order id, two visitors",
        ("shared_order_id",),
        True,
        _shared_orders,
        needs="a hundred orders of one line",
    ),
    Fault(
        "a variant that is gone",
        ("unknown_variant",),
        True,
        _unknown_variants,
        needs="events that name a variant",
    ),
    Fault(
        "one review by many",
        ("same_review",),
        True,
        _same_reviews,
        needs="texts of reviews by ten visitors",
    ),
)
