"""Erase visitors and expired pages from the log of served pages, sealed or not, down to the bytes."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.core import Query, transaction
from baihuo.engine import written_whole
from baihuo.events.erasing import opened, wipe
from baihuo.events.served import ServedLog
from baihuo.events.served_file import open_served, segments_of
from baihuo.events.served_sealing import sealing_lock, segment_of, sweep
from baihuo.events.served_segment import SealedPages, hash_of, page_writer


def queries_of_pages(log: Path) -> Iterator[tuple[int, Query, int]]:
    """The number, the query and the time of every served page."""
    if not log.exists():
        return
    served = ServedLog(log)
    try:
        after = 0
        while rows := served.since(after):
            yield from ((seq, page.query, page.served_at_us) for seq, page in rows)
            after = rows[-1][0]
    finally:
        served.close()


def forget_pages(
    log: Path, visitor_ids: Collection[str], note: Callable[[dict[str, Counter[str]]], None]
) -> None:
    """Remove visitors' pages from the log of served pages, live and sealed, down to the bytes.

    Writers of a running server are not stopped. If it is killed, the next call goes on.

    Args:
        note: called before pages are removed: path → visitor → pages.
    """
    found = {
        seq: query.visitor_id
        for seq, query, _ in queries_of_pages(log)
        if query.visitor_id in visitor_ids
    }
    if found:
        note({f"{log.parent.name}/{log.name}": Counter(found.values())})
    _delete(log, found)


def forget_old_pages(
    log: Path, before_us: int, note: Callable[[dict[str, Counter[str]]], None]
) -> int:
    """Remove pages served before a moment; return how many. Pages are read up to the first that is newer, as
    they were committed."""
    old = [
        seq for seq, _, _ in itertools.takewhile(lambda p: p[2] < before_us, queries_of_pages(log))
    ]
    if old:
        note({f"{log.parent.name}/{log.name}": Counter({"": len(old)})})
        _delete(log, old)
    return len(old)


def _delete(log: Path, seqs: Collection[int]) -> None:
    if log.exists():
        # Even if there are none: a killed call may have left a file.
        remove_pages(log, seqs)
        with opened(log) as connection:
            wipe(connection)


_BATCH = 250  # rows that one commit deletes


def remove_pages(path: Path, seqs: Collection[int]) -> None:
    """Remove pages by the numbers of :meth:`ServedLog.since`. Killed at any moment, it is complete when it is called again.

    A sealed file is replaced by one without them; readers of the old one can finish. Free space in the live file is overwritten.

    Args:
        path: The live file; a missing one is fine.
    """
    if not path.exists():
        return
    connection = open_served(path)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        with sealing_lock(path):
            connection.execute(  # a page with the number of a sealed one would be hidden
                "UPDATE counts SET n = max(n, (SELECT coalesce(max(seq), 0) FROM pages)) WHERE name = 'last_seq'"
            )
            for segment in segments_of(connection, path.parent):
                gone = [s for s in seqs if segment.first_seq <= s <= segment.last_seq]
                if gone:
                    _rewrite(connection, path, segment, gone)
            sweep(connection, path)
            rows = [(seq,) for seq in sorted(seqs)]
            for start in range(0, len(rows), _BATCH):
                with transaction(connection, path):
                    for table in ("pages", "served"):
                        connection.executemany(
                            f"DELETE FROM {table} WHERE seq = ?", rows[start : start + _BATCH]
                        )
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _rewrite(
    connection: sqlite3.Connection, path: Path, segment: SealedPages, gone: list[int]
) -> None:
    segment.verify()
    folder, missing = segment.file.parent, pa.array(gone, pa.int64())
    part = folder / f".rewritten-{segment.first_seq}"
    n_pages = 0
    with (
        written_whole(part) as out,
        pq.ParquetFile(segment.file) as old,
        page_writer(out) as writer,
    ):
        for group in range(old.num_row_groups):
            table = old.read_row_group(group)
            table = table.filter(pc.invert(pc.is_in(table["seq"], missing)))
            if table.num_rows:
                writer.write_table(table)
                n_pages += table.num_rows
    if n_pages:
        name = f"pages-{segment.first_seq}-{segment.last_seq}-{hash_of(part)[:12]}.parquet"
        file = part.rename(folder / name)
        new = segment_of(file)
    with transaction(connection, path):
        if n_pages:
            connection.execute(
                "UPDATE segments SET n_pages = ?, first_at_us = ?, last_at_us = ?, file = ?, sha256 = ?"
                " WHERE first_seq = ?",
                (
                    *(new.n_pages, new.first_at_us, new.last_at_us),
                    *(os.path.relpath(file, path.parent), new.sha256, segment.first_seq),
                ),
            )
        else:
            connection.execute("DELETE FROM segments WHERE first_seq = ?", (segment.first_seq,))
    part.unlink(missing_ok=True)
    segment.file.unlink(missing_ok=True)
