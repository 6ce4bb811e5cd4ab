"""``baihuo seal``, as an operator runs it."""

from __future__ import annotations

import time
from pathlib import Path

from tests.events.served_pages import served
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import Event, EventType, ShopPaths
from baihuo.events import EventLog, ServedLog

DAY_US = 86_400_000_000


def run(shop: Path) -> str:
    done = CliRunner().invoke(app, ["seal", "--shop", str(shop)])
    assert done.exit_code == 0, done.output
    return done.output


def test_both_logs_are_sealed_and_what_is_past_its_days_goes_a_day_later(tmp_path: Path) -> None:
    paths, now_us = ShopPaths(tmp_path), time.time_ns() // 1_000
    assert (
        run(tmp_path)
        == "events: none waited\nserved pages: 0 sealed in 0 files, 0 dropped, 0.0 MB freed\n"
    )
    (tmp_path / "shop.yaml").write_text("privacy: {retention: {served_days: 30}}\n")
    log, pages = EventLog(paths.log), ServedLog(paths.served_log)
    click = Event(
        event_id="e1",
        event_type=EventType.CLICK,
        visitor_id="v",
        occurred_at_us=now_us,
        received_at_us=now_us,
    )
    log.append([click])
    for i in range(10):
        pages.append(served(f"q{i}", at_us=now_us - 40 * DAY_US + i))
    pages.append(served("today", at_us=now_us))
    pages.flush()
    said = run(tmp_path)
    assert "events: live-1-1.parquet" in said
    assert "served pages: 10 sealed in 1 files, 0 dropped" in said
    assert sum(map(len, pages.batches())) == 11  # noted, not dropped
    assert "0 sealed in 0 files, 0 dropped" in run(tmp_path)
    log.close()
    pages.close()


def test_days_that_make_no_sense_are_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("privacy:\n  retention:\n    served_days: 0\n")
    ServedLog(ShopPaths(tmp_path).served_log).close()
    done = CliRunner().invoke(app, ["seal", "--shop", str(tmp_path)])
    assert done.exit_code != 0
    assert "line 3: privacy.retention.served_days" in str(done.exception)
