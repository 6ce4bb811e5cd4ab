"""Clocks that are wrong by the same amount again and again: a device's skew, a wrong time zone.

``d`` is the visitor's clock minus ours. Sent at once it is about 0, sent late it is below 0, and
above 0 it cannot be. A delay differs from event to event; a clock's error does not, and an error
of whole half hours is a local time that was written down as UTC. What is repaired keeps its order
and its distances, which taking our clock for it would not.
"""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="wrong_time_zone",
        step="times",
        on="events",
        action="repair",
        field="occurred_at_us",
        why="many events of this visitor (or of this whole import or platform) are off from our clock by "
        "the same whole number of half hours: a local time was sent as UTC",
        fix="send UTC, or times with their zone (2026-03-01T12:00:00+08:00)",
    ),
    Check(
        name="skewed_clock",
        step="times",
        on="events",
        action="repair",
        field="occurred_at_us",
        why="many events of this visitor's device are off from our clock by the same amount, so its "
        "clock is wrong by that; the amount is taken off, their order and distances stay",
        fix="let the client measure its offset from the server's clock and send it along",
    ),
)
_HALF_HOUR_US, _DAY_US = 1_800_000_000, 86_400_000_000
_FAR = 4_000_000_000_000_000_000  # times beyond it are clamped, so that no difference overflows
_ENOUGH_ROWS = 100  # a smaller log need not be told that it has only one clock


def find(ledger: FindingsStore, settings: TimesRules, given: CheckContext) -> CheckResult:
    """Rows of constant offsets: of an import's or platform's day, else of one visitor's device."""
    if ledger.table == "products":
        return CheckResult()
    of = settings
    words: dict[str, str | int | float] = {
        "half_us": _HALF_HOUR_US,
        "jitter_us": int(of.jitter_seconds * 1e6),
        "limit_us": int(of.max_skew_days * _DAY_US),
        "group_rows": of.group_rows,
        "events": of.skew_events,
        "share": of.constant_share,
        "tolerance_us": int(of.skew_seconds * 1e6),
        "constant_us": int(of.constant_hours * 3_600e6),
        "behind_us": int(of.min_behind_minutes * 60e6),
    }
    tables, work = ledger.tables, ledger.work
    rows = ledger.rows("visitor_id", "occurred_at_us", "received_at_us", "platform", "device")
    offsets, zones, odd = work / "offsets.parquet", work / "zones.parquet", work / "odd.parquet"
    shifts, crowded, capped = (work / f"{n}.parquet" for n in ("shifts", "crowded", "capped"))
    words["rows"] = (
        f"(SELECT *, {_K.format_map(words)} AS k FROM (SELECT *, {_D} AS d FROM {rows}))"
    )
    tables.sql(_OFFSETS.format_map(words), out=offsets, **ledger.inputs())
    seen = tables.sql(
        "SELECT sum(n) AS n, coalesce(sum(n_differ), 0) AS n_differ, "
        "coalesce(sum(n) FILTER (k <> 0), 0) AS n_odd FROM offsets",
        offsets=offsets,
    ).to_pylist()[0]
    if not seen["n_differ"]:
        why = "wrong_time_zone, skewed_clock: both times of every event are the same, so there is no second clock"
        return CheckResult(not_checked=(why,) if (seen["n"] or 0) >= _ENOUGH_ROWS else ())
    if seen["n_odd"] == 0:
        return CheckResult()
    tables.sql(_CROWDED.format_map(words), out=crowded, offsets=offsets)
    if n_rows(crowded):
        tables.sql(
            _CAPPED(**words),
            out=capped,
            offsets=offsets,
            crowded=crowded,
            **ledger.inputs(),
        )
    tables.sql(_GROUPS(**words), out=zones, offsets=capped if n_rows(crowded) else offsets)
    tables.sql(_ODD(**words), out=odd, zones=zones, **ledger.inputs())
    if n_rows(odd) == 0:
        return CheckResult()
    tables.sql(_SHIFTS(**words), out=shifts, odd=odd)
    return CheckResult(selects=[_FOUND()], inputs={"odd": odd, "shifts": shifts})


_D = f"greatest(least(occurred_at_us, {_FAR}), -{_FAR}) - greatest(least(received_at_us, {_FAR}), -{_FAR})"
# the zone, in half hours, that an event would have had to be sent in to have come at once
_K = "CAST(ceil((d - {jitter_us}) / {half_us}) AS BIGINT)"
_NEAR = "abs(d - k * {half_us}) <= {jitter_us}"

_OFFSETS = f"""
    SELECT import_id, coalesce(platform, '') AS platform, received_at_us // {_DAY_US} AS day, k,
           count(*) AS n, count(*) FILTER ({_NEAR}) AS n_near, count(*) FILTER (d <> 0) AS n_differ
    FROM {{rows}} WHERE abs(d) <= {{limit_us}} GROUP BY ALL"""

# Days on which it matters who sent the rows: a bot makes more of them than all shoppers of a platform
# together, and its clock says nothing of theirs. There nobody counts for more than ten rows.
_CROWDED = """
    SELECT import_id, platform, day FROM offsets GROUP BY ALL
    HAVING sum(CASE WHEN k <> 0 THEN n_near ELSE 0 END) >= 0.1 * sum(n)
       AND sum(CASE WHEN k <> 0 THEN n_near ELSE 0 END) < {share} * sum(n)"""
_CAPPED = sql_file(__file__, "capped_offsets").bind(day_us=_DAY_US, near=_NEAR)

# a platform's whole day in an import, or all its days, if nearly all of it is off by half hours
_GROUPS = sql_file(__file__, "group_zones")

_ODD = sql_file(__file__, "nonzero_offsets")

# One line a visitor's device and zone, or skew. A queue sent in one go has many delays at one time
# of ours; a clock that stands still has one time of its own: both spans must be alike. A constant
# delay could pass for a clock behind, so that one has to hold for longer than a visit. Some visits
# may have been sent up to half an hour late on top; where most were, the upper end tells the skew.
_SHIFTS = sql_file(__file__, "device_shifts").bind(near=_NEAR)

_NEW = "least(occurred_at_us - shift_us, received_at_us)"
_FOUND = sql_file(__file__, "shifted_clocks").bind(half_hour_us=_HALF_HOUR_US, new=_NEW)
