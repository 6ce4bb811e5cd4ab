"""Spans of days in which a group is unlike its history: found where one was made, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from baihuo.core.tables import EVENTS
from baihuo.exam.shop import clean_shop
from baihuo.quality.checks.history.ids import find_broken
from baihuo.quality.checks.history.settings import HistoryRules
from baihuo.quality.checks.history.signals import DAY_US, seen_by_day, signals, visitor_codes
from baihuo.quality.checks.history.spans import Span, find_spans

Rows = list[dict[str, Any]]
Damage = Callable[[dict[str, Any], int, random.Random], bool]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Four weeks of a shop in which nothing changes."""
    shop = clean_shop(905, events=30_000, products=400)
    prices = {row.values["product_id"]: row.values["price"] for row in shop.products}
    return [_event(row.values, prices) for row in shop.events]


def _event(values: dict[str, Any], prices: dict[str, str]) -> dict[str, Any]:
    event = {name: value for name, value in values.items() if name != "price"}
    if "price" in values:
        event["price_minor"] = round(float(values["price"]) * 100)
    listed = prices.get(values.get("product_id", ""))
    return event | {"listed_price_minor": None if listed is None else round(float(listed) * 100)}


def _table(rows: Rows) -> pa.Table:
    names = [name for name in EVENTS.names if name not in ("import_id", "line")]
    table = pa.table(
        {
            n: pa.chunked_array([pa.array([r.get(n) for r in rows], EVENTS.field(n).type)])
            for n in names
        }
    )
    for name, of in (
        ("listed_price_minor", pa.int64()),
        ("brand", pa.string()),
        ("category", pa.string()),
    ):
        table = table.append_column(
            name, pa.chunked_array([pa.array([r.get(name) for r in rows], of)])
        )
    return table


def _spans(rows: Rows) -> list[Span]:
    log = _table(rows)
    types, found = signals(log)
    day = log["occurred_at_us"].to_numpy() // DAY_US
    visitor = visitor_codes(log)
    seen = seen_by_day(log, types, visitor)
    return find_spans(types, found, day - day.min(), visitor, HistoryRules(), seen=seen)


def _damaged(rows: Rows, damage: Damage) -> tuple[Rows, set[int]]:
    rng, start = random.Random(3), min(row["occurred_at_us"] for row in rows) // DAY_US
    copies = [dict(row) for row in rows]
    return copies, {
        n
        for n, row in enumerate(copies)
        if damage(row, row["occurred_at_us"] // DAY_US - start, rng)
    }


def _stays_of_no_length(row: dict[str, Any], day: int, rng: random.Random) -> bool:
    is_hit = (
        row["platform"] == "ios"
        and day >= 15
        and row["event_type"] == "dwell"
        and rng.random() < 0.33
    )
    if is_hit:
        row["dwell_ms"] = 0
    return is_hit


def _clicks_without_page(row: dict[str, Any], day: int, rng: random.Random) -> bool:
    is_hit = row["platform"] == "android" and 5 <= day <= 9 and row["event_type"] == "click"
    if is_hit:
        row["query_id"] = None
    return is_hit


def _prices_in_dollars(row: dict[str, Any], day: int, rng: random.Random) -> bool:
    is_hit = row["language"] == "en" and day >= 20 and row.get("price_minor") is not None
    if is_hit:
        row["price_minor"] = round(row["price_minor"] * 0.14)
    return is_hit


@pytest.mark.parametrize(
    ("damage", "group", "days", "signal"),
    [
        (_stays_of_no_length, "platform ios", (15, 27), "dwell_ms is 0"),
        (_clicks_without_page, "platform android", (5, 9), "query_id is empty"),
        (_prices_in_dollars, "language en", (20, 27), "paid / listed price is 0.14"),
    ],
)
def test_a_release_that_damages_a_group_is_named_with_its_days(
    rows: Rows, damage: Damage, group: str, days: tuple[int, int], signal: str
) -> None:
    damaged, hit = _damaged(rows, damage)
    spans = _spans(damaged)
    first = spans[0]
    assert (first.group, first.signal, (first.first, first.last)) == (group, signal, days)
    found = {int(row) for span in spans for row in span.rows}
    assert len(found & hit) > 0.85 * len(hit)
    assert len(found & hit) > 0.95 * len(found)


def test_nothing_is_said_of_a_log_in_which_nothing_changes(rows: Rows) -> None:
    assert _spans(rows) == []
    assert find_broken(_table(rows)) == []


def test_what_follows_by_days_is_rare_in_the_first_days_and_no_fault(rows: Rows) -> None:
    """Nobody who bought before the log began is in it, so its first days hold few of the reviews."""
    rng, end = random.Random(7), max(row["occurred_at_us"] for row in rows)
    reviews = [
        row | {"event_type": "review", "occurred_at_us": row["occurred_at_us"] + days * DAY_US}
        for row in rows
        if row["event_type"] == "purchase"
        for days in (rng.randrange(8, 16),)
        if row["occurred_at_us"] + days * DAY_US <= end
    ]
    others = [row for row in rows if row["event_type"] != "review"]
    assert not [
        span
        for span in _spans([*others, *reviews])
        if span.event_type == "review" or "review" in span.signal
    ]


def test_growth_of_one_group_is_no_fault(rows: Rows) -> None:
    """From day to day more of the visits of one country are of its new language."""
    rng, start = random.Random(5), min(row["occurred_at_us"] for row in rows) // DAY_US
    grown = [
        row | {"language": "en"}
        if rng.random() < (row["occurred_at_us"] // DAY_US - start) / 60
        else row
        for row in rows
    ]
    assert not [span for span in _spans(grown) if span.signal.startswith("language")]


def test_an_id_with_two_values_is_named_where_all_others_have_one(rows: Rows) -> None:
    copies = [dict(row) for row in rows]
    pages: dict[str, list[int]] = {}
    for n, row in enumerate(copies):
        if row["event_type"] == "impression":
            pages.setdefault(row["query_id"], []).append(n)
    hit = [page[-1] for page in list(pages.values())[:400:40] if len(page) >= 3]
    for n in hit:
        copies[n]["visitor_id"] = "somebody-else"
    broken = {(one.key, one.column): set(one.rows.tolist()) for one in find_broken(_table(copies))}
    assert broken[("query_id",), "visitor_id"] == set(hit)


@pytest.mark.checks("far_from_its_id")
def test_a_page_again_days_later_is_noted_unless_pages_are_often_open_for_days(
    event: Any, cleaned: Any
) -> None:
    def page(n: int, later: float = 0) -> list[Any]:
        return [
            event("impression", 600 * n + i + later, query_id=f"q{n}", product_id=f"p{1 + i % 3}")
            for i in range(4)
        ]

    pages = [row for n in range(200) for row in page(n)]
    again = page(40, later=3 * 86_400)
    run = cleaned([*pages, *again])
    assert {row for row, _, _ in run.found()} == {f"0:{len(pages) + n}" for n in range(1, 5)}
    often = [row for n in range(0, 200, 5) for row in page(n, later=3 * 86_400)]
    assert not cleaned([*pages, *often]).found()
