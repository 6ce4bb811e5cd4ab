"""Retraining on a schedule: one failure does not end it, and every run gets the window of its moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from baihuo import flow
from baihuo.core import GateClosed, ShopError
from baihuo.release import GateReport
from baihuo.release.swap import repeat
from baihuo.settings import Shop


def test_runs_go_on_after_a_refusal_and_train_from_nothing_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    reported: list[GateReport | ShopError] = []

    def update_live(shop: Shop, **how: Any) -> GateReport:
        asked.append(how)
        if len(asked) == 4:
            raise KeyboardInterrupt
        if len(asked) == 1:
            raise GateClosed("refused: AUC", fix="train again")
        return GateReport(bundle_id=f"bundle{len(asked)}")

    monkeypatch.setattr(flow, "update_live", update_live)
    with pytest.raises(KeyboardInterrupt):
        flow.update_on_schedule(
            Shop(tmp_path), every_hours=0.01 / 3600, report=reported.append, is_fresh=True
        )
    first, second, third = reported[:3]
    assert isinstance(first, GateClosed)
    assert isinstance(second, GateReport)
    assert isinstance(third, GateReport)
    assert second.bundle_id != third.bundle_id
    assert all(how["is_fresh"] for how in asked)


def test_runs_are_put_off_by_no_clock_that_was_set_and_missed_ones_are_merged() -> None:
    passed, runs = [0.0], []

    def job() -> None:
        runs.append(passed[0])
        passed[0] += 9_000 if len(runs) == 1 else 60  # the first takes two and a half hours
        if len(runs) == 4:
            raise KeyboardInterrupt

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    with pytest.raises(KeyboardInterrupt):
        repeat(job, every_hours=1, clock=lambda: passed[0], sleep=sleep)
    assert runs == [0, 9_000, 12_600, 16_200]
