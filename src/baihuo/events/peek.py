"""The state of the logs, read without writing a byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from baihuo.core import Event, open_read_only
from baihuo.events.sealing import body_to_event


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """The log of events at this moment."""

    n_events: int = 0
    n_waiting: int = 0  # not sealed into a segment yet
    first_waiting_at_us: int | None = None  # our clock, UTC
    newest_at_us: int | None = None  # of the waiting ones


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedState:
    """The log of served pages at this moment."""

    n_pages: int = 0  # kept, sealed or not
    newest_at_us: int | None = None  # our clock, UTC
    n_sealed: int = 0  # of them, in sealed files
    n_dropped: int = 0  # expired pages
    first_waiting_at_us: int | None = None  # of the oldest that is not sealed
    first_sealed_at_us: int | None = (
        None  # of the newest page in the oldest file not yet marked expired
    )
    first_due_at_us: int | None = None  # when the first file was marked expired
    sealed_to: int = 0  # the greatest number of a sealed page
    n_version_1: int = 0  # pages in the format of version 1


def peek_log(path: Path) -> LogState:
    """The state of the log of events; empty where there is none, or it cannot be read now."""
    with open_read_only(path) as connection:
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
    """The number of served pages, and the time of the newest."""
    with open_read_only(path) as connection:
        if connection is None:
            return ServedState()
        if connection.execute("PRAGMA user_version").fetchone()[0] < 2:  # nothing was written since
            n, newest = _version_1(connection)
            return ServedState(n_pages=n, newest_at_us=newest, n_version_1=n)
        n_sealed, up_to, sealed_at, first_sealed_at, first_due_at = connection.execute(
            "SELECT coalesce(sum(n_pages), 0), coalesce(max(last_seq), 0), max(last_at_us),"
            " min(CASE WHEN due_at_us IS NULL THEN last_at_us END), min(due_at_us) FROM segments"
        ).fetchone()
        n_pages, first_at = connection.execute(
            "SELECT count(*), (SELECT at_us FROM pages WHERE seq > ?1 ORDER BY seq LIMIT 1)"
            " FROM pages INDEXED BY sqlite_autoindex_pages_1 WHERE +seq > ?1",  # not through the pages themselves
            (up_to,),
        ).fetchone()
        row = connection.execute("SELECT at_us FROM pages ORDER BY seq DESC LIMIT 1").fetchone()
        n_first, first_newest = _version_1(connection, above=up_to)
        times = [at for at in (sealed_at, first_newest, row[0] if row else None) if at is not None]
        dropped = connection.execute("SELECT n FROM counts WHERE name = 'dropped'").fetchone()
        return ServedState(
            n_pages=n_sealed + n_pages + n_first,
            newest_at_us=max(times, default=None),
            n_sealed=n_sealed,
            n_dropped=dropped[0] if dropped else 0,
            first_waiting_at_us=first_at,
            first_sealed_at_us=first_sealed_at,
            first_due_at_us=first_due_at,
            sealed_to=up_to,
            n_version_1=n_first,
        )


def _version_1(connection: sqlite3.Connection, above: int = 0) -> tuple[int, int | None]:
    """Count the pages in the format of version 1, with the time of the newest."""
    n = int(connection.execute("SELECT count(*) FROM served WHERE seq > ?", (above,)).fetchone()[0])
    row = connection.execute(
        "SELECT body FROM served WHERE seq > ? ORDER BY seq DESC LIMIT 1", (above,)
    ).fetchone()
    return n, None if row is None else int(orjson.loads(row[0])["served_at_us"])


_BATCH = 5_000


def waiting_events(log: Path) -> Iterator[Event]:
    """Yield events not sealed yet, oldest first; none without a log."""
    with open_read_only(log) as connection:
        after = 0
        while connection is not None:
            rows = connection.execute(
                "SELECT seq, body FROM events WHERE seq > ? AND body <> x'' ORDER BY seq LIMIT ?",
                (after, _BATCH),
            ).fetchall()
            if not rows:
                return
            yield from (body_to_event(body) for _, body in rows)
            after = rows[-1][0]
