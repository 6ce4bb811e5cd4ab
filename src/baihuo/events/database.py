"""How both logs open SQLite: write-ahead log, several processes, one schema version."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from baihuo.core import Conflict

BUSY_S = 30.0  # how long one process waits for another's commit before it says so


def connect(
    path: Path, schema: str, *, version: int, durability: Literal["FULL", "NORMAL"]
) -> sqlite3.Connection:
    """A connection in autocommit; the schema is made where there is none.

    ``FULL`` fsyncs the write-ahead log at every commit. ``NORMAL`` fsyncs at checkpoints only: a
    killed process loses nothing, a power cut may lose the last pages.

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
            # Two processes may open a new shop at once: the second finds the tables there.
            connection.executescript(
                f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;"
            )
    except BaseException:
        connection.close()
        raise
    return connection
