"""Session ids as sites break them: visits with several ids."""

from __future__ import annotations

from collections import defaultdict

from baihuo.faults.dataset import HOUR_US, Dataset, Faults, Row

_BROKEN = ("broken_session",)
_AFTERWARDS = ("cancel", "review")  # come days later, under the id of the order's visit

FAULTS = Faults()


@FAULTS.add(
    "another session between pages",
    "session_changed",
    is_certain=False,
    needs="sessions of eight events over two pages",
)
def _lost_cookie(dataset: Dataset, n: int) -> None:
    """The cookie is gone between two pages of a visit."""
    excuse_neighbours(dataset)
    able = [(rows, cuts) for rows in long_visits(dataset) if (cuts := _cuts(rows))]
    for rows, cuts in dataset.some(able, n):
        at, new = dataset.rng.choice(cuts), dataset.new_id("session")
        for i, row in enumerate(rows):
            if i >= at:
                row["session_id"] = new
            if i == at:
                dataset.label(row, "session_changed")
            else:
                dataset.reserve(row)


def _cuts(rows: list[Row]) -> list[int]:
    """Where the id may change: between two pages that follow each other in a minute."""
    cuts = []
    for at in range(2, len(rows) - 1):
        before, after = (
            {r["query_id"] for r in part if r["event_type"] != "purchase"}
            for part in (rows[:at], rows[at:])
        )
        browses = any(r["event_type"] != "purchase" for r in rows[at:])
        pause_us = rows[at]["occurred_at_us"] - rows[at - 1]["occurred_at_us"]
        if browses and not before & after and pause_us < 50_000_000:
            cuts.append(at)
    return cuts


@FAULTS.add("a session id for each page", *_BROKEN, needs="sessions of three pages")
def _new_id_each_page(dataset: Dataset, n: int) -> None:
    """The id is made when a page loads, so each page of the visit has its own."""
    several = [v for v in visits_of(dataset) if len({r["query_id"] for r in v}) >= 3]
    for rows in dataset.some(several, n):
        of = {rows[0]["query_id"]: rows[0]["session_id"]}
        for row in rows:
            own = of.setdefault(row["query_id"], dataset.new_id("session"))
            if own == row["session_id"]:
                dataset.reserve(row)
                continue
            row["session_id"] = own
            dataset.label(row, "broken_session")


@FAULTS.add("two servers, two session ids", *_BROKEN, needs="sessions of eight events")
def _two_servers(dataset: Dataset, n: int) -> None:
    """Requests fall on one of two servers, and each knows the visitor by its own id."""
    for rows in some_visits(dataset, n):
        other = dataset.new_id("session")
        for i, row in enumerate(rows):
            if i == len(rows) - 2 or (0 < i < len(rows) - 1 and dataset.rng.random() < 0.5):
                row["session_id"] = other
                dataset.label(row, "broken_session")
            else:
                dataset.reserve(row)


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
                    dataset.excuse(row, "broken_session", "session_changed")
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
    return dataset.some(long, n)
