"""The file of served pages: its tables, what is written to them, and what is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baihuo.core import Served, open_sqlite
from baihuo.engine import sql_file
from baihuo.events.compact import PageSource, bytes_to_page, page_to_bytes, served_of_v1
from baihuo.events.served_segment import SealedPages

VERSION = 2
_SCHEMA = sql_file(__file__, "served")
_INSERT = (
    "INSERT INTO pages (query_id, page, at_us, source, body) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (query_id, page) DO NOTHING"
)
_SEALED_TO = "SELECT coalesce(max(last_seq), 0) FROM segments"


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as written. Bytes, not objects: with thousands of pages of objects every garbage
    collection would walk over millions of them, in the middle of a request."""

    query_id: str
    page: int
    at_us: int
    source: PageSource
    body: bytes

    @classmethod
    def of(cls, served: Served) -> PageRow:
        page, source = served.page, PageSource.of(served)
        return cls(page.query_id, page.page, served.served_at_us, source, page_to_bytes(served))


def open_served(path: Path) -> sqlite3.Connection:
    """Open the file, or create it. A file of version 1 stays readable."""
    return open_sqlite(
        path,
        _SCHEMA(),
        version=VERSION,
        durability="NORMAL",
        shrinks=True,
    )


class PageWriter:
    """Writes pages in the caller's transaction; known pages are not written again."""

    def __init__(self) -> None:
        self._ids: dict[PageSource, int] = {}  # of sources that are committed: they stay

    def __call__(self, connection: sqlite3.Connection, rows: Sequence[PageRow]) -> list[None]:
        new: dict[PageSource, int] = {}  # may be rolled back with the pages
        values = []
        for row in rows:
            source = self._ids.get(row.source) or new.get(row.source)
            if source is None:
                source = self._known(connection, row.source)
            if source is None:
                source = new[row.source] = _add_source(connection, row.source)
            values.append((row.query_id, row.page, row.at_us, source, row.body))
        if connection.execute("SELECT 1 FROM pages LIMIT 1").fetchone() is None:
            _insert_first(connection, values.pop(0))
        connection.executemany(_INSERT, values)  # SQLite numbers on from the greatest
        return [None] * len(rows)

    def _known(self, connection: sqlite3.Connection, source: PageSource) -> int | None:
        found = connection.execute(
            "SELECT id FROM sources WHERE text = ?", (source.to_text(),)
        ).fetchone()
        if found is None:
            return None
        self._ids[source] = int(found[0])
        return self._ids[source]


def _insert_first(connection: sqlite3.Connection, values: tuple[object, ...]) -> None:
    """Insert into an empty table with a number above those of sealed pages; a lower one would be hidden."""
    connection.execute(_INSERT, values)
    connection.execute("UPDATE pages SET seq = (SELECT n + 1 FROM counts WHERE name = 'last_seq')")


def read_pages(
    connection: sqlite3.Connection, after_seq: int, limit: int
) -> list[tuple[int, Served]]:
    """Yield the unsealed pages numbered above ``after_seq``, in order."""
    first = connection.execute(
        "SELECT seq, body, names.names, features FROM served JOIN names ON names.id = served.names"
        " WHERE seq > ? ORDER BY seq LIMIT ?",
        (after_seq, limit),
    ).fetchall()
    pages = [(seq, served_of_v1(body, names, values)) for seq, body, names, values in first]
    rows = connection.execute(
        "SELECT seq, body, text FROM pages JOIN sources ON sources.id = source"
        " WHERE seq > ? ORDER BY seq LIMIT ?",
        (after_seq, limit - len(pages)),
    ).fetchall()
    sources = {text: PageSource.from_text(text) for _, _, text in rows}
    return pages + [(seq, bytes_to_page(body, sources[text])) for seq, body, text in rows]


def find_page(connection: sqlite3.Connection, query_id: str) -> Served | None:
    """Return the first page of a query, without features, if it is not sealed."""
    row = connection.execute(
        "SELECT body, text FROM pages JOIN sources ON sources.id = source"
        " WHERE query_id = ? ORDER BY page LIMIT 1",
        (query_id,),
    ).fetchone()
    if row is not None:
        return bytes_to_page(row[0], PageSource.from_text(row[1]), with_features=False)
    row = connection.execute(
        "SELECT body, names.names, features FROM served JOIN names ON names.id = served.names"
        " WHERE query_id = ? ORDER BY page LIMIT 1",
        (query_id,),
    ).fetchone()
    return None if row is None else served_of_v1(*row)


def segments_of(connection: sqlite3.Connection, folder: Path) -> list[SealedPages]:
    """List the sealed segments, oldest first; paths start at ``folder``, because a shop may be moved."""
    rows = connection.execute(
        "SELECT first_seq, last_seq, n_pages, first_at_us, last_at_us, file, sha256 FROM segments"
        " ORDER BY first_seq"
    ).fetchall()
    return [
        SealedPages(first, last, n_pages, first_at, last_at, folder / file, sha256)
        for first, last, n_pages, first_at, last_at, file, sha256 in rows
    ]


def sealed_to(connection: sqlite3.Connection) -> int:
    """Return the number of the newest sealed page, or 0."""
    return int(connection.execute(_SEALED_TO).fetchone()[0])


def nth_newest(connection: sqlite3.Connection, n: int, *, above: int) -> tuple[int | None, int]:
    """Return the number of the page that has ``n`` newer ones, and the number of pages, among unsealed ones above a number."""
    n_pages = 0
    for table in ("pages", "served"):
        row = connection.execute(
            f"SELECT seq FROM {table} WHERE seq > ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
            (above, n - n_pages),
        ).fetchone()
        if row is not None:
            return int(row[0]), n
        n_pages += connection.execute(
            f"SELECT count(*) FROM {table} INDEXED BY sqlite_autoindex_{table}_1 WHERE +seq > ?",
            (above,),
        ).fetchone()[0]
    return None, n_pages


def _add_source(connection: sqlite3.Connection, source: PageSource) -> int:
    return int(
        connection.execute(
            "INSERT INTO sources (text) VALUES (?) RETURNING id", (source.to_text(),)
        ).fetchone()[0]
    )
