"""Looking at the logs must not leave a trace: status runs beside a server, on a disk that may be full."""

from __future__ import annotations

from pathlib import Path

from baihuo.core import Event, EventType
from baihuo.events import EventLog, LogState, ServedState, peek_log, peek_served


def _event(n: int) -> Event:
    return Event(
        event_id=f"e{n}",
        event_type=EventType.CLICK,
        visitor_id="v",
        occurred_at_us=n,
        received_at_us=100 + n,
    )


def test_what_waits_to_be_sealed_is_counted_with_and_without_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    assert peek_log(path) == LogState()
    log = EventLog(path)
    log.append([_event(n) for n in range(3)])
    log.seal(tmp_path / "events")
    log.append([_event(n) for n in range(3, 8)])
    expected = LogState(n_events=8, n_waiting=5, first_waiting_at_us=103, newest_at_us=107)
    assert peek_log(path) == expected  # while somebody writes
    log.close()
    assert peek_log(path) == expected


def test_looking_leaves_no_file_behind(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite")
    log.append([_event(1)])
    log.close()
    (tmp_path / "empty.sqlite").touch()
    before = {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.iterdir()}
    assert peek_log(tmp_path / "log.sqlite").n_events == 1
    assert peek_log(tmp_path / "empty.sqlite") == LogState()
    assert peek_served(tmp_path / "none.sqlite") == ServedState()
    assert {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.iterdir()} == before
