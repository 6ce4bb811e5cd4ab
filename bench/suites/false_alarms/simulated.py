"""False alarms of clean months, and the share of planted faults that is found at that rate."""

from __future__ import annotations

from datetime import date

import numpy as np

from baihuo.quality.promise.conformal import DailyStatistics
from suites.false_alarms.judges import Fixed, Promised, monthly_rate
from suites.false_alarms.months import FAULTS, FIRST_DAY, make_shop, statistics, with_fault
from suites.shared.measure import emit

MONTH = 30


def simulated(*, seed: int, n_months: int, history_days: int, rates: list[float]) -> None:
    """A line a way and rate of false alarms, and one a fault."""
    rng = np.random.default_rng(seed)
    ways = [f"promised {rate:g}" for rate in rates] + ["fixed"]
    alarms: dict[str, list[int]] = {way: [] for way in ways}
    found = {way: dict.fromkeys(FAULTS, 0) for way in ways}
    n_days = 0
    for _ in range(n_months):
        shop = make_shop(rng, history_days + MONTH)
        holidays = {(d - date(1970, 1, 1)).days - FIRST_DAY for d in shop.holidays}
        usable = np.array([day not in holidays for day in range(history_days + MONTH)])
        of_shop = statistics(shop.table)
        judged = [d for d in range(history_days, history_days + MONTH) if usable[d]]
        n_days += len(judged)
        for way in ways:
            judging = _judge(way, of_shop, usable)
            alarms[way].append(sum(judging.is_alarm(day) for day in judged))
        day = int(rng.choice(judged))
        for fault in FAULTS:
            damaged = statistics(with_fault(shop.table, day, fault))
            for way in ways:
                found[way][fault] += _judge(way, damaged, usable).is_alarm(day)
    for way in ways:
        rate = monthly_rate(alarms[way], days_each=round(n_days / n_months))
        recall = {fault: n / n_months for fault, n in found[way].items()}
        asked = float(way.split()[1]) if way != "fixed" else None
        emit(
            data="simulated",
            way=way,
            promised=asked,
            **rate,
            is_met=None if asked is None else rate["upper_95"] <= asked,
            n_months=n_months,
            history_days=history_days,
            recall=recall,
            mean_recall=float(np.mean(list(recall.values()))),
        )


def _judge(way: str, of_shop: DailyStatistics, usable: np.ndarray) -> Promised | Fixed:
    if way == "fixed":
        return Fixed(of_shop, usable)
    return Promised(of_shop, usable, float(way.split()[1]))
