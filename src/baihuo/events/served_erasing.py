"""Visitors taken out of the log of served pages, live and sealed, and pages that are older than they are kept."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.core import LockHolder, Query, file_lock, transaction
from baihuo.engine import written_whole
from baihuo.events.erasing import opened, wipe
from baihuo.events.served import ServedLog
from baihuo.events.served_file import segments_of
from baihuo.events.served_sealing import SEALED_FOLDER
from baihuo.events.served_segment import GROUP_PAGES, SealedPages, hash_of, page_writer

_BATCH = 1_000  # pages a commit


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
    """Take the pages that were served to visitors out of the log of served pages, live and sealed, bytes and all.

    Writers of a running server are not stopped; the lock of sealing is held. If it is killed, the next call goes on.

    Args:
        note: told before pages go: place → visitor → pages.
    """
    if not log.exists():
        return
    with _locked(log), opened(log) as connection:
        _delete_litter(connection, log)
        found = {
            seq: query.visitor_id
            for seq, query, _ in queries_of_pages(log)
            if query.visitor_id in visitor_ids
        }
        if found:
            note({f"{log.parent.name}/{log.name}": Counter(found.values())})
        _delete(connection, log, sorted(found))


def _locked(log: Path) -> AbstractContextManager[LockHolder | None]:
    return file_lock(log.with_suffix(".seal-lock"), work=f"{log} is being sealed", wait=True)


def _delete(connection: sqlite3.Connection, log: Path, seqs: Sequence[int]) -> None:
    for segment in segments_of(connection, log.parent):
        if any(segment.first_seq <= seq <= segment.last_seq for seq in seqs):
            _rewrite(connection, log, segment, seqs)
    tables = [  # of pages; a file of version 1 has one
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE name IN ('pages', 'served')"
        )
    ]
    for start in range(0, len(seqs), _BATCH):
        with transaction(connection, log):
            for table in tables:
                connection.executemany(
                    f"DELETE FROM {table} WHERE seq = ?",
                    [(int(seq),) for seq in seqs[start : start + _BATCH]],
                )
    wipe(connection)


def _rewrite(
    connection: sqlite3.Connection, log: Path, segment: SealedPages, seqs: Sequence[int]
) -> None:
    """Write a sealed file without these pages, put it in the place of the old one, and delete that."""
    n_left = 0
    file = segment.file.with_name(f"erased-{os.urandom(8).hex()}.parquet")
    with (
        pq.ParquetFile(segment.file) as old,
        written_whole(file) as part,
        page_writer(part) as writer,
    ):
        for batch in old.iter_batches(batch_size=GROUP_PAGES):
            table = pa.Table.from_batches([batch])
            is_gone = pc.is_in(table["seq"], value_set=pa.array(seqs, pa.int64()))
            kept = table.filter(pc.invert(is_gone))
            n_left += kept.num_rows
            if kept.num_rows:
                writer.write_table(kept)
    with transaction(connection, log):
        connection.execute(
            "UPDATE segments SET n_pages = ?, file = ?, sha256 = ? WHERE first_seq = ?",
            (n_left, os.path.relpath(file, log.parent), hash_of(file), segment.first_seq),
        )
    segment.file.unlink(missing_ok=True)


def _delete_litter(connection: sqlite3.Connection, log: Path) -> None:
    """Delete sealed files that are not registered: by a call that was killed. Their pages are in others, or still live."""
    known = {segment.file for segment in segments_of(connection, log.parent)}
    for file in (log.parent / SEALED_FOLDER).glob("*.parquet"):
        if file not in known:
            file.unlink()
