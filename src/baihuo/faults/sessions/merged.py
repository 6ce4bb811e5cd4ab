"""Several visits under one session id."""

from __future__ import annotations

from collections import defaultdict

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.sessions.visits import HOUR_US, visits_of, with_afterwards


def _cached_page(dataset: Dataset, n: int) -> None:
    """A page with an id in it lies in a cache: everybody who gets it visits under that id."""
    visits = visits_of(dataset)
    for _ in range(n):
        if len(visits) < 8:
            return
        first = visits.pop(dataset.rng.randrange(len(visits) // 2))
        names, end_us = {first[0]["visitor_id"]}, first[-1]["occurred_at_us"]
        wanted = dataset.rng.randint(1, 3)
        for other in list(visits):
            who, start_us = other[0]["visitor_id"], other[0]["occurred_at_us"]
            if (
                wanted
                and who not in names
                and start_us > end_us + dataset.rng.randint(9, 60) * HOUR_US
            ):
                for row in with_afterwards(dataset, other):
                    row["session_id"] = first[0]["session_id"]
                    dataset.label("events", row, "merged_session")
                names.add(who)
                end_us, wanted = other[-1]["occurred_at_us"], wanted - 1
                visits.remove(other)
        for row in first:
            dataset.reserve(row)


def _placeholder(dataset: Dataset, n: int) -> None:
    """The id could not be read, and the word for that was sent instead."""
    visits: list[list[Row]] = visits_of(dataset)
    names: set[str] = set()
    chosen: list[list[Row]] = []
    for rows in dataset.rng.sample(visits, len(visits)):
        if len(chosen) < max(6, n // 2) and rows[0]["visitor_id"] not in names:
            names.add(rows[0]["visitor_id"])
            chosen.append(rows)
    word = dataset.rng.choice(("undefined", "null", "0", "(not set)"))
    chosen.sort(key=lambda rows: rows[0]["occurred_at_us"])
    for i, rows in enumerate(chosen if len(chosen) >= 6 else []):
        for row in with_afterwards(dataset, rows):
            row["session_id"] = word
            if word != "0":  # each of its rows is without a session, the first ones, too
                dataset.label("events", row, "null_word")
            elif i:  # whoever used it first may keep it: there is nothing wrong with one alone
                dataset.label("events", row, "merged_session")
            else:
                dataset.reserve(row)


def _never_ends(dataset: Dataset, n: int) -> None:
    """The session cookie lives for a year: later visits go under the id of the first."""
    of: dict[str, list[list[Row]]] = defaultdict(list)
    for rows in visits_of(dataset):
        of[rows[0]["visitor_id"]].append(rows)
    regulars = sorted(v for v, visits in of.items() if len(visits) >= 2)
    for visitor in dataset.rng.sample(regulars, min(n, len(regulars))):
        first, *later = of[visitor]
        end_us = first[-1]["occurred_at_us"]
        for rows in later[:3]:
            if rows[0]["occurred_at_us"] - end_us < 9 * HOUR_US:
                continue
            for row in rows:
                row["session_id"] = first[0]["session_id"]
                dataset.label("events", row, "merged_session")
            end_us = rows[-1]["occurred_at_us"]
        for row in first:
            dataset.reserve(row)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a session id in a cached page",
        ("merged_session",),
        True,
        _cached_page,
        needs="sessions of four events (eight sessions or more)",
    ),
    Fault(
        "'undefined' for a session id",
        ("merged_session", "null_word"),
        True,
        _placeholder,
        needs="sessions of six visitors",
    ),
    Fault(
        "a session that never ends",
        ("merged_session",),
        True,
        _never_ends,
        needs="visitors with two sessions, nine hours apart",
    ),
)
