"""Connections whose errors name the file, unlike SQLite's "database disk image is malformed"."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from baihuo.core.errors import BrokenFile

_DAMAGE = (  # messages of an OperationalError caused by damage, not by a full disk or busy file
    *("malformed", "not a database", "could not decode", "unsupported file format"),
    *("no such table", "no such column", "corrupt", "unrecognized token", "unknown or unsupported"),
)

# The second: a message of SQLite that quotes damaged text.
_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)


_PARSING = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError),
    struct.error,
)


class NamedCursor(sqlite3.Cursor):
    """A cursor whose errors name a damaged file. Without context managers, which took twice as long as a lookup."""

    def execute(self, *args: Any) -> NamedCursor:
        try:
            super().execute(*args)
        except _ERRORS as error:
            raise _translated(error, self.connection) from error
        return self

    def executemany(self, *args: Any) -> NamedCursor:
        try:
            super().executemany(*args)
        except _ERRORS as error:
            raise _translated(error, self.connection) from error
        return self

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except _ERRORS as error:
            raise _translated(error, self.connection) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except _ERRORS as error:
            raise _translated(error, self.connection) from error

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except _ERRORS as error:
            raise _translated(error, self.connection) from error


class NamedConnection(sqlite3.Connection):
    """A connection that knows its file."""

    path: Path | None = None

    def cursor(self, factory: Any = NamedCursor) -> Any:
        return super().cursor(factory)

    def execute(self, *args: Any) -> Any:
        return self.cursor().execute(*args)

    def executemany(self, *args: Any) -> Any:
        return self.cursor().executemany(*args)

    def executescript(self, sql_script: str) -> sqlite3.Cursor:
        try:
            return super().executescript(sql_script)
        except _ERRORS as error:
            raise _translated(error, self) from error


@contextmanager
def readable_rows(path: Path) -> Iterator[None]:
    """Turn parse errors of damaged rows in the block into an error that names the file.

    Raises:
        BrokenFile: a row is damaged.
    """
    try:
        yield
    except _PARSING as error:
        raise broken_database(path, f"a row is not what was written ({error})") from error


def broken_database(path: Path | None, reason: str) -> BrokenFile:
    """The error of a damaged database."""
    return BrokenFile(
        f"{path} is damaged: {reason}",
        fix="restore the shop from a backup: baihuo restore; or recover the file's rows: sqlite3 FILE .recover",
    )


def _translated(error: Exception, connection: Any) -> Exception:
    """Return an error that names the file if it is damaged; other errors unchanged."""
    text = str(error)
    is_damage = type(error) in _ERRORS or (
        isinstance(error, sqlite3.OperationalError) and any(d in text.lower() for d in _DAMAGE)
    )
    return broken_database(connection.path, text) if is_damage else error
