"""Online Retail II: two years of purchases, each week judged by the days before it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from baihuo.engine import DuckTables
from baihuo.quality import CHECKS, InputFiles, check_files, load_rules
from baihuo.quality.promise.daily import STATISTICAL_STEPS, daily_statistics
from suites.false_alarms.judges import Fixed, Promised, monthly_rate
from suites.shared.measure import emit

_EPOCH = date(1970, 1, 1)
# when the British shop is closed or nearly so: bank holidays, and the weeks around Christmas
_HOLIDAYS = (
    *(date(2009, 12, 22) + timedelta(days=d) for d in range(15)),
    *(date(2010, 4, 2) + timedelta(days=d) for d in range(4)),
    *(date(2010, 5, 3), date(2010, 5, 31), date(2010, 8, 30)),
    *(date(2010, 12, 22) + timedelta(days=d) for d in range(15)),
    *(date(2011, 4, 22) + timedelta(days=d) for d in range(11)),
    *(date(2011, 5, 30), date(2011, 8, 29)),
)
_WEEK = 7


def retail(data: Path, work: Path, *, rates: list[float]) -> None:
    """A line a way. Nobody knows which alarms are false: all are counted as such, so the rate is an upper one."""
    tables = DuckTables(threads=1)
    files = InputFiles(events=[data / "transactions.csv.gz"], file_format="online_retail")
    checked = work / "checked"
    check_files(tables, files, out=checked, rules=load_rules(None), mask=lambda text: text)
    of_log = daily_statistics(
        tables,
        events=checked / "events",
        quarantined=checked / "quarantine_events.parquet",
        findings=checked / "findings.parquet",
        steps={c.name: c.step for c in CHECKS if c.step in STATISTICAL_STEPS},
    )
    assert of_log is not None
    holidays = {(day - _EPOCH).days - of_log.first_day for day in _HOLIDAYS}
    usable = np.array([day not in holidays for day in range(len(of_log))])
    first = 200  # by then the smallest of the promises can hold
    judged = [day for day in range(first, len(of_log)) if usable[day]]
    ways = {f"promised {rate:g}": Promised(of_log, usable, rate) for rate in rates}
    for way, judging in {**ways, "fixed": Fixed(of_log, usable)}.items():
        alarms = {day: judging.is_alarm(day) for day in judged}
        weeks: dict[int, int] = {}
        for day, is_alarm in alarms.items():
            weeks[day // _WEEK] = weeks.get(day // _WEEK, 0) + is_alarm
        asked = float(way.split()[1]) if way != "fixed" else None
        rate = monthly_rate(weeks.values(), days_each=_WEEK)
        days = [_EPOCH + timedelta(days=of_log.first_day + d) for d, a in alarms.items() if a]
        emit(
            data="online_retail",
            way=way,
            promised=asked,
            **rate,
            is_met=None if asked is None else rate["upper_95"] <= asked,
            n_weeks=len(weeks),
            days=[day.isoformat() for day in days][:40],
        )
