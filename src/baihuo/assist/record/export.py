"""What is stored of one visitor's conversations, for the visitor."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from baihuo.core import open_read_only, readable_rows


def conversation_rows(file: Path, visitor_id: str) -> Iterator[dict[str, Any]]:
    """One row a conversation: when, what was written by whom, what was decided and thought of it, and what waits for a yes."""
    with open_read_only(file) as db:
        if db is None or not _exists(db):
            return
        ids = db.execute(
            "SELECT conversation_id, started_at_us, last_at_us, language, state, pending, handed_over_at_us FROM conversations "
            "WHERE visitor_id = ? ORDER BY started_at_us",
            (visitor_id,),
        ).fetchall()
        for conversation_id, started, last, language, state, pending, handed_over in ids:
            with readable_rows(file):
                yield {
                    "conversation_id": conversation_id,
                    "started_at_us": started,
                    "last_at_us": last,
                    "language": language,
                    "handed_over_at_us": handed_over,
                    "state": json.loads(state),
                    "pending": None if pending is None else json.loads(pending),
                    "messages": _rows(
                        db, "message_id, author, text, at_us", "messages", conversation_id
                    ),
                    "decisions": _rows(
                        db,
                        "message_id, at_us, language, intent, kind, reason",
                        "decisions",
                        conversation_id,
                    ),
                    "feedback": _rows(db, "message_id, kind, at_us", "feedback", conversation_id),
                }


def _exists(db: sqlite3.Connection) -> bool:
    row = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").fetchone()
    return row is not None


def _rows(
    db: sqlite3.Connection, columns: str, table: str, conversation_id: str
) -> list[dict[str, Any]]:
    names = columns.split(", ")
    rows = db.execute(
        f"SELECT {columns} FROM {table} WHERE conversation_id = ? ORDER BY at_us",
        (conversation_id,),
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
