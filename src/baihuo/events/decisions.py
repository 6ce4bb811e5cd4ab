"""Serving's decisions about events: which do not count for all visitors. A decision is made once and stored with the events, so that other
workers, later ones and recomputed features count the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

# ``decided`` has one row: the newest decided event. Earlier events that are not in ``held_back`` counted.
SCHEMA = """
CREATE TABLE IF NOT EXISTS held_back (seq INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS decided (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), to_seq INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS openings (
    bundle_id TEXT NOT NULL, at_us INTEGER NOT NULL, after_seq INTEGER NOT NULL, made_at_us INTEGER NOT NULL
);
"""


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
