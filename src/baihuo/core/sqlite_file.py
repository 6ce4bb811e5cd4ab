"""Opens SQLite files: write-ahead log, several processes, one schema version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from baihuo.core.disk import require_room, write_error
from baihuo.core.errors import Conflict
from baihuo.core.named_sqlite import NamedConnection

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
        connection.execute("PRAGMA journal_mode = WAL")
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
