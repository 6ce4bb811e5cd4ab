"""The catalogue's SQLite file: its tables, and how a change is made whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baihuo.core import Conflict, ShopError

_VERSION = 1
_BUSY_S = 30.0  # how long one process waits for another's commit before it says so
# ``body`` stands last: what comes after a long value is read through all of its pages.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY, price_minor INTEGER, stock_units INTEGER, imported BLOB,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    version INTEGER PRIMARY KEY AUTOINCREMENT, product_id TEXT NOT NULL, kind TEXT NOT NULL,
    UNIQUE (product_id, kind)
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit, write-ahead log, fsync at every commit.

    Raises:
        Conflict: a newer version of this software wrote the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > _VERSION:
            raise Conflict(
                f"{path} has schema version {found}, this software knows {_VERSION}",
                fix="upgrade baihuo, or open the shop with the version that wrote it",
            )
        if found < _VERSION:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;"
            )
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def writing(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction: all of the block or nothing of it.

    Raises:
        ShopError: the disk refused, or another process held the file for too long.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise ShopError(
            f"{path} could not be written: {error}",
            fix="free disk space or end the process that holds the file, then try again",
        ) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
