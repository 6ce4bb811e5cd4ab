"""Return SQLite's free space to the disk, in steps too short for writers to notice."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from baihuo.core import free_bytes, transaction

_STEP_PAGES = 64  # moved in one commit: a few milliseconds
_PAUSE_S = 0.005  # between commits, so that waiting writers get their turn
_MAX_REWRITTEN = (
    256 * 1024 * 1024
)  # bytes; a rewrite of so much takes seconds, and writers wait for it
_INCREMENTAL = 2


def shrink(connection: sqlite3.Connection, path: Path) -> int:
    """Return free pages to the disk; returns the bytes freed. A file of an older version cannot shrink in steps: it is rewritten once if
    its data is small and the disk has room for two copies; otherwise new rows fill the free pages.
    """
    before = path.stat().st_size
    page_bytes = _pragma(connection, "page_size")
    n_free, n_pages = _pragma(connection, "freelist_count"), _pragma(connection, "page_count")
    if _pragma(connection, "auto_vacuum") == _INCREMENTAL:
        while n_free > 0:
            with transaction(connection, path):  # for its errors: a script commits before it runs
                # `execute` frees one page of them: it ends at the first row of a statement without columns.
                connection.executescript(f"PRAGMA incremental_vacuum({_STEP_PAGES})")
            n_before, n_free = n_free, _pragma(connection, "freelist_count")
            if n_free >= n_before:  # others free pages as fast; continue next time
                break
            time.sleep(_PAUSE_S)
    elif 4 * n_free > n_pages:
        held = (n_pages - n_free) * page_bytes
        if held <= _MAX_REWRITTEN and free_bytes(path) > 3 * held:
            connection.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
            connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()  # others would delay writers
    return before - path.stat().st_size


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
