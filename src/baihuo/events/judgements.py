"""Who judged what, and when: grades of products for queries, appended and never changed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from baihuo.core import Conflict
from baihuo.events.database import connect

JUDGEMENTS = pa.schema(
    [
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("rater", pa.string(), nullable=False),
        pa.field("grade", pa.int64()),  # null: the rater could not say
        pa.field("at_us", pa.int64(), nullable=False),
    ]
)
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS judgements (
        seq INTEGER PRIMARY KEY, query_text TEXT NOT NULL, product_id TEXT NOT NULL, rater TEXT NOT NULL,
        grade INTEGER, at_us INTEGER NOT NULL, UNIQUE (query_text, product_id, rater)) STRICT;
    CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON judgements
        BEGIN SELECT raise(ABORT, 'judgements are appended, never changed'); END;
    CREATE TRIGGER IF NOT EXISTS never_deleted BEFORE DELETE ON judgements
        BEGIN SELECT raise(ABORT, 'judgements are appended, never deleted'); END;
    CREATE TABLE IF NOT EXISTS asked (
        query_text TEXT NOT NULL, product_id TEXT NOT NULL, rater TEXT NOT NULL, at_us INTEGER NOT NULL,
        PRIMARY KEY (query_text, product_id, rater)) STRICT;"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's grade of one product for one query, from 0 (has nothing to do with it) up."""

    query_text: str
    product_id: str
    rater: str
    grade: int | None  # None: the rater could not say, and is not asked again
    at_us: int  # our clock, UTC


class JudgementLog:
    """The judgements of a shop in one SQLite file; several processes may write to it."""

    def __init__(self, path: Path) -> None:
        self._db = connect(path, _SCHEMA, version=1, durability="FULL")
        self._lock = threading.Lock()

    def append(self, judgements: Iterable[Judgement]) -> int:
        """Write judgements down, all or none; on the disk when this returns how many they were.

        Raises:
            Conflict: a rater has judged one of these pairs before.
        """
        rows = [(j.query_text, j.product_id, j.rater, j.grade, j.at_us) for j in judgements]
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(
                    "INSERT INTO judgements (query_text, product_id, rater, grade, at_us) VALUES (?, ?, ?, ?, ?)",
                    rows,
                )
                self._db.execute("COMMIT")
            except sqlite3.IntegrityError as why:
                self._db.execute("ROLLBACK")
                raise Conflict(
                    "this rater has judged one of these pairs before; the first judgement stays",
                    fix="send each pair once for each rater",
                ) from why
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return len(rows)

    def ask(self, pairs: Iterable[tuple[str, str]], rater: str, at_us: int) -> None:
        """Note that a rater is looking at these pairs, so that others are asked other things."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR REPLACE INTO asked (query_text, product_id, rater, at_us) VALUES (?, ?, ?, ?)",
                [(q, p, rater, at_us) for q, p in pairs],
            )
            self._db.execute("COMMIT")

    def asked_since(self, at_us: int) -> set[tuple[str, str, str]]:
        """(query_text, product_id, rater) handed out since then, answered or not."""
        with self._lock:
            return set(
                self._db.execute(
                    "SELECT query_text, product_id, rater FROM asked WHERE at_us >= ?", (at_us,)
                )
            )

    def table(self) -> pa.Table:
        """All of :data:`JUDGEMENTS`, in the order they came."""
        with self._lock:
            rows = self._db.execute(
                "SELECT query_text, product_id, rater, grade, at_us FROM judgements ORDER BY seq"
            ).fetchall()
        return pa.table(
            {f.name: [row[i] for row in rows] for i, f in enumerate(JUDGEMENTS)}, schema=JUDGEMENTS
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
