"""Clocks. The visitor's (``occurred_at_us``) may be late or wrong, ours (``received_at_us``) decides.

A clock a little ahead is repaired from ours. One far ahead, or years behind, says nothing about when the
event happened, and everything downstream learns from the order of events: quarantine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

from baihuo.engine import sql_file
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.times import clocks
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_LATE_SHARE = 0.01
_HOUR_US = 3_600_000_000
# the first day of calendars of databases, spreadsheets and clocks, in UTC and in the time of China
_DEFAULT_DATES_US = tuple(
    sorted(
        int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 - hours * _HOUR_US
        for year in (1900, 1901, 1904, 1970, 1980)
        for hours in (0, 8)
    )
)
# seconds up to the year 2100, and milliseconds since 1990, that were read as microseconds; those of old records are whole hours
_IN_ANOTHER_UNIT = (
    "released_at_us BETWEEN 1 AND 4102444800"
    " OR (released_at_us BETWEEN 631152000000 AND 4102444800000 AND released_at_us % 1800000000 <> 0)"
)
_DEFAULT_DATES = sql_file(__file__, "default_dates").bind(
    dates=", ".join(map(str, _DEFAULT_DATES_US)), lonely_us=5 * 366 * _DAY_US, max_share=0.05
)
_HAND_TYPES = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'search')"
_REPEATED_INSTANTS = sql_file(__file__, "repeated_instants").bind(hand_types=_HAND_TYPES)
_ROUNDED_TIMES = sql_file(__file__, "rounded_times").bind(min_events=2, min_share=0.5)
_STANDING_CLOCKS = sql_file(__file__, "standing_clocks").bind(hand_types=_HAND_TYPES)

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
        why="it reached us months after it happened: a stale queue or a clock far behind (a note after weeks, where "
        "that is rare: models trained in between did not see it)",
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
    why="events of one visitor, or of many, carry one instant but reached us over a longer time: the clock stood "
    "still (or a short float rounded it to two minutes), so ours is taken",
    fix="update the client: it reads its clock once and keeps the answer",
)
FROZEN = Check(
    name="frozen_time",
    step="times",
    on="events",
    action="quarantine",
    one_per=("old",),
    field="occurred_at_us",
    why="a visitor cannot click, read and search so often in one instant, nor many visitors in the same one, and no "
    "other clock saw it",
    fix="export the time of each event, not of the export or the session",
)
PRODUCT_CHECKS = (
    Check(
        name="released_at_nowhere",
        step="times",
        on="products",
        action="repair",
        field="released_at_us",
        predicate="released_at_us < {year_1900_us} OR released_at_us > {in_five_years_us} OR released_at_us IN ({default_dates})"
        f" OR {_IN_ANOTHER_UNIT}",
        why="released before 1900 or in more than five years, on the day that a program writes where it has none (1900-01-01, "
        "1970-01-01), years from any other listing, or at an odd time of January 1970, as seconds or milliseconds read as "
        "microseconds are: not a date",
        fix="send ISO 8601 dates, or none; a column that ends in _us holds microseconds",
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


def _late_too(findings: FindingsStore, values: dict[str, str]) -> tuple[Check, ...]:
    """The note of what came weeks late, where that is rare: an import of old events is late as a whole."""
    predicate = (
        "occurred_at_us < received_at_us - {late_us} AND occurred_at_us >= received_at_us - {delay_us} "
        "AND occurred_at_us >= {not_before_us}"
    )
    counts = findings.tables.sql(
        f"SELECT count(*) AS n, count(*) FILTER ({predicate.format_map(values)}) AS n_late "
        f"FROM {findings.rows('occurred_at_us', 'received_at_us')}",
        out=None,
        **findings.inputs(),
    ).to_pylist()[0]
    if not 0 < counts["n_late"] <= _LATE_SHARE * counts["n"]:
        return ()
    too_late = next(check for check in ROW_CHECKS if check.name == "too_late")
    return (replace(too_late, action="note", predicate=predicate),)


def find(findings: FindingsStore, settings: TimesRules, context: CheckContext) -> CheckResult:
    """Rows whose clock was wrong, judged by ours."""
    values = _values(settings, context.now_us)
    if findings.table == "products":
        values["default_dates"] = _default_dates(findings)
        return CheckResult(selects=[rowwise(context.running(PRODUCT_CHECKS), findings, values)])
    checks = context.running(ROW_CHECKS)
    if context.runs("too_late"):
        checks += _late_too(findings, values)
    return CheckResult(selects=[rowwise(checks, findings, values)])


def find_standing(
    findings: FindingsStore, settings: TimesRules, context: CheckContext
) -> CheckResult:
    """Rows of clocks that stand still, before their times are held against ours: ours is theirs, too, if it moved on."""
    if findings.table == "products":
        return CheckResult()
    values = _values(settings, context.now_us)
    instants = findings.work / "repeated_instants.parquet"
    values["rows"] = findings.rows(
        "event_id", "event_type", "visitor_id", "occurred_at_us", "received_at_us"
    )
    findings.tables.sql(_REPEATED_INSTANTS(**values), out=instants, **findings.inputs())
    selects = [_ROUNDED_TIMES(rows=values["rows"])]
    if n_rows(instants) == 0:
        return CheckResult(selects=selects)
    return CheckResult(
        selects=[_STANDING_CLOCKS(**values), *selects], inputs={"instants": instants}
    )


def _default_dates(findings: FindingsStore) -> str:
    """SQL, a list: dates of programs that no listing was released on, ``NULL`` where there are none."""
    if "released_at_us" in findings.empty:
        return "NULL"
    rows = findings.tables.sql(
        _DEFAULT_DATES(rows=findings.rows("released_at_us")), out=None, **findings.inputs()
    )
    return ", ".join(map(str, rows["date"].to_pylist())) or "NULL"


def _values(settings: TimesRules, now_us: int) -> dict[str, str]:
    """Values for the predicates of single rows and for this module's statements."""
    values: dict[str, float] = {
        "tomorrow_us": now_us + _DAY_US,
        "in_five_years_us": now_us + 5 * 366 * _DAY_US,
        "not_before_us": datetime.combine(settings.not_before, time(), UTC).timestamp() * 1e6,
        "year_1900_us": datetime(1900, 1, 1, tzinfo=UTC).timestamp() * 1e6,
        "jitter_us": settings.jitter_seconds * 1e6,
        "ahead_us": settings.max_ahead_minutes * _MINUTE_US,
        "late_us": settings.late_days * _DAY_US,
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
