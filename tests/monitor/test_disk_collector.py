"""Room and logs as Prometheus sees them."""

from __future__ import annotations

from pathlib import Path

from tests.events.served_pages import served

from baihuo.core import Event, EventType, ShopPaths
from baihuo.events import EventLog, ServedLog
from baihuo.monitor import DiskCollector, Metrics


def values(paths: ShopPaths) -> dict[str, float]:
    text = Metrics(disk=DiskCollector(paths, reserve_bytes=5)).exposed().decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_room_sizes_and_what_waits_are_gauges(tmp_path: Path) -> None:
    paths = ShopPaths(tmp_path)
    found = values(paths)  # nothing exists yet
    assert found["baihuo_disk_reserve_bytes"] == 5
    assert found['baihuo_disk_free_bytes{folder="1-raw"}'] > 0
    assert found['baihuo_file_bytes{file="log"}'] == 0
    log, pages = EventLog(paths.log), ServedLog(paths.served_log)
    log.append(
        [
            Event(
                event_id=f"e{i}",
                event_type=EventType.CLICK,
                visitor_id="v",
                occurred_at_us=1,
                received_at_us=3_000_000,
            )
            for i in range(7)
        ]
    )
    for i in range(5):
        pages.append(served(f"q{i}", at_us=2_000_000 + i))
    pages.flush()
    found = values(paths)
    assert found['baihuo_unsealed_rows{file="log"}'] == 7
    assert found['baihuo_unsealed_rows{file="served"}'] == 5
    assert found['baihuo_first_unsealed_timestamp_seconds{file="served"}'] == 2.0
    assert found['baihuo_first_unsealed_timestamp_seconds{file="log"}'] == 3.0
    day_us = 86_400_000_000
    pages.seal(now_us=day_us, keep_days=1)
    found = values(paths)
    assert found['baihuo_unsealed_rows{file="served"}'] == 1
    assert found['baihuo_file_bytes{file="served_sealed"}'] > 0
    for now_us in (3 * day_us, 4 * day_us):
        pages.seal(now_us=now_us, keep_days=1)
    assert values(paths)["baihuo_dropped_pages_total"] == 4
    log.close()
    pages.close()
