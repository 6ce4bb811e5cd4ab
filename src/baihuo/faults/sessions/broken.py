"""One visit under several session ids."""

from __future__ import annotations

from functools import partial

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.sessions.visits import excuse_neighbours, long_visits, some_visits, visits_of

_BROKEN = ("broken_session",)


def _new_id_each_page(dataset: Dataset, n: int) -> None:
    """The id is made when a page loads, so each page of the visit has its own."""
    several = [v for v in visits_of(dataset) if len({r["query_id"] for r in v}) >= 3]
    for rows in dataset.rng.sample(several, min(n, len(several))):
        of = {rows[0]["query_id"]: rows[0]["session_id"]}
        for row in rows:
            own = of.setdefault(row["query_id"], dataset.new_id("session"))
            if own == row["session_id"]:
                dataset.reserve(row)
                continue
            row["session_id"] = own
            dataset.label("events", row, "broken_session")


def _two_servers(dataset: Dataset, n: int) -> None:
    """Requests fall on one of two servers, and each knows the visitor by its own id."""
    for rows in some_visits(dataset, n):
        other = dataset.new_id("session")
        for i, row in enumerate(rows):
            if i == len(rows) - 2 or (0 < i < len(rows) - 1 and dataset.rng.random() < 0.5):
                row["session_id"] = other
                dataset.label("events", row, "broken_session")
            else:
                dataset.reserve(row)


def _lost_cookie(dataset: Dataset, n: int, *, between: bool) -> None:
    """The cookie is gone: in the middle of a page, which is certain, or between two."""
    if between:
        excuse_neighbours(dataset)
    able = [(rows, cuts) for rows in long_visits(dataset) if (cuts := _cuts(rows, between=between))]
    for rows, cuts in dataset.rng.sample(able, min(n, len(able))):
        at, new = dataset.rng.choice(cuts), dataset.new_id("session")
        for i, row in enumerate(rows):
            if i >= at:
                row["session_id"] = new
            if i >= at and not between:
                dataset.label("events", row, "broken_session")
            elif i == at:
                dataset.label("events", row, "session_changed")
            else:
                dataset.reserve(row)


def _cuts(rows: list[Row], *, between: bool) -> list[int]:
    """Where the id may change: within a page, or between two that follow each other in a minute."""
    cuts = []
    for at in range(2, len(rows) - 1):
        before, after = (
            {r["query_id"] for r in part if r["event_type"] != "purchase"}
            for part in (rows[:at], rows[at:])
        )
        is_torn, browses = (
            bool(before & after),
            any(r["event_type"] != "purchase" for r in rows[at:]),
        )
        pause_us = rows[at]["occurred_at_us"] - rows[at - 1]["occurred_at_us"]
        if browses and is_torn != between and (is_torn or pause_us < 50_000_000):
            cuts.append(at)
    return cuts


FAULTS: tuple[Fault, ...] = (
    Fault(
        "another session between pages",
        ("session_changed",),
        False,
        partial(_lost_cookie, between=True),
        needs="sessions of eight events over two pages",
    ),
    Fault(
        "a session id for each page",
        _BROKEN,
        True,
        _new_id_each_page,
        needs="sessions of three pages",
    ),
    Fault(
        "two servers, two session ids",
        _BROKEN,
        True,
        _two_servers,
        needs="sessions of eight events",
    ),
    Fault(
        "a lost session cookie",
        _BROKEN,
        True,
        partial(_lost_cookie, between=False),
        needs="sessions of eight events",
    ),
)
