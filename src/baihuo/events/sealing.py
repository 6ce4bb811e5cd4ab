"""Events as bytes in a row of the live log, and how rows are sealed into a Parquet segment; safe to be killed at any moment."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import (
    EVENTS,
    TIMELY,
    BadInput,
    Conflict,
    Event,
    EventType,
    events_to_table,
    file_lock,
    table_to_events,
)
from baihuo.engine import written_whole

BATCH_ROWS = 20_000
_COLUMNS = EVENTS.append(pa.field(TIMELY, pa.bool_()))
EMPTIED_ROWS = 2_000  # in one commit: about 10 ms
_ONE_IN = 8  # rows: frees 87 to 96% of the pages that all would, for a fifth of the time


@dataclass(frozen=True, slots=True)
class Segment:
    """Events ``first_seq`` to ``last_seq`` (both inclusive), in one Parquet file."""

    first_seq: int
    last_seq: int
    file: Path


def seal_rows(connection: sqlite3.Connection, raw_events: Path, *, lock: Path) -> Path | None:
    """Seal rows in three atomic steps: write the file, register it, empty the rows.

    If it is killed after the first, the next call finds the complete file and registers it instead of
    writing the same rows again; if after the second, the next call empties the rest. Rows never change,
    so an existing file is as good as a new one.
    """
    log_folder = lock.parent
    with file_lock(lock, work=f"{log_folder} is being sealed", wait=True):
        _empty_sealed(connection)
        first = _sealed_to(connection) + 1
        last = int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])
        if last < first:
            return None
        file, last = _existing_segment(raw_events, first) or (None, last)
        if file is None:
            file = raw_events / f"live-{first}-{last}.parquet"
            _write(connection, file, first, last)
        relative = os.path.relpath(file, log_folder)  # the folder of a shop may be moved
        connection.execute("INSERT INTO segments VALUES (?, ?, ?)", (first, last, relative))
        _empty_sealed(connection)
        return file


def read_segment(file: Path, first: int, last: int) -> list[tuple[int, Event]]:
    """The events ``first`` to ``last`` of a segment, with their numbers."""
    table = pq.read_table(file, filters=[("line", ">=", first), ("line", "<=", last)])
    return list(zip(table["line"].to_pylist(), table_to_events(table), strict=True))


def sealed_events(
    connection: sqlite3.Connection, log_folder: Path, seqs: Collection[int]
) -> dict[int, Event]:
    """The events of these numbers that are in segments, by number."""
    found: dict[int, Event] = {}
    for first, last, file in connection.execute("SELECT first_seq, last_seq, file FROM segments"):
        if here := [seq for seq in seqs if first <= seq <= last]:
            table = pq.read_table(log_folder / file, filters=[("line", "in", here)])
            found |= zip(table["line"].to_pylist(), table_to_events(table), strict=True)
    return found


def _sealed_to(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(last_seq), 0) FROM segments").fetchone()[0])


def _existing_segment(raw_events: Path, first: int) -> tuple[Path, int] | None:
    found = sorted(raw_events.glob(f"live-{first}-*.parquet"))
    return (found[0], int(found[0].stem.rsplit("-", 1)[1])) if found else None


def _write(connection: sqlite3.Connection, file: Path, first: int, last: int) -> None:
    n_rows = 0
    with (
        written_whole(file) as part,
        pq.ParquetWriter(part, _COLUMNS, compression="zstd") as writer,
    ):
        for start in range(first, last + 1, BATCH_ROWS):
            rows = connection.execute(
                "SELECT seq, body FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq",
                (start, min(start + BATCH_ROWS - 1, last)),
            ).fetchall()
            table = events_to_table(body_to_event(body) for _, body in rows)
            lines = pa.array([seq for seq, _ in rows], pa.int64())
            table = table.set_column(table.schema.get_field_index("line"), "line", lines)
            timely = pa.array([is_timely(body) for _, body in rows], pa.bool_())
            writer.write_table(table.append_column(TIMELY, timely))
            n_rows += len(rows)
        if n_rows != last - first + 1:
            raise Conflict(
                f"the log has {n_rows} events between {first} and {last}, so some are missing",
                fix="restore the log from a backup; the Parquet segments sealed before are complete",
            )


def _empty_sealed(connection: sqlite3.Connection) -> None:
    """Empty sealed rows in small commits, so that writers wait milliseconds, not the whole clean-up."""
    sealed_to = _sealed_to(connection)
    row = connection.execute(
        "SELECT min(seq) FROM events WHERE body IS NOT NULL AND body <> x'' AND seq <= ?",
        (sealed_to,),
    ).fetchone()
    if row[0] is None:
        return
    for start in range(int(row[0]), sealed_to + 1, EMPTIED_ROWS):
        span = (start, min(start + EMPTIED_ROWS - 1, sealed_to))
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(
                "UPDATE events SET body = NULL WHERE seq BETWEEN ? AND ? AND body <> x''", span
            )
            _merge_pages(connection, span)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _merge_pages(connection: sqlite3.Connection, span: tuple[int, int]) -> None:
    """Free the pages that the bodies took. SQLite joins a nearly empty page with its neighbours when a row of it is deleted,
    not when one gets smaller: so a row here and there is deleted and comes back."""
    rows = connection.execute(
        "SELECT seq, event_id, body FROM events WHERE seq BETWEEN ? AND ? AND seq % ? = 0",
        (*span, _ONE_IN),
    ).fetchall()
    connection.executemany("DELETE FROM events WHERE seq = ?", [(seq,) for seq, _, _ in rows])
    connection.executemany("INSERT INTO events (seq, event_id, body) VALUES (?, ?, ?)", rows)


_NAMES = tuple(f.name for f in fields(Event))
MAX_ID = 256  # characters
_DIGEST_BYTES = 8


class Belief(StrEnum):
    """How far an event's sender is trusted. Stored as white space in front of the body, which older readers still parse as JSON."""

    ORDINARY = ""
    DOUBTED = " "  # it came in a burst
    VOUCHED = "\t"  # an order of the shop's own server
    # Decided already (``log.py``); not stored in the body:
    HELD_BACK = "\r"
    COUNTED = "\n"


_TIMELY = b"\n"  # behind the body; a belief is in front of it


def event_to_body(
    event: Event, belief: Belief = Belief.ORDINARY, *, is_timely: bool = False
) -> bytes:
    """The event as a compact JSON object; fields that are None are left out.

    Args:
        is_timely: The sender proved the event's time: by a key, or by a token issued to the shop's server.

    Raises:
        BadInput: a text is not valid Unicode (a lone surrogate), which no file can store.
    """
    values = {n: v for n in _NAMES if (v := getattr(event, n)) is not None}
    try:
        return belief.encode() + orjson.dumps(values) + (_TIMELY if is_timely else b"")
    except TypeError as error:
        raise BadInput(
            f"event {event.event_id!r} cannot be stored: {error}",
            fix="send text as valid Unicode and numbers within 64 bits",
        ) from error


def body_to_event(body: bytes) -> Event:
    """The inverse of :func:`event_to_body`."""
    values = orjson.loads(body)
    return Event(**{**values, "event_type": EventType(values["event_type"])})


def belief_of(body: bytes) -> Belief:
    """Return the belief stored with an event when it was received."""
    first = body[:1].decode("ascii", "replace")
    return Belief(first) if first.isspace() else Belief.ORDINARY


def is_timely(body: bytes) -> bool:
    """Return whether the sender proved the event's time."""
    return body.endswith(_TIMELY)


def distinct_id(event_id: str, *owner: str | None) -> str:
    """Return an event's id made unique for its owner: ``e-1~5f2c…``; clients of other owners may use the same id.

    Args:
        owner: Whose event it is, such as its visitor.
    """
    content = "\0".join((event_id, *(part or "" for part in owner)))
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
    return f"{event_id[: MAX_ID - 2 * _DIGEST_BYTES - 1]}~{digest.hexdigest()}"
