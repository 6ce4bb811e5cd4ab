"""How every SQLite file of a shop is opened and written: write-ahead log, several processes, one schema version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from baihuo.core.errors import Conflict, ShopError

BUSY_S = 30.0  # how long one process waits for another's commit before it raises


def open_sqlite(
    path: Path, schema: str, *, version: int, durability: Literal["FULL", "NORMAL"]
) -> sqlite3.Connection:
    """A connection in autocommit. Tables are made where they are missing; any thread may use it, one at a time.

    Args:
        path: The file. Made where it is missing, with its folder.
        schema: SQL that makes the tables, without harm where they are there.
        version: Of the schema; stored in the file.
        durability: ``FULL`` fsyncs the write-ahead log at every commit. ``NORMAL`` fsyncs at checkpoints
            only: a killed process loses nothing, a power cut may lose the last commits.

    Raises:
        Conflict: a newer version of this software wrote the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {durability}")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > version:
            raise Conflict(
                f"{path} has schema version {found}, this software knows {version}",
                fix="upgrade baihuo, or open the shop with the version that wrote it",
            )
        if found < version:
            # Two processes may open a new file at once: the second finds the tables there.
            connection.executescript(
                f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;"
            )
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """All of the block is written, or nothing of it. The block may roll back by itself.

    Raises:
        ShopError: the disk refused, or another process held the file for longer than :data:`BUSY_S`.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        if connection.in_transaction:
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise ShopError(
            f"{path} could not be written: {error}",
            fix="free disk space or end the process that holds the file, then try again",
        ) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection that makes no file; None where there is no file, or one without tables yet.

    A file that no process has open is read as it is: reading it the ordinary way would put a
    write-ahead log and its index beside it.
    """
    if not path.is_file():
        yield None
        return
    is_open = path.with_name(path.name + "-wal").exists()
    mode = "mode=ro" if is_open else "immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{mode}", uri=True, timeout=5.0)
    try:
        has_tables = connection.execute("PRAGMA user_version").fetchone()[0]
        yield connection if has_tables else None  # its maker may not have come to the tables yet
    finally:
        connection.close()
