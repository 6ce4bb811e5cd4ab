"""The log of events: append, read in order, seal into Parquet."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from baihuo.core import Event, ShopError, open_sqlite, readable_rows, transaction, write_error
from baihuo.events.erasing import known_erased
from baihuo.events.group_commit import FailureCallback, GroupCommit
from baihuo.events.sealing import (
    Belief,
    Segment,
    belief_of,
    body_to_event,
    distinct_id,
    event_to_body,
    is_timely,
    read_segment,
    seal_rows,
    sealed_events,
)
from baihuo.events.shrinking import shrink

# ``decided`` has one row: the newest decided event. Earlier events that are not in ``held_back`` counted.
DECISIONS = """
CREATE TABLE IF NOT EXISTS held_back (seq INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS decided (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), to_seq INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS openings (
    bundle_id TEXT NOT NULL, at_us INTEGER NOT NULL, after_seq INTEGER NOT NULL, made_at_us INTEGER NOT NULL
);
"""
# ``body`` is set to null when the row is in a segment. The row stays, because its id must be known
# forever: a client that retries after a week must still change nothing. It is empty for an erased event (``erasing.py``).
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, body BLOB
);
CREATE TABLE IF NOT EXISTS segments (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, file TEXT NOT NULL
);
{DECISIONS}
"""

_Row = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class AppendResult:
    """Counts of one call: new events, and events whose id was known."""

    n_new: int
    n_known: int


class EventLog:
    """Events in commit order, numbered from 1 without gaps.

    Threads share one commit; several processes may write to the same log. Safe to use
    from any thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        reserve_bytes: int = 0,
        when_failed: FailureCallback = lambda n_calls, error: None,
    ) -> None:
        """
        Args:
            reserve_bytes: Free disk space below which events are refused.
            when_failed: Called with the number of calls whose events were not written, and why.
        """
        self.path = path
        writer, self._reader = _open(path), _open(path)
        self._reading, self._deciding = threading.Lock(), threading.Lock()
        self._decisions: sqlite3.Connection | None = None  # writes them; opened by the first
        self._commits: GroupCommit[list[_Row], AppendResult] = GroupCommit(
            path,
            writer,
            partial(_insert, path.parent),
            reserve_bytes=reserve_bytes,
            when_failed=when_failed,
        )

    @property
    def failure(self) -> ShopError | None:
        """Why the newest events could not be written; None if they were."""
        return self._commits.failure

    def probe(self) -> None:
        """After a failed write, try again whether events can be written."""
        self._commits.probe()

    def append(self, events: Sequence[Event]) -> AppendResult:
        """Append events; returns only when they are on disk (fsynced).

        An event whose id is known, from this call or an earlier one, is not written again. An event vouched for by the shop's server is
        known only if the log has the same event; if another event has its id, it gets a new id.

        Raises:
            BadInput: an event cannot be stored; nothing of this call was written.
            CannotWrite: the write failed; nothing of this call was acknowledged.
        """
        return self.submit(events).result()

    def submit(
        self,
        events: Sequence[Event],
        *,
        beliefs: Mapping[str, Belief] | None = None,
        timely: Collection[str] = frozenset(),
    ) -> Future[AppendResult]:
        """Append without blocking: the future completes after the fsync.

        Args:
            beliefs: Belief by event id, for :meth:`tail_with_beliefs`; other events are ordinary.
            timely: Ids of events whose sender proved their time; stored in segments.
        """
        known = beliefs or {}
        rows = []
        for event in events:
            event_id = event.event_id
            belief = known.get(event_id, Belief.ORDINARY)
            rows.append((event_id, event_to_body(event, belief, is_timely=event_id in timely)))
        return self._commits.submit(rows)

    def tail(self, after_seq: int, limit: int = 10_000) -> list[tuple[int, Event]]:
        """Return events numbered above ``after_seq``, in order, from segments and the log."""
        return [(seq, event) for seq, event, _ in self.tail_with_beliefs(after_seq, limit)]

    def tail_with_beliefs(
        self, after_seq: int, limit: int = 10_000
    ) -> list[tuple[int, Event, Belief]]:
        """Return what :meth:`tail` does, each with its belief on arrival or the later decision (:meth:`decide`). Sealed, undecided events
        have lost theirs."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT seq, body FROM events WHERE seq > ? AND (body IS NULL OR body <> x'') ORDER BY seq LIMIT ?",
                (after_seq, limit),
            ).fetchall()
            segments = self._segments() if any(body is None for _, body in rows) else []
            to_seq, held = 0, set[int]()
            if rows and has_decisions(self._reader):
                to_seq = decided_to(self._reader)
                held = held_between(self._reader, rows[0][0], min(rows[-1][0], to_seq))
        sealed: dict[int, Event] = {}
        empty = [seq for seq, body in rows if body is None]
        for segment in segments:
            if empty and segment.last_seq >= empty[0] and segment.first_seq <= empty[-1]:
                sealed.update(read_segment(segment.file, empty[0], empty[-1]))
        with readable_rows(self.path):
            found = [
                (seq, sealed[seq], Belief.ORDINARY)
                if body is None
                else (seq, body_to_event(body), belief_of(body))
                for seq, body in rows
                if body is not None or seq in sealed  # erased since the rows were read
            ]
        return [
            (seq, event, belief)
            if seq > to_seq
            else (seq, event, Belief.HELD_BACK if seq in held else Belief.COUNTED)
            for seq, event, belief in found
        ]

    def decide(self, held: Sequence[int], *, to_seq: int) -> None:
        """Record which events up to ``to_seq`` do not count for all visitors; the others count. Decisions of other workers stay. Not
        fsynced: after a power cut the last ones are decided again.

        Raises:
            CannotWrite: nothing was written.
        """
        with self._deciding, transaction(self._for_decisions(), self.path) as connection:
            add_decisions(connection, held, to_seq)

    def opened(self, bundle_id: str, opening: Opening) -> None:
        """Record that a bundle's pages are made from other features from now on.

        Raises:
            CannotWrite: nothing was written.
        """
        values = (bundle_id, opening.at_us, opening.after_seq, opening.made_at_us)
        with self._deciding, transaction(self._for_decisions(), self.path) as connection:
            connection.execute("INSERT INTO openings VALUES (?, ?, ?, ?)", values)

    def opening(self, bundle_id: str, *, since_us: int) -> Opening | None:
        """Return when a bundle began to serve from its present features; None if no worker recorded it since ``since_us``."""
        with self._reading:
            known = has_decisions(self._reader)
            return newest_opening(self._reader, bundle_id, since_us) if known else None

    def held_back(self, *, after_seq: int) -> frozenset[str]:
        """Ids of the events above ``after_seq`` that did not count for all visitors."""
        with self._reading:
            if not has_decisions(self._reader):
                return frozenset()
            query = "SELECT event_id FROM held_back JOIN events USING (seq) WHERE seq > ?"
            return frozenset(i for (i,) in self._reader.execute(query, (after_seq,)).fetchall())

    def last_seq(self) -> int:
        """The number of the newest event; 0 in an empty log."""
        with self._reading:
            return int(
                self._reader.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
            )

    def seal(self, raw_events: Path) -> Path | None:
        """Move the events of the log into one Parquet segment in ``raw_events``, and make the log smaller.

        Returns its path, or None if there is nothing to move. If it is killed, the next call finishes the
        work: no event is lost, and none is in two segments. Writers are not blocked.
        """
        connection = _open(self.path)
        try:
            segment = seal_rows(connection, raw_events, lock=self.path.with_suffix(".seal-lock"))
            shrink(connection, self.path)
            return segment
        except sqlite3.OperationalError as error:
            raise write_error(self.path, error) from error
        finally:
            connection.close()

    def segments(self) -> list[Segment]:
        """The sealed segments, oldest first."""
        with self._reading:
            return self._segments()

    def close(self) -> None:
        """Commit waiting events and close the file."""
        self._commits.close()
        with self._deciding:
            if self._decisions is not None:
                self._decisions.close()
        with self._reading:
            self._reader.close()

    def _for_decisions(self) -> sqlite3.Connection:
        if self._decisions is None:
            self._decisions = open_sqlite(
                self.path, _SCHEMA, version=1, durability="NORMAL", shrinks=True
            )
            if not has_decisions(self._decisions):  # an earlier version made the file
                self._decisions.executescript(DECISIONS)
        return self._decisions

    def _segments(self) -> list[Segment]:
        rows = self._reader.execute(
            "SELECT first_seq, last_seq, file FROM segments ORDER BY first_seq"
        ).fetchall()
        with readable_rows(self.path):
            return [Segment(first, last, self.path.parent / file) for first, last, file in rows]


def _open(path: Path) -> sqlite3.Connection:
    return open_sqlite(path, _SCHEMA, version=1, durability="FULL", shrinks=True)


def _insert(
    folder: Path, connection: sqlite3.Connection, calls: Sequence[list[_Row]]
) -> list[AppendResult]:
    erased = known_erased(connection, (event_id for rows in calls for event_id, _ in rows))
    results = []
    for sent in calls:
        rows = [row for row in sent if row[0] not in erased] if erased else sent
        n_new = _insert_new(connection, rows)
        if n_new < len(rows):
            others = _with_new_ids(folder, connection, rows)
            known = known_erased(connection, (event_id for event_id, _ in others))
            n_new += _insert_new(connection, [row for row in others if row[0] not in known])
        results.append(AppendResult(n_new, len(sent) - n_new))
    return results


def _insert_new(connection: sqlite3.Connection, rows: Sequence[_Row]) -> int:
    if not rows:
        return 0
    insert = "INSERT INTO events (event_id, body) VALUES (?, ?) ON CONFLICT (event_id) DO NOTHING"
    return connection.executemany(insert, rows).rowcount


def _with_new_ids(folder: Path, connection: sqlite3.Connection, rows: Sequence[_Row]) -> list[_Row]:
    """Give vouched rows whose id belongs to another event a new id."""
    in_use: list[tuple[int, bytes | None, bytes]] = []
    for event_id, body in rows:
        if belief_of(body) is Belief.VOUCHED:
            select = "SELECT seq, body FROM events WHERE event_id = ?"
            seq, stored = connection.execute(select, (event_id,)).fetchone()
            if stored != body:
                in_use.append((seq, stored, body))
    sealed = sealed_events(connection, folder, {seq for seq, stored, _ in in_use if stored is None})
    found: list[_Row] = []
    for seq, stored, body in in_use:
        event, other = body_to_event(body), body_to_event(stored) if stored else sealed.get(seq)
        if other is not None and _fact(other) != _fact(event):
            new_id = distinct_id(event.event_id, *_fact(event))
            event = replace(event, event_id=new_id)
            stored = event_to_body(event, Belief.VOUCHED, is_timely=is_timely(body))
            found.append((new_id, stored))
    return found


def _fact(event: Event) -> tuple[str | None, ...]:
    """Return the fields that are equal if one event is a resend of the other."""
    names = event.visitor_id, event.order_id, event.product_id, event.variant_id
    return (event.event_type.value, *names)


# Serving's decisions about events: which do not count for all visitors. A decision is made once and stored with the events, so that other
# workers, later ones and recomputed features count the same.


@dataclass(frozen=True, slots=True)
class Opening:
    """The moment a worker starts to make a bundle's pages from features it read from disk."""

    at_us: int  # when, UTC
    after_seq: int  # the features know the checked events up to here, and the log from there on
    made_at_us: int  # when they were made, UTC


def has_decisions(connection: sqlite3.Connection) -> bool:
    """Return whether the log has these tables; logs of earlier versions have none before the first decision."""
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'openings'"
    return bool(connection.execute(query).fetchone()[0])


def decided_to(connection: sqlite3.Connection) -> int:
    """Return the number of the newest decided event, or 0."""
    row = connection.execute("SELECT to_seq FROM decided").fetchone()
    return int(row[0]) if row else 0


def held_between(connection: sqlite3.Connection, first: int, last: int) -> set[int]:
    """Return the numbers of held-back events from ``first`` to ``last``."""
    query = "SELECT seq FROM held_back WHERE seq BETWEEN ? AND ?"
    return {seq for (seq,) in connection.execute(query, (first, last)).fetchall()}


def add_decisions(connection: sqlite3.Connection, held: Sequence[int], to_seq: int) -> None:
    """Decide the events up to ``to_seq`` in a transaction; earlier decisions stay."""
    done = decided_to(connection)
    if to_seq > done:
        rows = [(seq,) for seq in held if seq > done]
        connection.executemany("INSERT OR IGNORE INTO held_back VALUES (?)", rows)
        connection.execute("INSERT OR REPLACE INTO decided VALUES (1, ?)", (to_seq,))


def newest_opening(connection: sqlite3.Connection, bundle_id: str, since_us: int) -> Opening | None:
    """Return the first opening of the features a live bundle serves from now; None without one."""
    row = connection.execute(
        "SELECT min(at_us), after_seq, made_at_us FROM openings WHERE bundle_id = ? AND at_us >= ? "
        "GROUP BY made_at_us, after_seq ORDER BY made_at_us DESC LIMIT 1",
        (bundle_id, since_us),
    ).fetchone()
    return Opening(*row) if row else None
