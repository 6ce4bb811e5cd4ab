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
_DAY_US = 86_400_000_000
_FAULTS = {
    "half a day lost": "SELECT * FROM marked WHERE NOT (is_damaged AND received_at_us % {day_us} >= {noon_us})",
    "every second row lost": "SELECT * FROM marked WHERE NOT (is_damaged AND line % 2 = 0)",
    "prices +65%": "SELECT * REPLACE (CASE WHEN is_damaged THEN CAST(price_minor * 1.65 AS BIGINT) ELSE price_minor END AS price_minor) FROM marked",
    "all prices times 100": "SELECT * REPLACE (CASE WHEN is_damaged THEN price_minor * 100 ELSE price_minor END AS price_minor) FROM marked",
    "quantities doubled": "SELECT * REPLACE (CASE WHEN is_damaged THEN quantity * 2 ELSE quantity END AS quantity) FROM marked",
}
"""What is done to the rows of a damaged day; ``noon_us`` is when half of the shop's rows of a day are in."""


def retail(data: Path, work: Path, *, rates: list[float]) -> None:
    """A line a way. Nobody knows which alarms are false: all are counted as such, so the rate is an upper one."""
    tables = DuckTables(threads=1)
    files = InputFiles(events=[data / "transactions.csv.gz"], file_format="online_retail")
    checked = work / "checked"
    check_files(tables, files, out=checked, rules=load_rules(None), mask=lambda text: text)
    of_log = _statistics(tables, checked, checked / "events")
    holidays = {(day - _EPOCH).days - of_log.first_day for day in _HOLIDAYS}
    usable = np.array([day not in holidays for day in range(len(of_log))])
    open_days = [day for day in range(len(of_log)) if usable[day] and of_log.values[day, 0] > 0][
        ::4
    ]
    damaged = {
        fault: _damaged(tables, checked, of_log, open_days, select)
        for fault, select in _FAULTS.items()
    }
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
        recall = {
            fault: float(
                np.mean(
                    [
                        make(_with_day(of_log, of_fault, day)).is_alarm(day)
                        for day in open_days
                        if day in alarms
                    ]
                )
            )
            for fault, of_fault in damaged.items()
        }
        emit(
            data="online_retail",
            way=way,
            promised=asked,
            **rate,
            is_met=None if asked is None else rate["upper_95"] <= asked,
            n_weeks=len(weeks),
            n_days=len(judged),
            **{f"recall, {fault}": found for fault, found in recall.items()},
            days=[day.isoformat() for day in days][:40],
        )


def _statistics(tables: DuckTables, checked: Path, events: Path) -> DailyStatistics:
    of_log = daily_statistics(
        tables,
        events=events,
        quarantined=checked / "quarantine_events.parquet",
        findings=checked / "findings.parquet",
        steps={c.name: c.step for c in CHECKS if c.step in STATISTICAL_STEPS},
    )
    assert of_log is not None
    return of_log


def _damaged(
    tables: DuckTables, checked: Path, of_log: DailyStatistics, days: list[int], select: str
) -> DailyStatistics:
    """The statistics of the log with some days damaged."""
    events, out = checked / "events", checked / "damaged.parquet"
    noon = f"SELECT median(received_at_us % {_DAY_US}) AS us FROM events"
    noon_us = int(tables.sql(noon, events=events)["us"][0].as_py())
    listed = ", ".join(str(of_log.first_day + day) for day in days)
    marked = f"SELECT *, received_at_us // {_DAY_US} IN ({listed}) AS is_damaged FROM events"
    done = select.format(day_us=_DAY_US, noon_us=noon_us)
    tables.sql(f"WITH marked AS ({marked}) {done}", out=out, events=events)
    return _statistics(tables, checked, out)


def _with_day(of_log: DailyStatistics, damaged: DailyStatistics, day: int) -> DailyStatistics:
    """The log with one day as it is in the damaged log."""
    values = of_log.values.copy()
    at = day + of_log.first_day - damaged.first_day
    for column, name in enumerate(of_log.names):
        if name in damaged.names:
            values[day, column] = damaged.values[at, damaged.names.index(name)]
    return replace(of_log, values=values)


def _promised(usable: np.ndarray, rate: float, of_log: DailyStatistics) -> Promised:
    return Promised(of_log, usable, rate)
