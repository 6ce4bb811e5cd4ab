"""Erase visitors from the live log, its segments and the judgements, down to the bytes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.core import ShopError, file_lock, transaction
from baihuo.engine import RowChoice, remove_rows

_BATCH = 5_000  # rows a commit: writers of a running server wait milliseconds
_BUSY_S = 60.0
_TRUNCATED_WITHIN_S = 30.0
Note = Callable[[dict[str, Counter[str]]], None]
"""Called before rows are removed: path relative to the shop → visitor → rows."""


def forget_events(
    log: Path, raw_events: Path, gone: RowChoice, note: Note, *, is_resumed: bool = True
) -> None:
    """Remove events from the sealed segments. The live log keeps an empty row for each, so that numbers have no gaps, and a keyed hash of
    its id, so that a retried send still changes nothing.

    The log must be sealed before. Writers of a running server are not stopped; the lock of sealing is held. If it is killed,
    the next call goes on.

    Args:
        is_resumed: a killed call may have left bytes of removed rows: rewrite the log in any case.
    """
    if not log.exists():
        return
    with (
        file_lock(log.with_suffix(".seal-lock"), work=f"{log.parent} is being sealed", wait=True),
        opened(log) as connection,
    ):
        for part in raw_events.glob(".live-*"):  # of a sealing that was killed
            part.unlink()
        for file in sorted(raw_events.glob("live-*.parquet")):
            counts = gone.counts(file)
            if not counts:
                continue
            note({f"{raw_events.parent.name}/{raw_events.name}/{file.name}": counts})
            rows = pq.read_table(file, columns=["line", "event_id", *gone.columns])
            rows = rows.filter(gone.rows(rows))
            _empty(connection, log, rows["line"].to_pylist(), rows["event_id"].to_pylist())
            remove_rows(file, gone.rows)
            is_resumed = True
        if is_resumed:
            wipe(connection)


def _empty(
    connection: sqlite3.Connection, path: Path, seqs: Sequence[int], event_ids: Sequence[str]
) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS erased_ids (hash BLOB PRIMARY KEY) WITHOUT ROWID"
    )
    connection.execute("CREATE TABLE IF NOT EXISTS erasure_key (key BLOB NOT NULL)")
    if not connection.execute("SELECT 1 FROM erasure_key").fetchone():
        connection.execute("INSERT INTO erasure_key VALUES (?)", (secrets.token_bytes(32),))
    key = erasure_key(connection)
    assert key is not None
    for start in range(0, len(seqs), _BATCH):
        part = slice(start, start + _BATCH)
        with transaction(connection, path):
            # a run that was killed may have emptied the row: then its id is in the segment alone
            connection.executemany(
                "INSERT OR IGNORE INTO erased_ids VALUES (?)",
                [(id_hash(key, event_id),) for event_id in event_ids[part]],
            )
            connection.executemany(
                "UPDATE events SET event_id = 'erased-' || lower(hex(randomblob(16))), body = x'' WHERE seq = ?",
                [(seq,) for seq in seqs[part]],
            )


def erasure_key(connection: sqlite3.Connection) -> bytes | None:
    """The key of the hashes of erased event ids; None if no event was ever erased from this log."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'erasure_key'").fetchone():
        return None
    row = connection.execute("SELECT key FROM erasure_key").fetchone()
    return None if row is None else bytes(row[0])


def id_hash(key: bytes, event_id: str) -> bytes:
    """The keyed hash of an event's id (HMAC-SHA256, 16 bytes)."""
    return hmac.new(key, event_id.encode(), hashlib.sha256).digest()[:16]


def known_erased(connection: sqlite3.Connection, event_ids: Iterable[str]) -> set[str]:
    """Return the ids of these events that were erased before; they count as known and are not written again."""
    key = erasure_key(connection)
    if key is None:
        return set()
    select = "SELECT 1 FROM erased_ids WHERE hash = ?"
    return {i for i in event_ids if connection.execute(select, (id_hash(key, i),)).fetchone()}


# --- judgements -----------------------------------------------------------------------------


def forget_judgements(
    log: Path, visitor_ids: Collection[str], texts: Collection[str], note: Note
) -> None:
    """Remove visitors' judgements, and those of searches that only they typed."""
    if not log.exists():
        return
    is_theirs = "rater IN (SELECT value FROM visitors) OR query_text IN (SELECT value FROM texts)"
    with opened(log) as connection:
        for name, values in (("visitors", visitor_ids), ("texts", texts)):
            connection.execute(f"CREATE TEMP TABLE {name} (value TEXT PRIMARY KEY)")
            connection.executemany(f"INSERT INTO {name} VALUES (?)", [(v,) for v in sorted(values)])
        _delete_judgements(connection, log, is_theirs, visitor_ids, note)


def forget_old_judgements(log: Path, before_us: int, note: Note) -> None:
    """Remove judgements made before a moment."""
    if log.exists():
        with opened(log) as connection:
            is_old = f"at_us < {before_us:d}"
            if connection.execute(f"SELECT 1 FROM judgements WHERE {is_old} LIMIT 1").fetchone():
                _delete_judgements(connection, log, is_old, (), note)


def _delete_judgements(
    connection: sqlite3.Connection,
    log: Path,
    is_gone: str,
    visitor_ids: Collection[str],
    note: Note,
) -> None:
    counts: Counter[str] = Counter()
    for rater, n in connection.execute(
        f"SELECT rater, count(*) FROM judgements WHERE {is_gone} GROUP BY rater"
    ):
        counts[rater if rater in visitor_ids else ""] += n
    if counts:
        note({f"{log.parent.name}/{log.name}": counts})
    with transaction(connection, log):
        trigger = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'never_deleted'"
        ).fetchone()
        connection.execute("DROP TRIGGER IF EXISTS never_deleted")
        for table in ("judgements", "asked"):
            connection.execute(f"DELETE FROM {table} WHERE {is_gone}")
        if trigger:
            connection.execute(trigger[0])
    wipe(connection)


# --- bytes ----------------------------------------------------------------------------------


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        yield connection
    finally:
        connection.close()


def wipe(connection: sqlite3.Connection) -> None:
    """Rewrite the file without free pages and empty its write-ahead log, so that no deleted byte remains in either.

    Raises:
        ShopError: a reader kept the write-ahead log for half a minute.
    """
    # in a file, not in memory: it is as large as the log; deleted rows are not in it
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("VACUUM")
    until = time.monotonic() + _TRUNCATED_WITHIN_S
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > until:
            raise ShopError(
                "a process reads a log without a pause, so its write-ahead log could not be emptied",
                fix="run this again, or while the server is stopped",
            )
        time.sleep(0.05)
