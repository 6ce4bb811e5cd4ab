"""The SQLite file of accounts, sessions and attempts to log in."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from baihuo.access.private_file import private_file
from baihuo.core import open_sqlite, transaction
from baihuo.engine import sql_file

_SCHEMA = sql_file(__file__, "accounts")


class AccountsFile:
    """One connection. Several threads and processes may use the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._lock = threading.Lock()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction; on disk when it ends.

        Raises:
            ShopError: it could not be written.
        """
        with self._lock, transaction(self._db, self._path) as connection:
            yield connection

    def write_if_free(self, sql: str, values: Sequence[object]) -> None:
        """Run one statement, or skip it if another process is writing: for optional updates in a thread that must not wait."""
        with self._lock:
            self._db.execute("PRAGMA busy_timeout = 0")
            try:
                self._db.execute(sql, values)
            except sqlite3.OperationalError:
                pass  # locked, or a full disk: the next request tries again
            finally:
                self._db.execute("PRAGMA busy_timeout = 30000")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
