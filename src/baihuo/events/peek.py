"""What the logs hold, read without writing a byte: for whoever only looks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import orjson

from baihuo.events.body import body_to_event


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """The log of events at this moment."""

    n_events: int = 0
    n_waiting: int = 0  # not in a segment yet: the next check does not see them before it seals
    first_waiting_at_us: int | None = None  # our clock, UTC
    newest_at_us: int | None = None  # of those that wait


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedState:
    """The log of served pages at this moment."""

    n_pages: int = 0
    newest_at_us: int | None = None  # our clock, UTC


def peek_log(path: Path) -> LogState:
    """What the log of events holds; nothing where there is none, or none that can be read now."""
    with _read_only(path) as connection:
        if connection is None:
            return LogState()
        last = int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])
        sealed = int(
            connection.execute("SELECT coalesce(max(last_seq), 0) FROM segments").fetchone()[0]
        )
        if last <= sealed:
            return LogState(n_events=last)
        first, newest = (
            body_to_event(
                connection.execute("SELECT body FROM events WHERE seq = ?", (seq,)).fetchone()[0]
            ).received_at_us
            for seq in (sealed + 1, last)
        )
        return LogState(
            n_events=last, n_waiting=last - sealed, first_waiting_at_us=first, newest_at_us=newest
        )


def peek_served(path: Path) -> ServedState:
    """How many pages were served, and when the newest was."""
    with _read_only(path) as connection:
        if connection is None:
            return ServedState()
        n = int(connection.execute("SELECT count(*) FROM served").fetchone()[0])
        row = connection.execute("SELECT body FROM served ORDER BY seq DESC LIMIT 1").fetchone()
        newest = None if row is None else int(orjson.loads(row[0])["served_at_us"])
        return ServedState(n_pages=n, newest_at_us=newest)


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection that makes no file. A log that nobody has open is read as it lies: reading it the
    ordinary way would put a write-ahead log and its index beside it."""
    if not path.is_file():
        yield None
        return
    is_open = path.with_name(path.name + "-wal").exists()
    mode = "mode=ro" if is_open else "immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{mode}", uri=True, timeout=5.0)
    try:
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            yield None  # the process that makes it has not come to the tables yet
        else:
            yield connection
    finally:
        connection.close()
