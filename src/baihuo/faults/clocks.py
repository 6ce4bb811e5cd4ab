"""Clocks that are wrong by one amount: a phone's, and local times that were sent as UTC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from baihuo.faults.dataset import DAY_US, HOUR_US, MINUTE_US, Dataset, Faults, Row

_ZONES_HALF_HOURS = (-20, -16, -10, -9, -7, 2, 4, 7, 11, 16, 18, 19, 24)  # -10 h … +12 h

FAULTS = Faults()


@FAULTS.add(
    "a phone on local time",
    "wrong_time_zone",
    needs="visitors with 25 events on one device, over twelve hours or more",
)
def _zones(dataset: Dataset, n: int) -> None:
    """Phones that send their local time: always, or since an update."""
    for rows in _regulars(dataset, max(1, n // 10)):
        shift_us = dataset.rng.choice(_ZONES_HALF_HOURS) * 30 * MINUTE_US
        rows.sort(key=lambda r: r["received_at_us"])
        since = dataset.rng.choice((0, 0, len(rows) // 3))
        if _span(rows[since:]) < 12 * HOUR_US:
            since = 0
        for row in rows[since:]:
            row["occurred_at_us"] += shift_us
            if dataset.is_clean(row):
                dataset.label(row, "wrong_time_zone")
            else:  # something depends on it: its clock is as wrong
                dataset.excuse(row, "wrong_time_zone")


def _regulars(dataset: Dataset, n: int) -> list[list[Row]]:
    """All rows of ``n`` visitors who came more than once, on clocks nobody has touched, with nothing planted yet."""
    by_visitor: dict[str, list[Row]] = defaultdict(list)
    spoilt = {r["visitor_id"] for _, r, _ in dataset.truth if "visitor_id" in r}
    for row in dataset.events:
        by_visitor[row["visitor_id"]].append(row)
        if not dataset.is_clean(row) and row["occurred_at_us"] > row["received_at_us"]:
            spoilt.add(row["visitor_id"])
    found = [
        rows
        for visitor, rows in sorted(by_visitor.items())
        if sum(map(dataset.is_clean, rows)) >= 25
        and visitor not in spoilt
        and _span(rows) >= 12 * HOUR_US
        and len({(r["platform"], r["device"]) for r in rows}) == 1
    ]
    return dataset.some(found, n)


def _span(rows: list[Row]) -> int:
    times = [r["received_at_us"] for r in rows]
    return max(times) - min(times)


@FAULTS.add(
    "a release on local time", "wrong_time_zone", needs="days with 100 events of one platform"
)
def _platform_days(dataset: Dataset, n: int) -> None:
    """A release of the app sends local times, for whole days, until somebody sees it."""
    by_day: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in dataset.events:
        by_day[row["platform"] or "", row["received_at_us"] // DAY_US].append(row)
    full = sorted(key for key, rows in by_day.items() if len(rows) >= 100)
    for key in dataset.some(full, max(1, n // 30)):
        shift_us = dataset.rng.choice(_ZONES_HALF_HOURS) * 30 * MINUTE_US
        rows = [r for r in by_day[key] if dataset.is_clean(r)]
        if len(rows) < 0.95 * len(by_day[key]):
            continue
        for row in rows:
            row["occurred_at_us"] += shift_us
            dataset.label(row, "wrong_time_zone")


def _skewed(amount_us: Callable[[Dataset], int]) -> Callable[[Dataset, int], None]:
    """Phones whose clock is wrong by this much, and a few seconds more or less as time goes."""

    def apply(dataset: Dataset, n: int) -> None:
        for rows in _regulars(dataset, max(1, n // 12)):
            skew_us, first_us = amount_us(dataset), min(r["received_at_us"] for r in rows)
            drift_us_a_day = dataset.rng.uniform(-1, 1) * 500_000
            for row in rows:
                days = (row["received_at_us"] - first_us) / DAY_US
                row["occurred_at_us"] += skew_us + round(drift_us_a_day * days)
                ahead_us = row["occurred_at_us"] - row["received_at_us"]
                looks_in_time = skew_us > 0 and ahead_us <= 2 * MINUTE_US  # it was sent so late
                if looks_in_time or not dataset.is_clean(row):
                    dataset.excuse(row, "skewed_clock")
                    dataset.reserve(row)
                else:
                    dataset.label(row, "skewed_clock", also=("wrong_time_zone",))

    return apply


def _off_the_half_hours(dataset: Dataset, low_minutes: int, high_minutes: int) -> int:
    """So many minutes that nobody would take it for a time zone."""
    while True:
        minutes = dataset.rng.randint(low_minutes, high_minutes)
        if 4 <= minutes % 30 <= 26:
            return minutes * MINUTE_US + dataset.rng.randint(0, MINUTE_US)


FAULTS.add(
    "a clock minutes ahead",
    "skewed_clock",
    needs="visitors with 25 events on one device, over twelve hours or more",
)(_skewed(lambda d: _off_the_half_hours(d, 4, 56)))


FAULTS.add(
    "a clock days ahead",
    "skewed_clock",
    needs="visitors with 25 events on one device, over twelve hours or more",
)(_skewed(lambda d: _off_the_half_hours(d, 65, 40_000)))


FAULTS.add(
    "a clock behind",
    "skewed_clock",
    needs="visitors with 25 events on one device, over twelve hours or more",
)(_skewed(lambda d: -_off_the_half_hours(d, 95, 40_000)))
