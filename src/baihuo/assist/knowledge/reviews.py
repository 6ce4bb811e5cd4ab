"""What shoppers wrote of products, in one SQLite file that a release makes anew from the checked events.

It names no visitor. Texts are masked, and are data: what a reader may see of them is decided where they are read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, Final

from baihuo.assist.knowledge.entries import language_of
from baihuo.assist.turns import Language
from baihuo.core import open_sqlite, transaction
from baihuo.engine import Tables, sql_file
from baihuo.privacy import redact

_REVIEWS = sql_file(__file__, "reviews")
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY, n INTEGER NOT NULL, n_rated INTEGER NOT NULL, rating_sum REAL NOT NULL, latest_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS texts (
    product_id TEXT NOT NULL, at INTEGER NOT NULL, rating REAL, language TEXT NOT NULL, text TEXT NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (product_id, at)
) WITHOUT ROWID;
"""
MOST_TEXTS: Final = 200  # of one product, the newest
MOST_CHARACTERS: Final = 300
"""A longer review is not quoted: cut, it might say the opposite."""
_MASK: Final = "⟨"  # who leaves a number or an address wants to be called, not quoted


@dataclass(frozen=True, slots=True)
class Review:
    """What one shopper wrote, masked."""

    rating: float | None  # from 1 to 5
    language: Language
    text: str
    at_us: int


@dataclass(frozen=True, slots=True)
class ProductReviews:
    """All reviews of a product: ``n`` of them, ``n_rated`` with stars, and the newest texts first."""

    n: int
    n_rated: int
    mean_rating: float | None  # from 1 to 5; None: none has stars
    latest_us: int
    texts: tuple[Review, ...]


class ReviewFile:
    """Reads the file. Several threads may use it."""

    def __init__(self, path: Path) -> None:
        self._database, self._lock = _open(path), Lock()

    def of_product(self, product_id: str) -> ProductReviews | None:
        """The reviews of one product; None where there is none."""
        with self._lock:
            found = self._database.execute(
                "SELECT n, n_rated, rating_sum, latest_us FROM products WHERE product_id = ?",
                (product_id,),
            ).fetchone()
            rows = self._database.execute(
                "SELECT rating, language, text, at_us FROM texts WHERE product_id = ? ORDER BY at",
                (product_id,),
            ).fetchall()
        if found is None:
            return None
        n, n_rated, rating_sum, latest_us = found
        mean = rating_sum / n_rated if n_rated else None
        return ProductReviews(n, n_rated, mean, latest_us, tuple(Review(*row) for row in rows))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def write_reviews(path: Path, tables: Tables, events: Path) -> int:
    """Put the reviews of the clean events in the place of all that the file has; returns how many there are.

    All or nothing: a reader sees the old ones or the new ones. Of several reviews that one visitor wrote of one product the latest
    counts. What is no longer there is gone from the file, its write-ahead log included.
    """
    rows = tables.sql(_REVIEWS(), events=events).to_pylist()
    database = _open(path)
    try:
        with transaction(database, path):
            database.execute("DELETE FROM products")
            database.execute("DELETE FROM texts")
            for product_id, group in groupby(rows, key=lambda r: r["product_id"]):
                of_one = list(group)
                ratings = [r["rating"] for r in of_one if r["rating"] is not None]
                latest = max(r["at_us"] for r in of_one)
                database.execute(
                    "INSERT INTO products VALUES (?, ?, ?, ?, ?)",
                    (product_id, len(of_one), len(ratings), sum(ratings), latest),
                )
                database.executemany(
                    "INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?)", _texts(product_id, of_one)
                )
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()
    return len(rows)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    database = open_sqlite(path, _SCHEMA, version=_VERSION, durability="NORMAL")
    path.chmod(0o600)
    return database


def _texts(product_id: str, rows: Iterable[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    at = 0
    for row in rows:
        text = " ".join(redact(row["text"] or "").text.split())
        is_whole = 0 < len(text) <= MOST_CHARACTERS and _MASK not in text
        if is_whole and at < MOST_TEXTS:
            yield (product_id, at, row["rating"], language_of(text), text, row["at_us"])
            at += 1
