"""Clocks. The visitor's (``occurred_at_us``) may be late or wrong, ours (``received_at_us``) decides.

A clock a little ahead is repaired from ours. One far ahead, or years behind, says nothing about when the
event happened, and everything downstream learns from the order of events: quarantine.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

from baihuo.engine import sql_file
from baihuo.quality.checks.finding_sql import finding_sql
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.times import clocks
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_STANDING_CLOCKS = sql_file(__file__, "standing_clocks").bind(
    hand_types="('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'search')"
)

ROW_CHECKS = (
    Check(
        name="not_yet",
        step="times",
        on="events",
        action="quarantine",
        field="received_at_us",
        predicate="received_at_us > {tomorrow_us}",
        why="it was received more than a day after now: a time in the wrong unit, or made up",
        fix="check the unit of the source's times (s, ms, µs) and its time zone",
    ),
    Check(
        name="too_old",
        step="times",
        on="events",
        action="quarantine",
        field="occurred_at_us",
        predicate="occurred_at_us < {not_before_us}",
        why="it is older than web shops are: a clock that was never set",
        fix="check the unit of the source's times; drop events of devices without a clock",
    ),
    Check(
        name="too_late",
        step="times",
        on="events",
        action="quarantine",
        field="occurred_at_us",
        predicate="occurred_at_us >= {not_before_us} AND occurred_at_us < received_at_us - {delay_us}",
        why="it reached us months after it happened: a stale queue or a clock far behind",
        fix="empty client queues that old; import history without received_at",
    ),
    Check(
        name="from_the_future",
        step="times",
        on="events",
        action="quarantine",
        field="occurred_at_us",
        predicate="occurred_at_us > received_at_us + {ahead_us}",
        why="the visitor's clock is far ahead of ours, so when it happened is not known",
        fix="ask the client to send UTC and to correct its clock by the server's",
    ),
    Check(
        name="received_before_it_occurred",
        step="times",
        on="events",
        action="repair",
        field="occurred_at_us",
        replacement="received_at_us",
        predicate="occurred_at_us > received_at_us + {jitter_us} AND occurred_at_us <= received_at_us + {ahead_us}",
        why="the visitor's clock is minutes ahead; it cannot have happened after we received it",
        fix="nothing if rare; else ask the client to correct its clock by the server's",
    ),
)
STUCK = Check(
    name="stuck_clock",
    step="times",
    on="events",
    action="repair",
    one_per=("old",),
    field="occurred_at_us",
    why="events of one visitor carry one instant but reached us over a longer time: the clock stood still, so ours is taken",
    fix="update the client: it reads its clock once and keeps the answer",
    version="2",
)
FROZEN = Check(
    name="frozen_time",
    step="times",
    on="events",
    action="quarantine",
    one_per=("old",),
    field="occurred_at_us",
    why="a visitor cannot click, read and search so often in one instant, and no other clock saw it",
    fix="export the time of each event, not of the export or the session",
    version="2",
)
PRODUCT_CHECKS = (
    Check(
        name="released_at_nowhere",
        step="times",
        on="products",
        action="repair",
        field="released_at_us",
        predicate="released_at_us < {year_1900_us} OR released_at_us > {in_five_years_us}",
        why="released before 1900 or in more than five years: not a date",
        fix="send ISO 8601 dates, or none; a column that ends in _us holds microseconds",
        version="2",
    ),
    Check(
        name="updated_in_the_future",
        step="times",
        on="products",
        action="repair",
        field="updated_at_us",
        predicate="updated_at_us > {tomorrow_us}",
        why="a listing cannot have been changed after now",
        fix="send UTC",
    ),
)
CHECKS = (*clocks.CHECKS, *ROW_CHECKS, STUCK, FROZEN, *PRODUCT_CHECKS)


def find(findings: FindingsStore, settings: TimesRules, context: CheckContext) -> CheckResult:
    """Rows whose clock was wrong, judged by ours."""
    of_table = PRODUCT_CHECKS if findings.table == "products" else ROW_CHECKS
    values = _values(settings, context.now_us)
    return CheckResult(selects=[rowwise(context.running(of_table), findings, values)])


def find_standing(
    findings: FindingsStore, settings: TimesRules, context: CheckContext
) -> CheckResult:
    """Rows of clocks that stand still, before their times are compared with ours: ours is theirs, too, if it moved on."""
    if findings.table == "products":
        return CheckResult()
    rows = findings.rows("event_id", "event_type", "visitor_id", "occurred_at_us", "received_at_us")
    standing = findings.work / "standing_clocks.parquet"
    statement = _STANDING_CLOCKS(rows=rows, **_values(settings, context.now_us))
    findings.tables.sql(statement, out=standing, **findings.inputs())
    old = {"old": "CAST(occurred_at_us AS VARCHAR)"}
    selects = [
        finding_sql("SELECT * FROM standing WHERE is_stuck", STUCK, old, new="received_at_us"),
        finding_sql("SELECT * FROM standing WHERE NOT is_stuck", FROZEN, old),
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


STEP = Step(
    name="times",
    settings=TimesRules,
    checks=CHECKS,
    detectors=(clocks.find, find_standing, find),
    finds={
        clocks.find: tuple(check.name for check in clocks.CHECKS),
        find_standing: (STUCK.name, FROZEN.name),
        find: tuple(check.name for check in (*ROW_CHECKS, *PRODUCT_CHECKS)),
    },
)
