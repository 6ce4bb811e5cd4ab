"""Conversations of visitors taken out of the file, bytes and all."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from baihuo.core import open_sqlite, transaction
from baihuo.events import wipe

Note = Callable[[dict[str, Counter[str]]], None]
"""Called before rows are removed: place → visitor → rows."""


def forget_conversations(file: Path, visitor_ids: Collection[str], note: Note) -> None:
    """Take out every conversation of these visitors. Safe while servers run, and to be killed: the next call goes on."""
    _forget(file, "visitor_id IN (SELECT value FROM gone)", visitor_ids, note)


def forget_old_conversations(file: Path, before_us: int, note: Note) -> None:
    """Take out conversations whose last message came before a moment."""
    _forget(file, f"last_at_us < {before_us:d}", (), note)


def _forget(file: Path, is_gone: str, visitor_ids: Collection[str], note: Note) -> None:
    if not file.exists():
        return
    connection = open_sqlite(file, "", version=1, durability="FULL")
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if not _has_tables(connection):
            return
        connection.execute("CREATE TEMP TABLE gone (value TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO gone VALUES (?)", [(v,) for v in sorted(visitor_ids)])
        counts: Counter[str] = Counter()
        for visitor_id, n in connection.execute(
            "SELECT visitor_id, count(*) FROM conversations JOIN messages USING (conversation_id) "
            f"WHERE {is_gone} GROUP BY visitor_id UNION ALL "
            f"SELECT visitor_id, count(*) FROM conversations WHERE {is_gone} GROUP BY visitor_id"
        ):
            counts[visitor_id if visitor_id in visitor_ids else ""] += n
        if counts:
            note({f"{file.parent.name}/{file.name}": counts})
            with transaction(connection, file):
                theirs = f"SELECT conversation_id FROM conversations WHERE {is_gone}"
                for table in _tables(connection):
                    connection.execute(f"DELETE FROM {table} WHERE conversation_id IN ({theirs})")
        if counts or visitor_ids:  # a run that was killed may have left their bytes
            wipe(connection)
    finally:
        connection.close()


def _has_tables(connection: sqlite3.Connection) -> bool:
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").fetchone()
    return row is not None


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Every table of the file that says something by conversation, that of conversations last."""
    names = [
        str(row[0])
        for row in connection.execute(
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND c.name = 'conversation_id'"
        )
    ]
    return sorted(names, key=lambda name: (name == "conversations", name))
