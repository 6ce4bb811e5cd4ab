"""The newest days against learned thresholds, as limits of the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from baihuo.quality.counts import Limit
from baihuo.quality.promise.conformal import DailyStatistics, Floats, judge, residuals
from baihuo.quality.promise.settings import PromiseRules

JUDGED_DAYS = 7  # of the newest: a day stands in the reports of a week
_NAMED = 3  # statistics that an alarm names
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class PromiseResult:
    """What the newest days were judged to be."""

    limits: tuple[Limit, ...] = ()
    not_checked: tuple[
        str, ...
    ] = ()  # promises that cannot hold yet, and how many days are missing
    in_force: frozenset[str] = frozenset()  # statistics whose promise holds

    def watches(self, step: str) -> bool:
        """Whether a learned threshold stands in place of the step's ``warn_above``."""
        return f"dirt.{step}" in self.in_force


def judge_newest(
    statistics: DailyStatistics | None, rules: PromiseRules, *, faulty_days: Collection[int] = ()
) -> PromiseResult:
    """Judge the newest days by each promise.

    Args:
        faulty_days: days since 1970 with a known fault: never learned from.
    """
    if not rules.promises:
        return PromiseResult()
    limits: list[Limit] = []
    messages: list[str] = []
    in_force: set[str] = set()
    of_promise = _statistics_by_promise(statistics.names if statistics else (), rules.promises)
    for promise, columns in of_promise.items():
        rate = rules.promises[promise]
        if statistics is None or not columns:
            messages.append(
                f"false_alarms_per_month.{promise}: no complete day has such a statistic"
            )
            continue
        found, missing = _judge_promise(statistics, columns, promise, rate, rules, set(faulty_days))
        if missing:
            messages.append(
                f"false_alarms_per_month: {rate:g} a month ({promise}) cannot be promised yet: "
                f"{missing} more accepted {'day is' if missing == 1 else 'days are'} needed; until then the fixed thresholds hold"
            )
            continue
        in_force.update(statistics.names[column] for column in columns)
        limits += found
    return PromiseResult(tuple(limits), tuple(messages), frozenset(in_force))


def _statistics_by_promise(
    names: Collection[str], promises: Mapping[str, float]
) -> dict[str, list[int]]:
    """Each statistic belongs to the narrowest promise that names it: its own, its group's, or all."""
    found: dict[str, list[int]] = {promise: [] for promise in promises}
    for column, name in enumerate(names):
        for promise in (name, name.split(".")[0], "all"):
            if promise in found:
                found[promise].append(column)
                break
    return found


def usable_days(
    statistics: DailyStatistics, rules: PromiseRules, faulty: Collection[int]
) -> np.ndarray:
    """``[days]`` that may be learned from: no holiday, no known fault."""
    apart = {(d - _EPOCH).days for d in (*rules.holidays, *rules.known_faults)} | set(faulty)
    days = range(statistics.first_day, statistics.first_day + len(statistics))
    return np.array([day not in apart for day in days], bool)


def _judge_promise(
    statistics: DailyStatistics,
    columns: list[int],
    promise: str,
    rate: float,
    rules: PromiseRules,
    faulty: set[int],
) -> tuple[list[Limit], int]:
    """The limits of the newest days, and how many accepted days are missing for the newest."""
    usable = usable_days(statistics, rules, faulty)
    of_residuals = residuals(statistics, usable)[:, columns]
    spread = statistics.least_spread[:, columns]
    holidays = {(d - _EPOCH).days for d in rules.holidays}
    limits, missing = [], 0
    for day in range(max(0, len(statistics) - JUDGED_DAYS), len(statistics)):
        if statistics.first_day + day in holidays:
            continue
        verdict, units = judge(of_residuals, spread, usable, day, alarms_per_month=rate)
        missing = verdict.missing_days
        if verdict.is_alarm:
            names = [statistics.names[column] for column in columns]
            limits.append(_limit(statistics, day, promise, rate, verdict.p_value, names, units))
    if not limits and not missing:
        words = f"the newest {JUDGED_DAYS} days are as usual ({promise}); {rate:g} false alarms a month are promised"
        limits.append(Limit(f"false_alarms_per_month.{promise}", "events", 0, rate, "ok", words))
    return limits, missing


def _limit(
    statistics: DailyStatistics,
    day: int,
    promise: str,
    rate: float,
    p_value: float,
    names: list[str],
    units: Floats,
) -> Limit:
    worst = [n for n in np.argsort(-units)[:_NAMED].tolist() if units[n] >= 0.5 * units.max()]
    words = ", ".join(f"{names[n]} ({units[n]:.1f} times its usual spread)" for n in worst)
    on = _EPOCH + timedelta(days=statistics.first_day + day)
    message = (
        f"{on:%A} {on.isoformat()} is unlike the same weekdays before: {words}; so far from usual is "
        f"{p_value:.1%} of accepted days; {rate:g} false alarms a month are promised ({promise})"
    )
    name = f"false_alarms_per_month.{promise}"
    return Limit(name, "events", round(float(units.max()), 3), rate, "warn", message)
