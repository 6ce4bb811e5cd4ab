"""The log of served pages, with the feature values they were ranked by."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from baihuo.core import Page, Query, Served, open_sqlite, readable_rows
from baihuo.engine import written_whole
from baihuo.events.group_commit import GroupCommit
from baihuo.events.pages import features_of, page_of, query_of, served_to_body
from baihuo.events.served_table import SERVED, pages_to_table

_SCHEMA = """
CREATE TABLE IF NOT EXISTS served (
    seq INTEGER PRIMARY KEY, query_id TEXT NOT NULL, page INTEGER NOT NULL,
    body BLOB NOT NULL, names INTEGER NOT NULL, features BLOB NOT NULL, UNIQUE (query_id, page)
);
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
"""

_RECENT = 256  # pages kept in memory, so that a reader need not wait milliseconds for the commit


@dataclass(frozen=True, slots=True)
class _Row:
    """A page as written. Bytes, not objects: with thousands of pages of objects every garbage
    collection would walk over millions of them, in the middle of a request."""

    query_id: str
    page: int
    body: bytes
    feature_names: tuple[str, ...]
    features: bytes

    @staticmethod
    def of(served: Served) -> _Row:
        return _Row(
            served.page.query_id,
            served.page.page,
            served_to_body(served),
            served.feature_names,
            np.ascontiguousarray(served.features, dtype="<f4").tobytes(),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredPage:
    """What later pages need of the first: its query and its frozen order."""

    query: Query
    page: Page
    order: tuple[str, ...]  # product ids, best first
    served_at_us: int  # our clock, UTC


class ServedLog:
    """Pages by query id and page number, without facets and trace. Appending the same page again
    changes nothing.

    Pages are written in the background; a killed process loses the uncommitted ones (use :meth:`flush`
    to wait for the commit). Safe to use from any thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        writer = open_sqlite(path, _SCHEMA, version=1, durability="NORMAL")
        self._reader = open_sqlite(path, _SCHEMA, version=1, durability="NORMAL")
        self._reading = threading.Lock()
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_lock = threading.Lock()
        self._commits: GroupCommit[_Row, None] = GroupCommit(path, writer, _insert)
        self._last: Future[None] | None = None

    def append(self, served: Served) -> None:
        """Keep the page in memory and write it in the background."""
        row = _Row.of(served)
        if row.page == 1:
            with self._recent_lock:
                self._recent[row.query_id] = row.body
                if len(self._recent) > _RECENT:
                    self._recent.popitem(last=False)
        self._last = self._commits.submit(row)

    def flush(self) -> None:
        """Wait until everything appended by this process is committed."""
        if (last := self._last) is not None:
            last.result()

    def get(self, query_id: str) -> StoredPage | None:
        """The first page served under ``query_id``, by any process; None where there is none."""
        with self._recent_lock:
            recent = self._recent.get(query_id)
        if recent is not None:
            return _stored(recent)
        with self._reading:
            row = self._reader.execute(
                "SELECT body FROM served WHERE query_id = ? ORDER BY page LIMIT 1", (query_id,)
            ).fetchone()
        with readable_rows(self.path):
            return None if row is None else _stored(row[0])

    def since(self, after_seq: int, limit: int = 1_000) -> list[tuple[int, Served]]:
        """Pages with a number above ``after_seq``, in the order in which they were committed."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT seq, body, names.names, features FROM served JOIN names ON names.id = served.names"
                " WHERE seq > ? ORDER BY seq LIMIT ?",
                (after_seq, limit),
            ).fetchall()
        with readable_rows(self.path):
            return [(seq, _served(body, names, features)) for seq, body, names, features in rows]

    def batches(self, *, newest: int | None = None) -> Iterator[list[Served]]:
        """All pages, or the ``newest`` ones, oldest first, in batches."""
        after = 0
        if newest is not None:
            with self._reading:
                row = self._reader.execute(
                    "SELECT seq FROM served ORDER BY seq DESC LIMIT 1 OFFSET ?", (newest,)
                ).fetchone()
            after = 0 if row is None else row[0]
        while batch := self.since(after):
            yield [served for _, served in batch]
            after = batch[-1][0]

    def to_parquet(self, out: Path, *, newest: int | None = None) -> int:
        """Write every placed product of all pages (or of the ``newest`` ones) as a row of
        :data:`SERVED`; returns the number of rows."""
        n_rows = 0
        with (
            written_whole(out) as part,
            pq.ParquetWriter(part, SERVED, compression="zstd") as writer,
        ):
            for pages in self.batches(newest=newest):
                table = pages_to_table(pages)
                writer.write_table(table)
                n_rows += table.num_rows
        return n_rows

    def close(self) -> None:
        """Commit waiting pages and close the file."""
        self._commits.close()
        with self._reading:
            self._reader.close()


def _insert(connection: sqlite3.Connection, rows: Sequence[_Row]) -> list[None]:
    for row in rows:
        names = "\n".join(row.feature_names)
        known = connection.execute("SELECT id FROM names WHERE names = ?", (names,)).fetchone()
        if known is None:
            known = connection.execute(
                "INSERT INTO names (names) VALUES (?) RETURNING id", (names,)
            ).fetchone()
        connection.execute(
            "INSERT INTO served (query_id, page, body, names, features) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (query_id, page) DO NOTHING",
            (row.query_id, row.page, row.body, known[0], row.features),
        )
    return [None] * len(rows)


def _stored(body: bytes) -> StoredPage:
    query, page, order, at_us = query_of(body), *page_of(body)
    return StoredPage(query=query, page=page, order=order, served_at_us=at_us)


def _served(body: bytes, names: str, features: bytes) -> Served:
    page, order, at_us = page_of(body)
    feature_names = tuple(names.split("\n")) if names else ()
    return Served(
        query=query_of(body),
        page=page,
        order=order,
        feature_names=feature_names,
        features=features_of(features, len(page.placed), len(feature_names)),
        served_at_us=at_us,
    )
