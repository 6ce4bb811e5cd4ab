"""Retraining on a schedule: one failure does not end it, and every run gets the window of its moment."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers.blocking import BlockingScheduler
from tests.waiting import wait_until

from baihuo import flow
from baihuo.core import GateClosed, ShopError
from baihuo.release import GateReport
from baihuo.settings import Shop


def test_runs_go_on_after_a_refusal_and_train_from_nothing_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    reported: list[GateReport | ShopError] = []

    def update_live(shop: Shop, **how: Any) -> GateReport:
        asked.append(how)
        if len(asked) == 1:
            raise GateClosed("refused: AUC", fix="train again")
        return GateReport(bundle_id=f"bundle{len(asked)}")

    schedulers: list[BlockingScheduler] = []

    class Kept(BlockingScheduler):  # type: ignore[misc]  # apscheduler has no types
        def __init__(self, **how: Any) -> None:
            super().__init__(**how)
            schedulers.append(self)

    monkeypatch.setattr(flow, "update_live", update_live)
    monkeypatch.setattr("apscheduler.schedulers.blocking.BlockingScheduler", Kept)
    schedule = threading.Thread(
        target=flow.update_on_schedule,
        args=(Shop(tmp_path),),
        kwargs={"every_hours": 0.3 / 3600, "report": reported.append, "is_fresh": True},
        daemon=True,
    )
    schedule.start()
    wait_until(lambda: len(reported) >= 3)
    schedulers[0].shutdown(wait=False)
    schedule.join(timeout=30)
    first, second, third = reported[:3]
    assert isinstance(first, GateClosed)
    assert isinstance(second, GateReport)
    assert isinstance(third, GateReport)
    assert second.bundle_id != third.bundle_id
    assert all(how["is_fresh"] for how in asked)
