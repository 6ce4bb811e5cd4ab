"""The state of the logs, read without writing a byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from baihuo.core import open_read_only
from baihuo.events.body import body_to_event


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

    n_pages: int = 0
    newest_at_us: int | None = None  # our clock, UTC


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
        n = int(connection.execute("SELECT count(*) FROM served").fetchone()[0])
        row = connection.execute("SELECT body FROM served ORDER BY seq DESC LIMIT 1").fetchone()
        newest = None if row is None else int(orjson.loads(row[0])["served_at_us"])
        return ServedState(n_pages=n, newest_at_us=newest)
