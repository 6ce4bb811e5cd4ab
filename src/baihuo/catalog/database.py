"""The tables of the catalogue's SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from baihuo.core import open_sqlite

# ``body`` is the last column: SQLite reads through all pages of a long value to reach the columns after it.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY, price_minor INTEGER, stock_units INTEGER, imported BLOB,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    version INTEGER PRIMARY KEY AUTOINCREMENT, product_id TEXT NOT NULL, kind TEXT NOT NULL,
    UNIQUE (product_id, kind)
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that fsyncs every commit.

    Raises:
        Conflict: a newer version of this software wrote the file.
    """
    return open_sqlite(path, _SCHEMA, version=1, durability="FULL")
