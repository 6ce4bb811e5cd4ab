"""Times and stays."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    AT,
    COPY,
    FIXED,
    again,
    groups,
    iso,
    of,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind
from baihuo.exam.independent.visits import DAY, HOUR, SECOND, START_US

cell(
    "dwell_seconds",
    "a stay in seconds where milliseconds belong",
    "dwell_ms",
    lambda rng, v: max(1, v // 1000),
    actions=FIXED,
)


cell(
    "dwell_microseconds",
    "a stay in microseconds where milliseconds belong",
    "dwell_ms",
    lambda rng, v: v * 1000,
    actions=FIXED,
)


cell(
    "time_half_day_lost",
    "a time of the afternoon that lost its PM",
    AT,
    lambda rng, v: v - 12 * HOUR,
    is_fit=lambda v: v["event_type"] == "impression" and v[AT] % DAY > 13 * HOUR,
    actions=FIXED,
)


cell(
    "time_buddhist_year",
    "a year of the Buddhist calendar",
    AT,
    lambda rng, v: iso(v).replace("2025-", "2568-", 1),
    is_fit=of("impression"),
    actions=FIXED,
)


cell(
    "time_int_overflow",
    "a time that did not fit into its number",
    AT,
    lambda rng, v: rng.choice([2_147_483_647, -2_147_483_648, (v // 1000) % 2**32 - 2**32]),
    is_fit=of("impression"),
    actions=FIXED,
)


@kind("time_float32", "times that a short float rounded to two minutes", actions=FIXED)
def time_float32(bed: Bed, own: Kind) -> None:
    step = 2**27
    for rows in bed.take_visitors(10, lambda rows: 14 <= len(rows) <= 60):
        clean = {r.key: r.values[AT] for r in rows}
        for row in rows:
            row.values[AT] = round(row.values[AT] / step) * step
            if abs(row.values[AT] - clean[row.key]) > 10 * SECOND:
                bed.case(own, [row], related=tuple(clean))


@kind("visit_replayed_next_day", "a whole visit again, exactly a day later", actions=COPY)
def visit_replayed_next_day(bed: Bed, own: Kind) -> None:
    fit = groups(
        bed,
        "session_id",
        lambda rows: 6 <= len(rows) <= 14 and rows[-1].values[AT] < START_US + 26 * DAY,
    )
    for rows in bed.choose(fit, 10):
        for row in rows:
            bed.case(
                own,
                [again(bed, row, DAY, session_id=row.values["session_id"] + "d"), row],
                related=tuple(r.key for r in rows),
            )
