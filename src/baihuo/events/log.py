"""The log of events: append, read in order, seal into Parquet."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from baihuo.core import Event, ShopError, open_sqlite, readable_rows, write_error
from baihuo.events.body import (
    Belief,
    belief_of,
    body_to_event,
    distinct_id,
    event_to_body,
    is_timely,
)
from baihuo.events.erasing import known_erased
from baihuo.events.group_commit import FailureCallback, GroupCommit
from baihuo.events.sealing import Segment, read_segment, seal_rows, sealed_events
from baihuo.events.shrinking import shrink

# ``body`` is set to null when the row is in a segment. The row stays, because its id must be known
# forever: a client that retries after a week must still change nothing. Of an erased event (``erasing.py``) it is empty.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, body BLOB
);
CREATE TABLE IF NOT EXISTS segments (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, file TEXT NOT NULL
);
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
            reserve_bytes: Room that has to be on the disk, or events are refused.
            when_failed: Called with the number of calls whose events were not written, and why.
        """
        self.path = path
        writer, self._reader = _open(path), _open(path)
        self._reading = threading.Lock()
        self._commits: GroupCommit[list[_Row], AppendResult] = GroupCommit(
            path,
            writer,
            partial(_insert, path.parent),
            reserve_bytes=reserve_bytes,
            when_failed=when_failed,
        )

    @property
    def failure(self) -> ShopError | None:
        """Why the newest events could not be written; None: they were."""
        return self._commits.failure

    def probe(self) -> None:
        """Where events could not be written, try whether they can be by now."""
        self._commits.probe()

    def append(self, events: Sequence[Event]) -> AppendResult:
        """Append events; returns only when they are on disk (fsynced).

        An event whose id is known, from this call or an earlier one, is not written again. What the shop's own server
        vouches for is known where the log holds that event, not another of its id: then it gets an id of its own.

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
        """As :meth:`append`, without blocking: the future is done after the fsync.

        Args:
            beliefs: By event id, what is believed of it, for :meth:`tail_with_beliefs`; others are ordinary.
            timely: Ids of events whose sender proved when they happened; segments say so of each.
        """
        known = beliefs or {}
        rows = []
        for event in events:
            event_id = event.event_id
            belief = known.get(event_id, Belief.ORDINARY)
            rows.append((event_id, event_to_body(event, belief, is_timely=event_id in timely)))
        return self._commits.submit(rows)

    def tail(self, after_seq: int, limit: int = 10_000) -> list[tuple[int, Event]]:
        """Events with a number above ``after_seq``, in order, from segments and the log."""
        return [(seq, event) for seq, event, _ in self.tail_with_beliefs(after_seq, limit)]

    def tail_with_beliefs(
        self, after_seq: int, limit: int = 10_000
    ) -> list[tuple[int, Event, Belief]]:
        """As :meth:`tail`, with what was believed when it came; of sealed events that is forgotten."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT seq, body FROM events WHERE seq > ? AND (body IS NULL OR body <> x'') ORDER BY seq LIMIT ?",
                (after_seq, limit),
            ).fetchall()
            segments = self._segments() if any(body is None for _, body in rows) else []
        sealed: dict[int, Event] = {}
        empty = [seq for seq, body in rows if body is None]
        for segment in segments:
            if empty and segment.last_seq >= empty[0] and segment.first_seq <= empty[-1]:
                sealed.update(read_segment(segment.file, empty[0], empty[-1]))
        with readable_rows(self.path):
            return [
                (seq, sealed[seq], Belief.ORDINARY)
                if body is None
                else (seq, body_to_event(body), belief_of(body))
                for seq, body in rows
                if body is not None or seq in sealed  # erased since the rows were read
            ]

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
        with self._reading:
            self._reader.close()

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
            others = _of_an_id_in_use(folder, connection, rows)
            known = known_erased(connection, (event_id for event_id, _ in others))
            n_new += _insert_new(connection, [row for row in others if row[0] not in known])
        results.append(AppendResult(n_new, len(sent) - n_new))
    return results


def _insert_new(connection: sqlite3.Connection, rows: Sequence[_Row]) -> int:
    if not rows:
        return 0
    insert = "INSERT INTO events (event_id, body) VALUES (?, ?) ON CONFLICT (event_id) DO NOTHING"
    return connection.executemany(insert, rows).rowcount


def _of_an_id_in_use(
    folder: Path, connection: sqlite3.Connection, rows: Sequence[_Row]
) -> list[_Row]:
    """The vouched rows whose id another event has, with ids of their own."""
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
    """What two events of one id have in common where one is the other, sent again."""
    names = event.visitor_id, event.order_id, event.product_id, event.variant_id
    return (event.event_type.value, *names)
