"""What serving decided about events: which of them did not count for all visitors. A decision is made once and written beside the
events, so that another worker, one that starts later, and who computes features again, all count the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

# ``decided`` has one row: up to where the events are decided. Of an event that is not in ``held_back``, that says that it counted.
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
    """A worker began to make pages of a bundle from features that were read from the disk."""

    at_us: int  # when, UTC
    after_seq: int  # the features know the checked events up to here, and the log from there on
    made_at_us: int  # when they were made, UTC


def has_decisions(connection: sqlite3.Connection) -> bool:
    """Whether the log has these tables: one that an earlier version made has none before the first decision."""
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'openings'"
    return bool(connection.execute(query).fetchone()[0])


def decided_to(connection: sqlite3.Connection) -> int:
    """The newest event that is decided; 0: none is."""
    row = connection.execute("SELECT to_seq FROM decided").fetchone()
    return int(row[0]) if row else 0


def held_between(connection: sqlite3.Connection, first: int, last: int) -> set[int]:
    """The numbers of events from ``first`` to ``last`` that were held back."""
    query = "SELECT seq FROM held_back WHERE seq BETWEEN ? AND ?"
    return {seq for (seq,) in connection.execute(query, (first, last)).fetchall()}


def add_decisions(connection: sqlite3.Connection, held: Sequence[int], to_seq: int) -> None:
    """Decide the events up to ``to_seq``; what was decided before stays. Within a transaction."""
    done = decided_to(connection)
    if to_seq > done:
        rows = [(seq,) for seq in held if seq > done]
        connection.executemany("INSERT OR IGNORE INTO held_back VALUES (?)", rows)
        connection.execute("INSERT OR REPLACE INTO decided VALUES (1, ?)", (to_seq,))


def newest_opening(connection: sqlite3.Connection, bundle_id: str, since_us: int) -> Opening | None:
    """The first opening, since a bundle went live, of the features that it serves from now; None where none was written."""
    row = connection.execute(
        "SELECT min(at_us), after_seq, made_at_us FROM openings WHERE bundle_id = ? AND at_us >= ? "
        "GROUP BY made_at_us, after_seq ORDER BY made_at_us DESC LIMIT 1",
        (bundle_id, since_us),
    ).fetchone()
    return Opening(*row) if row else None
