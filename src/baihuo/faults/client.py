"""A client that sends events, and where and when it may."""

from __future__ import annotations

from typing import Any

from baihuo.faults.dataset import HOUR_US, MINUTE_US, Dataset, Row

_MAY_ALSO = (
    *("flood", "flood_of_copies", "bot", "perhaps_bot", "crowd"),
    *("repeated_order_line", "product_twice"),
)


class Client:
    """Something that sends events: fills in what every event has."""

    def __init__(self, dataset: Dataset, check: str, visitor_id: str | None = None) -> None:
        self.dataset, self.check = dataset, check
        self.visitor_id = visitor_id or dataset.new_id("visitor")
        self.session_id = dataset.new_id("session")
        like = dataset.rng.choice(dataset.events)
        self.kept = {k: like.get(k) for k in ("platform", "device", "country")}
        self.lag_us = dataset.rng.randint(50_000, 900_000) if _has_two_clocks(dataset) else 0
        self.step_us = MINUTE_US if _is_in_minutes(dataset) else 1

    def send(self, event_type: str, at_us: int, *, is_fault: bool = True, **more: Any) -> Row:
        at_us = at_us // self.step_us * self.step_us
        row = dict.fromkeys(self.dataset.events[0]) | {
            "event_id": self.dataset.new_id("event"),
            "event_type": event_type,
            "visitor_id": self.visitor_id,
            "session_id": self.session_id,
            "occurred_at_us": at_us,
            "received_at_us": at_us + self.lag_us,
            **self.kept,
            **more,
        }
        self.dataset.add(row)
        if is_fault:
            self.dataset.label(row, self.check, also=[c for c in _MAY_ALSO if c != self.check])
        else:
            self.dataset.reserve(row)
        return row

    def page(self, at_us: int, products: list[str], text: str) -> str:
        """A search and what came back."""
        query_id = self.dataset.new_id("query")
        where: Row = {"query_id": query_id, "surface": "search", "query_text": text}
        self.send("search", at_us, **where)
        for i, product in enumerate(products):
            later_us = at_us + 20_000 * (i + 1)
            self.send("impression", later_us, **where, product_id=product, position=i + 1)
        return query_id


def _has_two_clocks(dataset: Dataset) -> bool:
    return any(r["occurred_at_us"] != r["received_at_us"] for r in dataset.events[:200])


def _is_in_minutes(dataset: Dataset) -> bool:
    """Whether the log's exporter left the seconds out."""
    return all(
        r["occurred_at_us"] % MINUTE_US == 0 for r in dataset.events[:200] if dataset.is_clean(r)
    )


def seen_products(dataset: Dataset) -> list[str]:
    """Products that shoppers of this log see, so that nothing else about the rows is odd."""
    known = {p["product_id"] for p in dataset.products if dataset.is_clean(p)}
    return sorted(_values_of_clean_rows(dataset, "product_id") & known)


def typed_texts(dataset: Dataset) -> list[str]:
    """Searches of this log in which nothing is wrong."""
    return sorted(filter(None, _values_of_clean_rows(dataset, "query_text"))) or ["lamp"]


def _values_of_clean_rows(dataset: Dataset, field: str) -> set[Any]:
    found = set[Any]()
    for (
        row
    ) in dataset.events:  # called for each of hundreds of visits: one row of a value is enough
        if row[field] not in found and dataset.is_clean(row):
            found.add(row[field])
    return found


def time_range(dataset: Dataset, hours: float) -> tuple[int, int]:
    """The first and the last moment at which something ``hours`` long may start."""
    times = [r["received_at_us"] for r in dataset.events if dataset.is_clean(r)]
    return min(times), max(max(times) - int((hours + 0.1) * HOUR_US), min(times) + 1)


def random_start(dataset: Dataset, hours: float) -> int:
    return dataset.rng.randint(*time_range(dataset, hours))


def is_possible(dataset: Dataset, *types: str, n_products: int = 1) -> bool:
    """Whether the log has events of all these types, of at least so many products."""
    has_types = {r["event_type"] for r in dataset.events} >= set(types)
    return has_types and len(seen_products(dataset)) >= n_products
