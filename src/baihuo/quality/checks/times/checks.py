"""Clocks. The visitor's (``occurred_at_us``) may be late or wrong, ours is the judge.

A clock a little ahead is put right from ours; one far ahead, or years behind, says nothing about
when it happened, and order is what everything downstream learns from: quarantine.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.checks.times import clocks
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_BY_HAND = "'click', 'dwell', 'add_to_cart', 'remove_from_cart', 'search'"

ROW_CHECKS = (
    Check(
        name="not_yet",
        step="times",
        on="events",
        then="quarantine",
        field="received_at_us",
        bad="received_at_us > {tomorrow_us}",
        why="it was received more than a day after now: a time in the wrong unit, or made up",
        mend="check the unit of the source's times (s, ms, µs) and its time zone",
    ),
    Check(
        name="too_old",
        step="times",
        on="events",
        then="quarantine",
        field="occurred_at_us",
        bad="occurred_at_us < {not_before_us}",
        why="it is older than web shops are: a clock that was never set",
        mend="check the unit of the source's times; drop events of devices without a clock",
    ),
    Check(
        name="too_late",
        step="times",
        on="events",
        then="quarantine",
        field="occurred_at_us",
        bad="occurred_at_us >= {not_before_us} AND occurred_at_us < received_at_us - {delay_us}",
        why="it reached us a season after it happened: a stale queue or a clock far behind",
        mend="empty client queues that old; import history without received_at",
    ),
    Check(
        name="from_the_future",
        step="times",
        on="events",
        then="quarantine",
        field="occurred_at_us",
        bad="occurred_at_us > received_at_us + {ahead_us}",
        why="the visitor's clock is far ahead of ours, so when it happened is not known",
        mend="ask the client to send UTC and to correct its clock by the server's",
    ),
    Check(
        name="received_before_it_occurred",
        step="times",
        on="events",
        then="repair",
        field="occurred_at_us",
        mended="received_at_us",
        bad="occurred_at_us > received_at_us + {jitter_us} AND occurred_at_us <= received_at_us + {ahead_us}",
        why="the visitor's clock is minutes ahead; it cannot have happened after we had it",
        mend="nothing if rare; else ask the client to correct its clock by the server's",
    ),
)
STUCK = Check(
    name="stuck_clock",
    step="times",
    on="events",
    then="repair",
    field="occurred_at_us",
    why="events of one visitor carry one instant but reached us over a longer time: the clock stood "
    "still, so ours is taken",
    mend="update the client: it reads its clock once and keeps the answer",
)
FROZEN = Check(
    name="frozen_time",
    step="times",
    on="events",
    then="quarantine",
    field="occurred_at_us",
    why="one visitor cannot click, read and search so often in one instant, and no other clock saw it",
    mend="export the time of each event, not of the export or the session",
)
PRODUCT_CHECKS = (
    Check(
        name="released_at_nowhere",
        step="times",
        on="products",
        then="repair",
        field="released_at_us",
        bad="released_at_us < {year_1900_us} OR released_at_us > {in_five_years_us}",
        why="released before 1900 or in more than five years: not a date",
        mend="send ISO 8601 dates, or none",
    ),
    Check(
        name="updated_in_the_future",
        step="times",
        on="products",
        then="repair",
        field="updated_at_us",
        bad="updated_at_us > {tomorrow_us}",
        why="a listing cannot have been changed after now",
        mend="send UTC",
    ),
)
CHECKS = (*clocks.CHECKS, *ROW_CHECKS, STUCK, FROZEN, *PRODUCT_CHECKS)


def find(ledger: FindingsStore, settings: TimesRules, given: CheckContext) -> CheckResult:
    """Rows whose clock was wrong, judged by ours."""
    of, now_us = settings, given.now_us
    microseconds: dict[str, float] = {
        "tomorrow_us": now_us + _DAY_US,
        "in_five_years_us": now_us + 5 * 366 * _DAY_US,
        "not_before_us": datetime.combine(of.not_before, time(), UTC).timestamp() * 1e6,
        "year_1900_us": datetime(1900, 1, 1, tzinfo=UTC).timestamp() * 1e6,
        "jitter_us": of.jitter_seconds * 1e6,
        "ahead_us": of.max_ahead_minutes * _MINUTE_US,
        "delay_us": of.max_delay_days * _DAY_US,
        "stuck_us": of.stuck_seconds * 1e6,
        "stuck_events": of.stuck_events,
        "frozen_events": of.frozen_events,
    }
    words = {name: str(int(value)) for name, value in microseconds.items()}
    if ledger.table == "products":
        return CheckResult(selects=[rowwise(PRODUCT_CHECKS, ledger, words)])
    selects, instants = [rowwise(ROW_CHECKS, ledger, words)], ledger.work / "instants.parquet"
    rows = ledger.rows("event_id", "event_type", "visitor_id", "occurred_at_us", "received_at_us")
    ledger.tables.sql(
        _INSTANTS.format_map({**words, "rows": rows}), out=instants, **ledger.inputs()
    )
    if n_rows(instants) == 0:
        return CheckResult(selects=selects)
    selects.append(_ONE_INSTANT.format_map({**words, "rows": rows}))
    return CheckResult(selects=selects, inputs={"instants": instants})


STEP = Step(name="times", settings=TimesRules, checks=CHECKS, finds=(clocks.find, find))


_SOUND = """occurred_at_us <= received_at_us + {jitter_us} AND occurred_at_us >= {not_before_us}
               AND occurred_at_us >= received_at_us - {delay_us}"""
# a clock that stands still falls behind: only rows that came late can tell of one
_INSTANTS = f"""
    SELECT visitor_id, occurred_at_us, true AS is_stuck FROM {{rows}}
    WHERE received_at_us - occurred_at_us >= {{stuck_us}} AND {_SOUND}
    GROUP BY visitor_id, occurred_at_us
    HAVING count(*) >= {{stuck_events}} AND max(received_at_us) - min(received_at_us) >= {{stuck_us}}
    UNION ALL
    SELECT visitor_id, occurred_at_us, false FROM {{rows}}
    WHERE event_type IN ({_BY_HAND}) AND received_at_us = occurred_at_us
      AND occurred_at_us % {_MINUTE_US} <> 0 AND {_SOUND}
    GROUP BY visitor_id, occurred_at_us HAVING count(DISTINCT event_id) >= {{frozen_events}}"""
_OLD = "field := 'occurred_at_us', old := CAST(occurred_at_us AS VARCHAR)"
_ONE_INSTANT = f"""
    SELECT import_id, line, CASE WHEN is_stuck THEN 'stuck_clock' ELSE 'frozen_time' END AS rule,
           CASE WHEN is_stuck THEN 'repair' ELSE 'quarantine' END AS action, 'occurred_at_us' AS field,
           CASE WHEN is_stuck THEN CAST(received_at_us AS VARCHAR) END AS new,
           CAST(CASE WHEN is_stuck THEN to_json(struct_pack({_OLD}, new := CAST(received_at_us AS VARCHAR)))
                ELSE to_json(struct_pack({_OLD})) END AS VARCHAR) AS detail
    FROM {{rows}} JOIN instants USING (visitor_id, occurred_at_us)
    WHERE CASE WHEN is_stuck THEN {_SOUND} ELSE event_type IN ({_BY_HAND}) END"""
"""Both stuck clocks: ours moved on (take it), or ours was copied from theirs (not known).

A page's impressions do share an instant, but they also reach us together, so where ours moved
on every type counts; where it did not, only what a hand does one by one. A log whose times are
whole minutes (or days) was rounded by its exporter: that is no stuck clock.
"""
