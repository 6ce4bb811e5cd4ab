"""Move served pages from the live file to sealed ones, and drop expired ones; safe to be killed at any moment."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.core import Served, file_lock, transaction
from baihuo.engine import written_whole
from baihuo.events.served_file import read_pages, sealed_to
from baihuo.events.served_segment import (
    GROUP_PAGES,
    SealedPages,
    hash_of,
    page_writer,
    pages_to_sealed,
)
from baihuo.events.shrinking import shrink

SEALED_FOLDER = "sealed"
"""Folder next to the live file."""
MAX_PAGES = 200_000  # of a file
_BATCH = 250  # rows that one commit deletes: a few milliseconds
_PAUSE_S = 0.005  # between commits, so that waiting writers get their turn
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class SealedCounts:
    """What one call did."""

    n_sealed: int = 0  # pages
    n_dropped: int = 0  # expired pages
    n_files: int = 0  # written
    freed_bytes: int = 0  # of the live file


def seal_pages(
    connection: sqlite3.Connection,
    path: Path,
    *,
    now_us: int,
    older_than_s: float,
    at_least: int,
    keep_days: float | None,
) -> SealedCounts:
    """Seal, drop, shrink.

    A file is written, then registered, then its rows are deleted. Killed after the first, the next call registers the
    complete file; after the second, it deletes the rest. The newest page always stays.

    A file whose newest page expired is marked first and dropped at least a day later: a clock that jumps ahead for a moment loses nothing.

    Args:
        path: The live file.
        now_us: Our clock, UTC.
        older_than_s: Pages served longer ago are sealed.
        at_least: With fewer such pages none is sealed. Pages of version 1 always are.
        keep_days: Days after which a sealed page is dropped; None: never.
    """
    folder = path.parent / SEALED_FOLDER
    with sealing_lock(path):
        _delete_sealed(connection, path)
        sweep(connection, path)
        n_sealed = n_files = 0
        before_us = now_us - round(older_than_s * 1e6)
        up_to = _newest(connection)  # pages that arrive meanwhile wait for the next call
        while (span := _due(connection, before_us, at_least, up_to)) is not None:
            n_sealed += _seal(connection, path, folder, *span)
            n_files += 1
        n_dropped = 0 if keep_days is None else _drop(connection, path, now_us, keep_days)
        return SealedCounts(n_sealed, n_dropped, n_files, shrink(connection, path))


@contextmanager
def sealing_lock(path: Path) -> Iterator[None]:
    """The lock for writing, replacing or dropping sealed files."""
    with file_lock(path.with_suffix(".seal-lock"), work=f"{path} is being sealed", wait=True):
        yield


def sweep(connection: sqlite3.Connection, path: Path) -> None:
    """Delete files left by a killed process: replaced or dropped ones, which may contain erased data."""
    known = {file for (file,) in connection.execute("SELECT file FROM segments")}
    up_to = sealed_to(connection)
    for file in (path.parent / SEALED_FOLDER).glob("pages-*.parquet"):
        is_next = int(file.stem.split("-")[1]) > up_to  # complete, and not registered yet
        if os.path.relpath(file, path.parent) not in known and not is_next:
            file.unlink()


def _newest(connection: sqlite3.Connection) -> dict[str, int]:
    """The newest number, by table."""
    return {
        table: connection.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchone()[0]
        for table in ("served", "pages")
    }


def _due(
    connection: sqlite3.Connection, before_us: int, at_least: int, up_to: dict[str, int]
) -> tuple[int, int] | None:
    """The first and the last number of the next file."""
    after = sealed_to(connection)
    old = connection.execute(
        "SELECT min(seq), max(seq) FROM"
        " (SELECT seq FROM served WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?)",
        (after, up_to["served"], MAX_PAGES),
    ).fetchone()
    if old[0] is not None:
        return int(old[0]), int(old[1])
    first, newest = connection.execute(
        "SELECT min(seq), max(seq) FROM pages WHERE seq > ? AND seq <= ?", (after, up_to["pages"])
    ).fetchone()
    if first is None:
        return None
    last = min(_last_before(connection, first, newest, before_us), newest - 1)
    last = min(last, first + MAX_PAGES - 1)
    return (first, last) if last - first + 1 >= at_least else None


def _last_before(connection: sqlite3.Connection, first: int, last: int, before_us: int) -> int:
    """The number of the last page served before a time, by bisection: numbers grow with time."""
    low, high = first - 1, last
    while low < high:
        middle = (low + high + 1) // 2
        at_us = connection.execute(
            "SELECT at_us FROM pages WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)
        ).fetchone()[0]
        low, high = (middle, high) if at_us < before_us else (low, middle - 1)
    return low


def _seal(connection: sqlite3.Connection, path: Path, folder: Path, first: int, last: int) -> int:
    """Write one file, register it, delete its rows; returns the number of pages."""
    found = sorted(folder.glob(f"pages-{first}-*.parquet"))  # by a killed call
    file = found[0] if found else folder / f"pages-{first}-{last}.parquet"
    if not found:
        with written_whole(file) as part, page_writer(part) as writer:
            for pages in _groups(connection, first, last):
                writer.write_table(pages_to_sealed(pages))
    segment = segment_of(file)
    with transaction(connection, path):
        connection.execute(
            "INSERT INTO segments (first_seq, last_seq, n_pages, first_at_us, last_at_us, file, sha256)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                segment.first_seq,
                segment.last_seq,
                segment.n_pages,
                segment.first_at_us,
                segment.last_at_us,
                os.path.relpath(file, path.parent),  # the folder of a shop may be moved
                segment.sha256,
            ),
        )
        connection.execute(
            "UPDATE counts SET n = max(n, ?) WHERE name = 'last_seq'", (segment.last_seq,)
        )
    _delete_sealed(connection, path)
    return segment.n_pages


def _groups(
    connection: sqlite3.Connection, first: int, last: int
) -> Iterator[list[tuple[int, Served]]]:
    after = first - 1
    while pages := read_pages(connection, after, GROUP_PAGES):
        kept = [(seq, served) for seq, served in pages if seq <= last]
        if kept:
            yield kept
        if len(kept) < len(pages):
            return
        after = pages[-1][0]


def segment_of(file: Path) -> SealedPages:
    """Return the registration of a complete file; its name begins with its page numbers."""
    first, last = (int(part) for part in file.stem.split("-")[1:3])
    with pq.ParquetFile(file) as opened:
        served_at = opened.read(columns=["served_at_us"])["served_at_us"]
        n_pages = opened.metadata.num_rows
    bounds = pc.min_max(served_at).as_py()
    return SealedPages(first, last, n_pages, bounds["min"], bounds["max"], file, hash_of(file))


def _delete_sealed(connection: sqlite3.Connection, path: Path) -> None:
    """Delete the rows of sealed pages in small commits, so that writers wait milliseconds."""
    up_to = sealed_to(connection)
    for table in ("served", "pages"):
        n_deleted = _BATCH
        while n_deleted == _BATCH:
            with transaction(connection, path):
                n_deleted = connection.execute(
                    f"DELETE FROM {table} WHERE seq IN"
                    f" (SELECT seq FROM {table} WHERE seq <= ? ORDER BY seq LIMIT ?)",
                    (up_to, _BATCH),
                ).rowcount
            time.sleep(_PAUSE_S)


def _drop(connection: sqlite3.Connection, path: Path, now_us: int, keep_days: float) -> int:
    """Drop the files whose pages are all past their days; returns the number of pages."""
    oldest_us = now_us - round(keep_days * _DAY_US)
    with transaction(connection, path):
        connection.execute(  # the clock was set back: not due after all
            "UPDATE segments SET due_at_us = NULL WHERE last_at_us >= ? OR due_at_us > ?",
            (oldest_us, now_us),
        )
        connection.execute(
            "UPDATE segments SET due_at_us = ? WHERE last_at_us < ? AND due_at_us IS NULL",
            (now_us, oldest_us),
        )
        dropped = connection.execute(
            "SELECT file, n_pages FROM segments WHERE due_at_us <= ?", (now_us - _DAY_US,)
        ).fetchall()
        n_pages = sum(n for _, n in dropped)
        connection.execute("DELETE FROM segments WHERE due_at_us <= ?", (now_us - _DAY_US,))
        connection.execute("UPDATE counts SET n = n + ? WHERE name = 'dropped'", (n_pages,))
    # After the commit: a file without a row is only waste, a row without a file is a loss.
    for file, _ in dropped:
        (path.parent / file).unlink(missing_ok=True)
    return n_pages
