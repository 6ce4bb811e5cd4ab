"""Judged pairs of the desk: a question, an answer, and whether a person sent it as suggested, corrected it, or rejected it.

They are in ``8-assist/examples/desk.sqlite``, one a message, and training reads them by :func:`read_judged_pairs`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from baihuo.assist.turns import Language
from baihuo.core import open_read_only, open_sqlite, transaction
from baihuo.engine import sql_file
from baihuo.events import wipe

_SCHEMA = sql_file(__file__, "judged_pairs")
_COLUMNS = "pair_id, conversation_id, visitor_id, kind, language, question, answer, source_id, suggested, by, at_us"
Note: TypeAlias = Callable[[dict[str, Counter[str]]], None]
"""Called before rows are removed: place → visitor → rows."""
PairKind: TypeAlias = Literal["sent", "corrected", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPair:
    """A person's judgement of one answer to one question. ``rejected`` means: this does not answer that."""

    pair_id: str
    conversation_id: str
    visitor_id: str  # of the conversation: with them the pair is forgotten
    kind: PairKind
    language: Language
    question: str
    answer: str  # what was sent; of a rejected one the suggestion
    source_id: str = ""  # of the suggestion; empty: written freely
    suggested: str = ""  # the text of the suggestion that was corrected
    by: str  # the account
    at_us: int


class JudgedPairs:
    """The file of the pairs. Several processes may use it."""

    def __init__(self, path: Path, masked: Callable[[str], str] = lambda text: text) -> None:
        """
        Args:
            masked: A text without its personal data: what is written.
        """
        self._path, self._masked = path, masked
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        self._lock = threading.Lock()

    def add(self, pair: JudgedPair) -> bool:
        """Write a pair, on disk when it returns; returns whether it is new. A pair of the same id stays as it was."""
        values = list(astuple(pair))
        for index in (5, 6, 8):
            values[index] = self._masked(values[index])
        with self._lock, transaction(self._db, self._path) as db:
            done = db.execute(
                f"INSERT OR IGNORE INTO pairs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            return done.rowcount > 0

    def rejected(self, conversation_id: str) -> frozenset[tuple[str, str]]:
        """What was rejected in a conversation: message of the question, and source."""
        with self._lock:
            rows = self._db.execute(
                "SELECT pair_id, source_id FROM pairs WHERE conversation_id = ? AND kind = 'rejected'",
                (conversation_id,),
            ).fetchall()
        return frozenset((pair_id.removesuffix(f"|{source}"), source) for pair_id, source in rows)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def read_judged_pairs(path: Path) -> list[JudgedPair]:
    """The pairs of a file, oldest first; none where there is no file."""
    with open_read_only(path) as db:
        if db is None:
            return []
        rows = db.execute(f"SELECT {_COLUMNS} FROM pairs ORDER BY at_us, pair_id").fetchall()
    names = _COLUMNS.split(", ")
    return [JudgedPair(**dict(zip(names, row, strict=True))) for row in rows]


def forget_judged_pairs(file: Path, visitor_ids: Collection[str], note: Note) -> None:
    """Take out the pairs of these visitors' conversations, bytes and all."""
    _forget(file, "visitor_id IN (SELECT value FROM gone)", visitor_ids, note)


def forget_old_judged_pairs(file: Path, before_us: int, note: Note) -> None:
    """Take out pairs that were judged before a moment."""
    _forget(file, f"at_us < {before_us:d}", (), note)


def _forget(file: Path, is_gone: str, visitor_ids: Collection[str], note: Note) -> None:
    if not file.is_file():
        return
    db = open_sqlite(file, _SCHEMA(), version=1, durability="FULL")
    try:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("CREATE TEMP TABLE gone (value TEXT PRIMARY KEY)")
        db.executemany("INSERT INTO gone VALUES (?)", [(v,) for v in sorted(visitor_ids)])
        counts: Counter[str] = Counter()
        for visitor_id, n in db.execute(
            f"SELECT visitor_id, count(*) FROM pairs WHERE {is_gone} GROUP BY visitor_id"
        ):
            counts[visitor_id if visitor_id in visitor_ids else ""] += n
        if counts:
            note({f"{file.parent.parent.name}/{file.parent.name}/{file.name}": counts})
            with transaction(db, file):
                db.execute(f"DELETE FROM pairs WHERE {is_gone}")
        if counts or visitor_ids:  # a run that was killed may have left their bytes
            wipe(db)
    finally:
        db.close()
