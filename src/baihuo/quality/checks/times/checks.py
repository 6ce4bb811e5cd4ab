"""Clocks. The visitor's (``occurred_at_us``) may be late or wrong, ours (``received_at_us``) decides.

The offset of an event is the visitor's clock minus ours. It is about 0 where the event was sent at once, below 0 where
it was sent late, and cannot be above 0. A delay differs from event to event, the error of a clock does not, and an
error of whole half hours is a local time sent as UTC. Repaired events keep their order and their distances.

A clock a little ahead is repaired from ours. One far ahead, or years behind, says nothing about when the
event happened, and everything downstream learns from the order of events: quarantine.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from baihuo.engine import sql_file
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, Step


class TimesRules(Limits):
    """The visitor's clock may be wrong, ours decides."""

    warn_above: Share | None = 0.02
    stop_above: Share | None = 0.2
    jitter_seconds: NonNegativeFloat = 60  # a clock this far ahead is left alone
    max_ahead_minutes: PositiveFloat = 60  # up to here ours is taken instead, beyond: quarantine
    # happened longer ago than this when it reached us: quarantine
    max_delay_days: PositiveFloat = 90
    not_before: date = date(1995, 1, 1)  # a clock that was never set
    stuck_events: PositiveInt = 5  # events of one visitor at one instant ...
    stuck_seconds: PositiveFloat = 30  # ... that reached us over this time: the clock stood still
    # clicks, searches, ... of one visitor at one instant, where our time is a copy of theirs
    frozen_events: PositiveInt = 20
    skew_events: PositiveInt = 10  # events of one visitor's device that are off from our clock ...
    # ... by the same amount, give or take this: the clock is wrong by that much
    skew_seconds: PositiveFloat = 120
    # so much of a platform's day must be off by the same zone
    constant_share: float = Field(default=0.8, gt=0.5, le=1)
    # a clock behind ours must have been so for this long: a queue would not be
    constant_hours: PositiveFloat = 6
    # less behind than this is a slow connection, not a clock
    min_behind_minutes: PositiveFloat = 30
    # further off, the clock was never set: left to the other rules
    max_skew_days: PositiveFloat = 400
    # rows of one platform's day before a time zone is the whole platform's
    group_rows: PositiveInt = 20


_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_CLAMP_US = (
    4_000_000_000_000_000_000  # times beyond it are clamped, so that no difference overflows
)
_MIN_REPORTED_ROWS = 100  # of a smaller log it is not reported that it has only one clock
_COLUMNS = ("visitor_id", "occurred_at_us", "received_at_us", "platform", "device")
_HALF_HOUR_US = 1_800_000_000
_PLATFORM_DAYS = sql_file(__file__, "platform_days")
_FAR_ROWS = sql_file(__file__, "far_rows")
_WRONG_CLOCKS = sql_file(__file__, "wrong_clocks")
_STANDING_CLOCKS = sql_file(__file__, "standing_clocks").bind(
    hand_types="('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'search')"
)

CHECKS = read_checks(__file__, "times")
_BY_NAME = {check.name: check for check in CHECKS}


def find_wrong(findings: FindingsStore, settings: TimesRules, context: CheckContext) -> CheckResult:
    """Rows of constant offsets: of a platform's day in an import, else of one visitor's device."""
    tables, values = findings.tables, _offset_values(findings, settings)
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
    detail = {"old": "CAST(occurred_at_us AS VARCHAR)", "clock": "clock", "events": "n"}
    zone = detail | {"ahead_minutes": "divide(shift_us, 60000000)", "whose": "whose"}
    skew = detail | {"ahead_seconds": "round(shift_us / 1e6, 1)"}
    return CheckResult(
        selects=[
            finding_sql(
                "SELECT * FROM wrong WHERE is_zone", _BY_NAME["wrong_time_zone"], zone, new=new
            ),
            finding_sql(
                "SELECT * FROM wrong WHERE NOT is_zone", _BY_NAME["skewed_clock"], skew, new=new
            ),
        ],
        inputs={"wrong": wrong},
    )


def find(findings: FindingsStore, settings: TimesRules, context: CheckContext) -> CheckResult:
    """Rows whose clock was wrong, judged by ours."""
    of_table = (c for c in CHECKS if c.on == findings.table and c.predicate)
    values = _values(settings, context.now_us)
    selects, inputs = rowwise(context.running(of_table), findings, values)
    return CheckResult(selects=selects, inputs=inputs)


def find_standing(
    findings: FindingsStore, settings: TimesRules, context: CheckContext
) -> CheckResult:
    """Rows of clocks that stand still, before their times are compared with ours: ours is theirs, too, if it moved on."""
    rows = findings.rows("event_id", "event_type", "visitor_id", "occurred_at_us", "received_at_us")
    standing = findings.work / "standing_clocks.parquet"
    statement = _STANDING_CLOCKS(rows=rows, **_values(settings, context.now_us))
    findings.tables.sql(statement, out=standing, **findings.inputs())
    old = {"old": "CAST(occurred_at_us AS VARCHAR)"}
    selects = [
        finding_sql(
            "SELECT * FROM standing WHERE is_stuck",
            _BY_NAME["stuck_clock"],
            old,
            new="received_at_us",
        ),
        finding_sql("SELECT * FROM standing WHERE NOT is_stuck", _BY_NAME["frozen_time"], old),
    ]
    return CheckResult(selects=selects, inputs={"standing": standing})


def _values(settings: TimesRules, now_us: int) -> dict[str, str]:
    """Values for the predicates of single rows and for this module's statements."""
    values: dict[str, float] = {
        "tomorrow_us": now_us + _DAY_US,
        "in_five_years_us": now_us + 5 * 366 * _DAY_US,
        "not_before_us": datetime.combine(settings.not_before, time(), UTC).timestamp() * 1e6,
        "year_1900_us": datetime(1900, 1, 1, tzinfo=UTC).timestamp() * 1e6,
        "jitter_us": settings.jitter_seconds * 1e6,
        "ahead_us": settings.max_ahead_minutes * _MINUTE_US,
        "delay_us": settings.max_delay_days * _DAY_US,
        "stuck_us": settings.stuck_seconds * 1e6,
        "stuck_events": settings.stuck_events,
        "frozen_events": settings.frozen_events,
    }
    return {name: str(int(value)) for name, value in values.items()}


def _offset_values(findings: FindingsStore, settings: TimesRules) -> dict[str, str | int | float]:
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


STEP = Step(
    name="times",
    settings=TimesRules,
    checks=CHECKS,
    detectors=(find_wrong, find_standing, find),
    finds={
        find_wrong: ("wrong_time_zone", "skewed_clock"),
        find_standing: ("stuck_clock", "frozen_time"),
        find: tuple(check.name for check in CHECKS if check.predicate),
    },
)
