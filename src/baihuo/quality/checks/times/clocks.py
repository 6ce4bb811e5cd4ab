"""Clocks that are wrong by the same amount again and again: a wrong time zone, a device's skew.

The offset of an event is the visitor's clock minus ours. It is about 0 where the event was sent at once, below 0 where
it was sent late, and cannot be above 0. A delay differs from event to event, the error of a clock does not, and an
error of whole half hours is a local time sent as UTC. Repaired events keep their order and their distances.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.finding_sql import finding_sql
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

_ZONE = Check(
    name="wrong_time_zone",
    step="times",
    on="events",
    action="repair",
    one_per=("clock",),
    field="occurred_at_us",
    why="many events of this visitor (or nearly all of this platform's day) are off from our clock by "
    "the same whole number of half hours: a local time was sent as UTC",
    fix="send UTC, or times with their zone (2026-03-01T12:00:00+08:00)",
    version="2",
)
_SKEW = Check(
    name="skewed_clock",
    step="times",
    on="events",
    action="repair",
    one_per=("clock",),
    field="occurred_at_us",
    why="many events of this visitor's device are off from our clock by the same amount, so the device's "
    "clock is wrong by that; the amount is taken off, their order and distances stay",
    fix="let the client measure its offset from the server's clock and send it along",
    version="2",
)
CHECKS = (_ZONE, _SKEW)
_CLAMP_US = (
    4_000_000_000_000_000_000  # times beyond it are clamped, so that no difference overflows
)
_MIN_REPORTED_ROWS = 100  # of a smaller log it is not reported that it has only one clock
_COLUMNS = ("visitor_id", "occurred_at_us", "received_at_us", "platform", "device")
_HALF_HOUR_US = 1_800_000_000
_PLATFORM_DAYS = sql_file(__file__, "platform_days")
_FAR_ROWS = sql_file(__file__, "far_rows")
_WRONG_CLOCKS = sql_file(__file__, "wrong_clocks")


def find(findings: FindingsStore, settings: TimesRules, context: CheckContext) -> CheckResult:
    """Rows of constant offsets: of a platform's day in an import, else of one visitor's device."""
    if findings.table == "products":
        return CheckResult()
    tables, values = findings.tables, _values(findings, settings)
    days, far, wrong = (
        findings.work / f"{name}.parquet" for name in ("platform_days", "far_rows", "wrong_clocks")
    )
    tables.sql(_PLATFORM_DAYS(**values), out=days, **findings.inputs())
    counts = tables.sql("SELECT sum(n) AS n, sum(n_differ) AS n_differ FROM days", days=days)
    if not counts["n_differ"][0].as_py():
        reason = "wrong_time_zone, skewed_clock: both times of every event are the same, so there is no second clock"
        is_reported = (counts["n"][0].as_py() or 0) >= _MIN_REPORTED_ROWS
        return CheckResult(not_checked=(reason,) if is_reported else ())
    tables.sql(_FAR_ROWS(**values), out=far, days=days, **findings.inputs())
    if n_rows(far) == 0:
        return CheckResult()
    tables.sql(_WRONG_CLOCKS(**values), out=wrong, far=far)
    new = "least(occurred_at_us - shift_us, received_at_us)"
    said = {"old": "CAST(occurred_at_us AS VARCHAR)", "clock": "clock", "events": "n"}
    zone = said | {"ahead_minutes": "divide(shift_us, 60000000)", "whose": "whose"}
    skew = said | {"ahead_seconds": "round(shift_us / 1e6, 1)"}
    return CheckResult(
        selects=[
            finding_sql("SELECT * FROM wrong WHERE is_zone", _ZONE, zone, new=new),
            finding_sql("SELECT * FROM wrong WHERE NOT is_zone", _SKEW, skew, new=new),
        ],
        inputs={"wrong": wrong},
    )


def _values(findings: FindingsStore, settings: TimesRules) -> dict[str, str | int | float]:
    """Values for the parameters of this module's statements."""
    jitter_us = int(settings.jitter_seconds * 1e6)
    ours, theirs = (
        f"greatest(least({c}, {_CLAMP_US}), -{_CLAMP_US})"
        for c in ("received_at_us", "occurred_at_us")
    )
    rows = f"(SELECT *, {theirs} - {ours} AS offset_us FROM {findings.rows(*_COLUMNS)})"
    # the zone, in half hours, in which the event would have to be sent to have come at once
    zone = f"CAST(ceil((offset_us - {jitter_us}) / {_HALF_HOUR_US}) AS BIGINT)"
    limit_us = int(settings.max_skew_days * 86_400e6)
    return {
        "rows": f"(SELECT *, {zone} AS zone FROM {rows} WHERE abs(offset_us) <= {limit_us})",
        "half_hour_us": _HALF_HOUR_US,
        "jitter_us": jitter_us,
        "group_rows": settings.group_rows,
        "min_events": settings.skew_events,
        "constant_share": settings.constant_share,
        "constant_us": int(settings.constant_hours * 3_600e6),
        "tolerance_us": int(settings.skew_seconds * 1e6),
        "min_behind_us": int(settings.min_behind_minutes * 60e6),
    }
