"""Answers of a model, kept by the hash of what was asked of which weights."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from pathlib import Path

from baihuo.core import BrokenFile, ShopError, open_sqlite
from baihuo.llm.chat import Answer, Prompt

_SCHEMA = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, task TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;"


class AnswerCache:
    """A SQLite file of answers. A change of weights, instructions, text or schema is another key.

    Raises:
        ShopError: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = open_sqlite(path, _SCHEMA, version=1, durability="NORMAL")
        except (sqlite3.DatabaseError, BrokenFile) as error:
            raise ShopError(
                f"the kept answers at {path} cannot be read: {error}",
                fix="delete the file if it is damaged; what it held is asked again",
            ) from error
        self._lock = threading.Lock()

    def get(self, identity: str, prompt: Prompt) -> Answer | None:
        """The kept answer of the model ``identity``, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT answer FROM answers WHERE key = ?", (key_of(identity, prompt),)
            ).fetchone()
        return None if row is None else Answer(**json.loads(row[0]))

    def put(self, identity: str, prompt: Prompt, answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns."""
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                (key_of(identity, prompt), prompt.task, json.dumps(answer.to_json())),
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def key_of(identity: str, prompt: Prompt) -> str:
    """SHA-256 of the weights and all that is asked."""
    asked = (
        identity,
        prompt.task,
        prompt.instructions,
        prompt.text,
        prompt.max_tokens,
        prompt.schema,
        prompt.options,
    )
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
