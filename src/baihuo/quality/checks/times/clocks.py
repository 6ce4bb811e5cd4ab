"""Clocks that are wrong by the same amount again and again: a device's skew, a wrong time zone.

The offset of an event is the visitor's clock minus ours. It is about 0 where the event was sent at once,
below 0 where it was sent late, and cannot be above 0. A delay differs from event to event, the error of a
clock does not, and an error of whole half hours is a local time sent as UTC. Repaired events keep their
order and their distances; with our clock instead they would not.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import sql_file
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="wrong_time_zone",
        step="times",
        on="events",
        action="repair",
        one_per=("clock",),
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
        one_per=("clock",),
        field="occurred_at_us",
        why="many events of this visitor's device are off from our clock by the same amount, so the device's "
        "clock is wrong by that; the amount is taken off, their order and distances stay",
        fix="let the client measure its offset from the server's clock and send it along",
    ),
)
_HALF_HOUR_US, _DAY_US = 1_800_000_000, 86_400_000_000
_CLAMP_US = (
    4_000_000_000_000_000_000  # times beyond it are clamped, so that no difference overflows
)
_MIN_REPORTED_ROWS = 100  # of a smaller log it is not reported that it has only one clock
_COLUMNS = ("visitor_id", "occurred_at_us", "received_at_us", "platform", "device")

_CLOCK_OFFSETS = sql_file(__file__, "clock_offsets")
_CROWDED_DAYS = sql_file(__file__, "crowded_days")
_CAPPED_OFFSETS = sql_file(__file__, "capped_offsets")
_GROUP_ZONES = sql_file(__file__, "group_zones")
_NONZERO_OFFSETS = sql_file(__file__, "nonzero_offsets")
_DEVICE_SHIFTS = sql_file(__file__, "device_shifts")
_KNOWN_ZONES = sql_file(__file__, "known_zones")
_SHIFTED_CLOCKS = sql_file(__file__, "shifted_clocks")


def find(findings: FindingsStore, settings: TimesRules, context: CheckContext) -> CheckResult:
    """Rows of constant offsets: of a platform's day in an import, else of one visitor's device."""
    if findings.table == "products":
        return CheckResult()
    tables, work = findings.tables, findings.work
    values = _values(findings, settings)
    offsets = work / "clock_offsets.parquet"
    tables.sql(_CLOCK_OFFSETS(**values), out=offsets, **findings.inputs())
    counts = tables.sql(
        "SELECT sum(n) AS n, coalesce(sum(n_differ), 0) AS n_differ, "
        "coalesce(sum(n) FILTER (zone <> 0), 0) AS n_nonzero FROM offsets",
        offsets=offsets,
    ).to_pylist()[0]
    if not counts["n_differ"]:
        reason = "wrong_time_zone, skewed_clock: both times of every event are the same, so there is no second clock"
        is_reported = (counts["n"] or 0) >= _MIN_REPORTED_ROWS
        return CheckResult(not_checked=(reason,) if is_reported else ())
    if counts["n_nonzero"] == 0:
        return CheckResult()
    group_zones, offset_rows, shifts = (
        work / f"{name}.parquet" for name in ("group_zones", "offset_rows", "clock_shifts")
    )
    capped = _capped(findings, values, offsets)
    tables.sql(_GROUP_ZONES(**values), out=group_zones, offsets=capped)
    tables.sql(
        _NONZERO_OFFSETS(**values), out=offset_rows, group_zones=group_zones, **findings.inputs()
    )
    if n_rows(offset_rows) == 0:
        return CheckResult()
    tables.sql(_DEVICE_SHIFTS(**values), out=shifts, offset_rows=offset_rows)
    known = work / "known_zones.parquet"
    tables.sql(_KNOWN_ZONES(**values), out=known, offset_rows=offset_rows)
    inputs = {"offset_rows": offset_rows, "shifts": shifts, "known": known}
    return CheckResult(selects=[_SHIFTED_CLOCKS(**values)], inputs=inputs)


def _values(findings: FindingsStore, settings: TimesRules) -> dict[str, str | int | float]:
    """Values for the parameters of this module's statements."""
    jitter_us = int(settings.jitter_seconds * 1e6)
    offset_us = f"{_clamped('occurred_at_us')} - {_clamped('received_at_us')}"
    # the zone, in half hours, in which the event would have to be sent to have come at once
    zone = f"CAST(ceil((offset_us - {jitter_us}) / {_HALF_HOUR_US}) AS BIGINT)"
    rows = f"(SELECT *, {offset_us} AS offset_us FROM {findings.rows(*_COLUMNS)})"
    return {
        "rows": f"(SELECT *, {zone} AS zone FROM {rows})",
        "half_hour_us": _HALF_HOUR_US,
        "jitter_us": jitter_us,
        "limit_us": int(settings.max_skew_days * _DAY_US),
        "group_rows": settings.group_rows,
        "min_events": settings.skew_events,
        "zone_share": settings.constant_share,
        "constant_share": settings.constant_share,
        "constant_us": int(settings.constant_hours * 3_600e6),
        "tolerance_us": int(settings.skew_seconds * 1e6),
        "min_behind_us": int(settings.min_behind_minutes * 60e6),
    }


def _clamped(column: str) -> str:
    return f"greatest(least({column}, {_CLAMP_US}), -{_CLAMP_US})"


def _capped(findings: FindingsStore, values: dict[str, str | int | float], offsets: Path) -> Path:
    """The counts of offsets, with at most ten rows of a visitor on days where a few make most of the rows."""
    crowded, capped = (
        findings.work / f"{name}.parquet" for name in ("crowded_days", "capped_offsets")
    )
    findings.tables.sql(_CROWDED_DAYS(**values), out=crowded, offsets=offsets)
    if n_rows(crowded) == 0:
        return offsets
    findings.tables.sql(
        _CAPPED_OFFSETS(**values),
        out=capped,
        offsets=offsets,
        crowded=crowded,
        **findings.inputs(),
    )
    return capped
