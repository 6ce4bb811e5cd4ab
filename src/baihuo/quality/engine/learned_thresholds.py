"""The promise of ``quality.yaml`` applied to what a run wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.engine import Tables
from baihuo.quality.promise.daily import DAY_US, STATISTICAL_STEPS, daily_statistics
from baihuo.quality.promise.limits import PromiseResult, judge_newest
from baihuo.quality.registry import ALL_STEPS
from baihuo.quality.rules import QualityRules

_HOLES = ("hole_in_log", "hole_in_slice")


def learned_thresholds(
    tables: Tables, rules: QualityRules, clean: Sequence[Path], work: Path
) -> PromiseResult:
    """The newest days against thresholds learned from the days before; empty where nothing is promised.

    Days that a hole touches are never learned from, nor are ``known_faults`` of the rules.

    Args:
        clean: the files of clean events.
        work: holds ``findings.parquet`` and ``quarantine_events.parquet``.
    """
    if not rules.promises:
        return PromiseResult()
    statistics = None
    findings = work / "findings.parquet"
    if clean and sum(pq.read_metadata(path).num_rows for path in clean):
        steps = {c.name: s for s in STATISTICAL_STEPS for c in ALL_STEPS[s].checks}
        statistics = daily_statistics(
            tables,
            events=list(clean),
            quarantined=work / "quarantine_events.parquet",
            findings=findings,
            steps=steps,
        )
    return judge_newest(statistics, rules, faulty_days=_days_with_holes(tables, findings))


def _days_with_holes(tables: Tables, findings: Path) -> set[int]:
    names = ", ".join(f"'{name}'" for name in _HOLES)
    rows = tables.sql(
        "SELECT detail ->> '$.from' AS from_at, detail ->> '$.until' AS until_at FROM findings "
        f'WHERE "check" IN ({names})',
        findings=findings,
    ).to_pylist()
    days: set[int] = set()
    for row in rows:
        first = _day(row["from_at"])
        last = _day(row["until_at"]) if row["until_at"] else first + 1
        days.update(range(first, last + 1))
    return days


def _day(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000) // DAY_US
