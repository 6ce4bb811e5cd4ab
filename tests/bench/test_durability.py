"""The benchmark's own judgement of torn logs: damage is found where there is some, and a clean prefix where there is one."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

from baihuo.core import Event, EventType, ShopPaths
from baihuo.events import EventLog
from suites.durability.torn import _is_prefix, stored_ids, torn_copies


def shop_with(tmp_path: Path, n: int) -> Path:
    log = EventLog(ShopPaths(tmp_path).log)
    log.append(
        [
            Event(
                event_id=f"e{i}",
                event_type=EventType.CLICK,
                visitor_id="v",
                occurred_at_us=1,
                received_at_us=1,
            )
            for i in range(n)
        ]
    )
    log.close()
    return tmp_path


def test_torn_logs_open_with_a_clean_prefix(tmp_path: Path) -> None:
    shop = shop_with(tmp_path, 20)
    assert all(torn_copies(shop, random.Random(3), n=6))
    assert len(stored_ids(shop)) == 20


def test_a_gap_or_a_lost_beginning_is_no_clean_prefix(tmp_path: Path) -> None:
    shop = shop_with(tmp_path / "shop", 20)
    whole = stored_ids(shop)
    copy = tmp_path / "copy.sqlite"
    shutil.copy(ShopPaths(shop).log, copy)
    assert _is_prefix(copy, [*whole, *["torn"] * 300])
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM events WHERE seq = 7")
    assert not _is_prefix(copy, [*whole, *["torn"] * 300])
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM events WHERE seq > 5")
    assert not _is_prefix(copy, [*whole, *["torn"] * 300])
