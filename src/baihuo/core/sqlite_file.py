"""Opens SQLite files: write-ahead log, several processes, one schema version, errors that name the file and its fix."""

from __future__ import annotations

import os
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from baihuo.core.errors import BrokenFile, CannotWrite, Conflict, DiskFull

_MAX_WAL = 16 * 1024 * 1024  # bytes that the write-ahead log keeps once it is in the file
BUSY_S = 30.0  # how long a process waits for the commit of another before it raises


def open_sqlite(
    path: Path,
    schema: str,
    *,
    version: int,
    durability: Literal["FULL", "NORMAL"],
    shrinks: bool = False,
) -> sqlite3.Connection:
    """A connection in autocommit. Missing tables are created. Any thread may use it, one at a time.

    Args:
        path: The file, created with its folder if missing.
        schema: SQL that creates the tables if they do not exist.
        version: Version of the schema, stored in the file.
        durability: ``FULL`` fsyncs the write-ahead log at every commit. ``NORMAL`` fsyncs at checkpoints
            only: a killed process loses nothing, a power cut may lose the last commits.
        shrinks: Whether free pages can be returned to the disk (``PRAGMA incremental_vacuum``); applies to new files.

    Raises:
        Conflict: a newer version of this software wrote the file.
        BrokenFile: it is damaged; later reads may raise this, too.
        CannotWrite: it cannot be opened for writing; a full disk is :class:`DiskFull`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = None
    try:
        connection = sqlite3.connect(
            path,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=NamedConnection,
        )
        connection.path = path
        if shrinks:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first write
        _log_ahead(connection)
        connection.execute(f"PRAGMA journal_size_limit = {_MAX_WAL}")
        connection.execute(f"PRAGMA synchronous = {durability}")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > version:
            raise Conflict(
                f"{path} has schema version {found}, this software knows {version}",
                fix="upgrade baihuo, or open the shop with the version that wrote it",
            )
        if found < version:
            # Two processes may open a new file at once: the second finds existing tables.
            connection.executescript(
                f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;"
            )
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise write_error(path, error) from error
        raise
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log. Where another process does so too, SQLite raises at once, without its busy timeout."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)


@contextmanager
def transaction(
    connection: sqlite3.Connection, path: Path, *, reserve_bytes: int = 0
) -> Iterator[sqlite3.Connection]:
    """Run the block in one transaction, which it may roll back.

    Args:
        reserve_bytes: Free disk space required, see :func:`require_room`; 0: none.

    Raises:
        CannotWrite: the write failed, or another process held the file for longer than :data:`BUSY_S`; a full disk is
            :class:`DiskFull`.
    """
    require_room(path, reserve_bytes)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        if connection.in_transaction:
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise write_error(path, error) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open a connection that creates no file; None without a file or tables.

    A file that no process has open is read as immutable: a normal connection would create a write-ahead log and its index.
    """
    if not path.is_file():
        yield None
        return
    is_open = path.with_name(path.name + "-wal").exists()
    mode = "mode=ro" if is_open else "immutable=1"
    address = f"file:{quote(str(path.resolve()))}?{mode}"
    connection = sqlite3.connect(address, uri=True, timeout=5.0, factory=NamedConnection)
    connection.path = path
    try:
        has_tables = connection.execute("PRAGMA user_version").fetchone()[0]
        yield connection if has_tables else None  # its creator may not have made the tables yet
    finally:
        connection.close()


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
        return super().cursor(NamedCursor).execute(*args)

    def executemany(self, *args: Any) -> Any:
        return super().cursor(NamedCursor).executemany(*args)

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


_MB = 1_000_000
_NO_ROOM = 4 * 4096  # bytes: with less than a few blocks any write fails
_FULL, _READ_ONLY, _IO = sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR
_BUSY, _LOCKED = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED


def free_bytes(path: Path) -> int:
    """Return the free space for unprivileged processes on the disk of ``path``, or of its nearest existing parent."""
    found = _file_system(path)
    return found.f_bavail * found.f_frsize


def require_room(path: Path, reserve_bytes: int) -> None:
    """Refuse to write before the disk is full: the last bytes are for closing files in order.

    Raises:
        DiskFull: the disk of ``path`` has less than ``reserve_bytes`` left.
    """
    if reserve_bytes and (free := free_bytes(path)) < reserve_bytes:
        raise DiskFull(
            f"{path} is not written: its disk has {free // _MB:,} MB left, and the reserve is {reserve_bytes // _MB:,} MB",
            fix="free disk space: writing goes on by itself. `serve.disk_reserve_mb` is the reserve",
        )


def write_error(path: Path, error: sqlite3.Error) -> CannotWrite:
    """Turn a failed write of SQLite into an error with its fix. The transaction was rolled back."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    is_out_of_room = code == _FULL or (code == _IO and free_bytes(path) < _NO_ROOM)
    if is_out_of_room:
        return DiskFull(
            f"{path} could not be written: its disk is full ({error})",
            fix="free disk space: writing goes on by itself",
        )
    if code == _READ_ONLY or _file_system(path).f_flag & os.ST_RDONLY:
        return CannotWrite(
            f"{path} could not be written: it is read-only ({error})",
            fix="make the file and its disk writable (mount, owner, `chattr -i`): writing goes on by itself",
        )
    if code in (_BUSY, _LOCKED):
        return CannotWrite(
            f"{path} could not be written: another process holds it ({error})",
            fix="end the process that holds the file, then try again",
        )
    return CannotWrite(
        f"{path} could not be written: {error}",
        fix="check whether the file is read-only (`lsattr`, mount), too large for a limit, or its disk failing: writing goes on by itself",
    )


def _file_system(path: Path) -> os.statvfs_result:
    while not path.exists() and path != path.parent:
        path = path.parent
    return os.statvfs(path)
