"""The log of events as a power cut leaves it: the end of its write-ahead log is missing or garbled."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from baihuo.core import Event, EventType, ShopPaths
from baihuo.events import EventLog

_N_EVENTS = 300


def stored_ids(shop: Path) -> list[str]:
    """Ids of all stored events, in order."""
    log = EventLog(ShopPaths(shop).log)
    try:
        ids: list[str] = []
        seq = 0
        while rows := log.tail(seq):
            ids += [event.event_id for _, event in rows]
            seq = rows[-1][0]
        return ids
    finally:
        log.close()


def torn_copies(shop: Path, dice: random.Random, *, n: int) -> Iterator[bool]:
    """``n`` damaged copies of the log; whether each opens with a clean prefix of what was written."""
    whole = stored_ids(shop)
    with tempfile.TemporaryDirectory(prefix="baihuo-torn-") as folder:
        source = Path(folder) / "source"
        _with_wal(ShopPaths(shop).log, source, whole)
        for i in range(n):
            copy = Path(folder) / f"{i}" / "events.sqlite"
            copy.parent.mkdir()
            for suffix in ("", "-wal"):
                shutil.copy(source / f"events.sqlite{suffix}", f"{copy}{suffix}")
            _damage(Path(f"{copy}-wal"), dice)
            yield _is_prefix(copy, whole)


def _with_wal(log: Path, folder: Path, whole: list[str]) -> None:
    """A copy of the log whose newest events are in the write-ahead log alone; ``whole`` gets them, too."""
    folder.mkdir()
    work = folder / "work.sqlite"
    with sqlite3.connect(log) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(log, work)
    reader = sqlite3.connect(work)  # while it reads, nothing is moved out of the write-ahead log
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    opened = EventLog(work)
    for i in range(_N_EVENTS):
        event_id = f"torn-{i}"
        opened.append(
            [
                Event(
                    event_id=event_id,
                    event_type=EventType.CLICK,
                    visitor_id="v",
                    product_id="p1",
                    occurred_at_us=1,
                    received_at_us=1,
                )
            ]
        )
        whole.append(event_id)
    for suffix in ("", "-wal"):
        shutil.copy(f"{work}{suffix}", folder / f"events.sqlite{suffix}")
    opened.close()
    reader.close()


def _damage(wal: Path, dice: random.Random) -> None:
    content = bytearray(wal.read_bytes())
    at = dice.randrange(32, len(content))
    if dice.random() < 0.5:
        del content[at:]
    else:  # the disk wrote something else from there on
        content[at:] = dice.randbytes(len(content) - at)
    wal.write_bytes(content)


def _is_prefix(log: Path, whole: list[str]) -> bool:
    opened = EventLog(log)
    try:
        rows = opened.tail(0, limit=len(whole) + 1)
        ids = [event.event_id for _, event in rows]
        is_gapless = [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
        before = len(whole) - _N_EVENTS  # were not in the write-ahead log
        return is_gapless and len(ids) >= before and ids == whole[: len(ids)]
    finally:
        opened.close()
