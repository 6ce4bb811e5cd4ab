"""Online Retail II: two years of purchases, each week judged by the days before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from baihuo.engine import DuckTables
from baihuo.quality import CHECKS, InputFiles, check_files, load_rules
from baihuo.quality.promise.conformal import DailyStatistics
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
_FAULTS = {
    "half a day lost": ("counts.", float(np.log(0.5))),
    "median price +65%": ("distributions.price", 0.5),
    "all prices times 100": ("distributions.price", float(np.log(100))),
    "quantities doubled": ("distributions.quantity", float(np.log(2))),
}


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
    makers: dict[str, Callable[[DailyStatistics], Promised | Fixed]] = {
        f"promised {rate:g}": partial(_promised, usable, rate) for rate in rates
    }
    makers["fixed"] = lambda of: Fixed(of, usable)
    for way, make in makers.items():
        judging = make(of_log)
        judged = [day for day in range(len(of_log)) if usable[day] and judging.holds(day)]
        if not judged:
            emit(data="online_retail", way=way, n_weeks=0, why="too few days for this promise")
            continue
        alarms = {day: judging.is_alarm(day) for day in judged}
        weeks: dict[int, int] = {}
        for day, is_alarm in alarms.items():
            weeks[day // _WEEK] = weeks.get(day // _WEEK, 0) + is_alarm
        asked = float(way.split()[1]) if way != "fixed" else None
        rate = monthly_rate(weeks.values(), days_each=_WEEK)
        days = [_EPOCH + timedelta(days=of_log.first_day + d) for d, a in alarms.items() if a]
        open_days = [day for day in judged if of_log.values[day, 0] > 0][::4]
        recall = {
            fault: float(
                np.mean([make(_moved(of_log, day, *moved)).is_alarm(day) for day in open_days])
            )
            for fault, moved in _FAULTS.items()
        }
        emit(
            data="online_retail",
            way=way,
            promised=asked,
            **rate,
            is_met=None if asked is None else rate["upper_95"] <= asked,
            n_weeks=len(weeks),
            n_days=len(judged),
            recall=recall,
            days=[day.isoformat() for day in days][:40],
        )


def _moved(of_log: DailyStatistics, day: int, group: str, by: float) -> DailyStatistics:
    """The same log with all statistics of a group moved on one day."""
    values = of_log.values.copy()
    values[day, [name.startswith(group) for name in of_log.names]] += by
    return replace(of_log, values=values)


def _promised(usable: np.ndarray, rate: float, of_log: DailyStatistics) -> Promised:
    return Promised(of_log, usable, rate)
