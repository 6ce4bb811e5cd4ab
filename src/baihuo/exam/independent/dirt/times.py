"""Clocks that are off, and times that cannot be read."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from baihuo.exam.independent.kinds import READ, Bed, Kind, cell, kind
from baihuo.exam.independent.rows import Row
from baihuo.exam.independent.visits import DAY, HOUR, SECOND, START_US

FIXED = "repair quarantine withhold note"
FUTURE = "from_the_future received_before_it_occurred skewed_clock wrong_time_zone"
OLD = "too_old too_late frozen_time stuck_clock not_yet"
AT = "occurred_at_us"
MIN_VISITORS = 12


def shown(values: dict[str, Any]) -> bool:
    return values["event_type"] == "impression"


def swapped(rng: random.Random, at: int) -> Any:
    then = datetime.fromtimestamp(at / 1e6, tz=UTC)
    return then.replace(month=then.day, day=then.month).isoformat()


cell(
    "time_future_days",
    "a click of next week",
    AT,
    lambda rng, v: v + rng.randint(3, 40) * DAY,
    is_fit=shown,
    actions=FIXED,
    checks=FUTURE,
)
cell(
    "time_future_minutes",
    "a click of ten minutes from now",
    AT,
    lambda rng, v: v + rng.randint(9, 50) * 60 * SECOND,
    is_fit=shown,
    actions=FIXED,
    checks=FUTURE,
)
cell(
    "time_1970",
    "a clock that was never set",
    AT,
    lambda rng, v: rng.randint(0, 9 * HOUR),
    is_fit=shown,
    actions=FIXED,
    checks=f"{OLD} bad_time",
)
cell(
    "time_2000",
    "a clock that starts in 2000",
    AT,
    lambda rng, v: 946_684_800 * SECOND + rng.randint(0, 9 * HOUR),
    is_fit=shown,
    actions=FIXED,
    checks=OLD,
)
cell(
    "time_2099",
    "a year that is far away",
    AT,
    lambda rng, v: v + 74 * 365 * DAY,
    is_fit=shown,
    actions=FIXED,
    checks=f"{FUTURE} bad_time",
)
cell(
    "time_word",
    "a time in words",
    AT,
    lambda rng, v: rng.choice(["yesterday", "昨天下午", "soon", "noon"]),
    is_fit=shown,
    actions=FIXED,
    checks="bad_time",
)
cell(
    "time_null_word",
    "a word for null as the time",
    AT,
    lambda rng, v: rng.choice(["null", "N/A", "", None, "0000-00-00 00:00:00"]),
    is_fit=shown,
    actions=FIXED,
    checks="bad_time no_time",
)
cell(
    "time_no_such_day",
    "the thirty-first of a short month",
    AT,
    lambda rng, v: rng.choice(
        ["2025-02-30T10:11:12Z", "2025-04-31T08:00:00Z", "2025-13-01T00:00:00Z"]
    ),
    is_fit=shown,
    actions=FIXED,
    checks="bad_time",
)
cell(
    "time_seconds",
    "seconds where microseconds belong",
    AT,
    lambda rng, v: v // SECOND,
    is_fit=shown,
    actions=f"{READ} {FIXED}",
    checks=f"{OLD} bad_time",
)
cell(
    "time_day_month",
    "day and month the wrong way round",
    AT,
    swapped,
    is_fit=lambda v: shown(v) and datetime.fromtimestamp(v[AT] / 1e6, tz=UTC).day in range(5, 13),
    actions=FIXED,
    checks=f"{FUTURE} too_late",
    cases=30,
)
cell(
    "received_weeks_later",
    "an app that sent its events three weeks later",
    "received_at_us",
    lambda rng, v: v + rng.randint(21, 23) * DAY,
    is_fit=lambda v: shown(v) and v[AT] < START_US + 4 * DAY,
    actions=FIXED,
    checks="too_late",
)


@kind("received_before", "received half an hour before it happened", actions=FIXED, checks=FUTURE)
def received_before(bed: Bed, own: Kind) -> None:
    """One of the two times is wrong, and the row cannot say which. The documents trust the shop's clock."""
    for row in bed.take(own.table, own.cases, shown):
        row.values["received_at_us"] -= 30 * 60 * SECOND
        bed.case(own, [row], field=AT, clean=row.values["received_at_us"])


def by_visitor(bed: Bed, own: Kind, n: int, change: Callable[[list[Row]], None]) -> None:
    """All events of ``n`` visitors; each event is a case.

    A till stamps an order once: one late time of a visitor may be a clock or a queue, and nobody can tell.
    """
    n_times = 3 if bed.shop.is_real else 1

    def is_fit(rows: list[Row]) -> bool:
        return 14 <= len(rows) <= 60 and len({r.values[AT] for r in rows}) >= n_times

    for rows in bed.take_visitors(n, is_fit):
        clean = {r.key: r.values[AT] for r in rows}
        change(rows)
        for row in rows:
            if row.values[AT] != clean[row.key]:
                bed.case(own, [row], field=AT, clean=clean[row.key], related=tuple(clean))


def shift(us: int) -> Callable[[list[Row]], None]:
    def change(rows: list[Row]) -> None:
        for row in rows:
            row.values[AT] += us

    return change


@kind("clock_fast", "a device whose clock is 37 minutes fast", actions=FIXED, checks=FUTURE)
def clock_fast(bed: Bed, own: Kind) -> None:
    by_visitor(bed, own, 12, shift(37 * 60 * SECOND))


@kind(
    "clock_slow",
    "a device whose clock is 52 minutes slow",
    actions=FIXED,
    checks="skewed_clock wrong_time_zone too_late",
)
def clock_slow(bed: Bed, own: Kind) -> None:
    by_visitor(bed, own, 12, shift(-52 * 60 * SECOND))


@kind("zone_of_visitor", "local time sent as UTC by a phone", actions=FIXED, checks=FUTURE)
def zone_of_visitor(bed: Bed, own: Kind) -> None:
    by_visitor(bed, own, 12, shift(8 * HOUR))


@kind(
    "zone_twice",
    "a zone taken off twice",
    actions=FIXED,
    checks="skewed_clock wrong_time_zone too_late",
)
def zone_twice(bed: Bed, own: Kind) -> None:
    by_visitor(bed, own, 12, shift(-8 * HOUR))


@kind(
    "clock_stuck",
    "a device whose clock stands still",
    actions=FIXED,
    checks="stuck_clock frozen_time too_late",
)
def clock_stuck(bed: Bed, own: Kind) -> None:
    def stop(rows: list[Row]) -> None:
        for row in rows:
            row.values[AT] = rows[0].values[AT]

    by_visitor(bed, own, 8, stop)


@kind(
    "zone_of_release",
    "a release of the app that sends local time",
    actions=FIXED,
    checks=FUTURE,
    group="clock",
    cases=200,
)
def zone_of_release(bed: Bed, own: Kind) -> None:
    day = bed.start_us + bed.rng.randint(6, 20) * DAY
    for row in bed.shop.events:
        values = row.values
        is_in = values.get("platform") == "ios" and day <= bed.arrived(row) < day + 3 * DAY
        if is_in and row.key not in bed.taken:
            bed.mark([row])
            clean = values[AT]
            values[AT] = clean + 8 * HOUR
            bed.case(own, [row], field=AT, clean=clean)


@kind(
    "export_one_instant",
    "an export that gives everything one instant",
    actions=FIXED,
    checks=f"frozen_time stuck_clock {FUTURE} too_late",
    group="clock",
    cases=150,
)
def export_one_instant(bed: Bed, own: Kind) -> None:
    day = bed.start_us + bed.rng.randint(6, 20) * DAY
    instant = day + 12 * HOUR
    rows = [
        r for r in bed.shop.events if day <= bed.arrived(r) < day + DAY and not bed.has_dirt([r])
    ]
    if bed.shop.is_real and len({r.values.get("visitor_id") for r in rows}) < MIN_VISITORS:
        return  # three orders of a day in one minute are no sign of anything
    bed.mark(rows)
    near = tuple(r.key for r in rows if abs(instant - r.values[AT]) <= 60 * SECOND)  # hardly wrong
    for row in rows:
        clean = row.values[AT]
        row.values[AT] = instant
        if row.key not in near:
            bed.case(own, [row], field=AT, clean=clean, related=near)


@kind(
    "click_before_shown",
    "a click before the thing was on the screen",
    actions=FIXED,
    checks="click_before_impression skewed_clock",
)
def click_before_shown(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, lambda v: v["event_type"] == "click"):
        clean = row.values[AT]
        row.values[AT] = clean - 15 * 60 * SECOND
        row.values["received_at_us"] -= 15 * 60 * SECOND
        bed.case(own, [row], field=AT, clean=clean)
