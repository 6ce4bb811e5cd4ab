"""The visits of a log, and those whose session id may be changed."""

from __future__ import annotations

from collections import defaultdict

from baihuo.faults.dataset import Dataset, Row

HOUR_US = 3_600_000_000
_AFTERWARDS = ("cancel", "review")  # come days later, under the id of the order's visit


def visits_of(dataset: Dataset, at_least: int = 4, *, is_any: bool = False) -> list[list[Row]]:
    """Untouched visits (or any) in the order of their acts, what came days later left out; as many rows or more."""
    of: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row.get("session_id"):
            of[row["session_id"]].append(row)
    visits = []
    for rows in of.values():
        acts = [r for r in rows if r["event_type"] not in _AFTERWARDS]
        if (
            len(acts) >= at_least
            and (is_any or all(map(dataset.is_clean, rows)))
            and acts[0]["event_type"] != "purchase"
        ):
            acts.sort(key=lambda r: r["occurred_at_us"])
            visits.append(acts)
    visits.sort(key=lambda rows: (rows[0]["occurred_at_us"], rows[0]["session_id"]))
    return visits


def with_afterwards(dataset: Dataset, acts: list[Row]) -> list[Row]:
    """A visit with what came of it days later."""
    session = acts[0]["session_id"]
    return [
        *acts,
        *(
            r
            for r in dataset.events
            if r["session_id"] == session and r["event_type"] in _AFTERWARDS
        ),
    ]


def excuse_neighbours(dataset: Dataset) -> None:
    """Simulated people now and then begin a visit on the same device before, or minutes after, their
    last one ends. The field calls that one visit, so a check may say so."""
    of: dict[tuple[str, ...], list[list[Row]]] = defaultdict(list)
    for rows in visits_of(dataset, 1, is_any=True):
        of[tuple(str(rows[0][k]) for k in ("visitor_id", "device", "platform"))].append(rows)
    for visits in of.values():
        end_us = 0
        for rows in visits:
            if rows[0]["occurred_at_us"] - end_us < HOUR_US // 2:
                for row in with_afterwards(dataset, rows):
                    dataset.excuse("events", row, "broken_session", "session_changed")
            end_us = max(end_us, rows[-1]["occurred_at_us"])


def long_visits(dataset: Dataset) -> list[list[Row]]:
    """Visits that last a while: at least ten seconds before the last act but one."""
    return [
        v
        for v in visits_of(dataset, 8)
        if v[-2]["occurred_at_us"] - v[1]["occurred_at_us"] > 10_000_000
        and all(r["event_type"] != "dwell" for r in v[-2:])
    ]


def some_visits(dataset: Dataset, n: int) -> list[list[Row]]:
    long = long_visits(dataset)
    return dataset.rng.sample(long, min(n, len(long)))
