"""Visits that were torn apart, and ids that hold more than one visit.

A session is one visit of one visitor: acts without an idle gap (half an hour, as the field has it).
Sites break that in both directions: an id made anew at each page load, a cookie lost in the middle,
two servers that each give their own; or a page kept in a cache, and its id, handed to everybody,
an id that never ends.

One row a session and visitor is enough to suspect; only the rows of suspects are looked at again.
Purchases, cancels and reviews can be dated by a till or a mail days later, so they never decide.
"""

from __future__ import annotations

from baihuo.quality.checks.narrow_scan import rows_of
from baihuo.quality.checks.sessions.settings import SessionsRules
from baihuo.quality.checks.sessions.statements import (
    AGAIN,
    BROKEN,
    CHAINED,
    DOUBTFUL,
    JOINED,
    MERGED,
    SPANS,
    VERDICTS,
)
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS: tuple[Check, ...] = (
    Check(
        name="merged_session",
        step="sessions",
        on="events",
        action="repair",
        field="session_id",
        why="its session id holds several visitors, or visits many hours apart",
        fix="make the id in the browser or app, anew after half an hour without an act; never "
        "cache a page with an id in it, and send none rather than 'null'",
    ),
    Check(
        name="broken_session",
        step="sessions",
        on="events",
        action="repair",
        field="session_id",
        why="its visit, on one device and without a pause, goes under several session ids",
        fix="keep the session id in a first-party cookie, not in the page or the server",
    ),
    Check(
        name="session_changed",
        step="sessions",
        on="events",
        action="note",
        field="session_id",
        why="with this row the session id changed in the middle of a visit, once, so it may be a new one",
        fix="if nobody logged in or came back by an advertisement here, see broken_session",
    ),
)
MANY_ROWS = 1_000  # in a smaller log nobody misses what could not be checked
_COLUMNS = (
    "event_type",
    "visitor_id",
    "session_id",
    "occurred_at_us",
    "device",
    "platform",
    "query_id",
    "dwell_ms",
)


def find_merged(ledger: FindingsStore, settings: SessionsRules, given: CheckContext) -> CheckResult:
    """Rows whose session id was somebody else's before, or their own hours ago."""
    tables, work, rows = ledger.tables, ledger.work, ledger.rows(*_COLUMNS)
    spans, verdicts, merged = (
        work / f"sessions_{n}.parquet" for n in ("spans", "verdicts", "merged")
    )
    tables.sql(SPANS(rows=rows), out=spans, **ledger.inputs())
    if n_rows(spans) == 0:
        why = ("sessions: no visit has a session id",)
        return CheckResult(not_checked=why if ledger.n_left >= MANY_ROWS else ())
    words = _words(settings)
    doubtful, suspects = work / "sessions_doubtful.parquet", work / "sessions_suspects.parquet"
    tables.sql(DOUBTFUL.format(**words), out=doubtful, spans=spans)
    if n_rows(doubtful) == 0:
        return CheckResult()
    tables.sql(
        f"SELECT * FROM {rows} AS r SEMI JOIN doubtful USING (session_id)",
        out=suspects,
        doubtful=doubtful,
        **ledger.inputs(),
    )
    tables.sql(VERDICTS(**words), out=verdicts, spans=spans, doubtful=doubtful, suspects=suspects)
    if n_rows(verdicts) == 0:
        return CheckResult()
    tables.sql(MERGED(**words), out=merged, verdicts=verdicts, suspects=suspects)
    return CheckResult(selects=["SELECT * FROM merged"], inputs={"merged": merged})


def find_broken(ledger: FindingsStore, settings: SessionsRules, given: CheckContext) -> CheckResult:
    """Rows whose session id is not the one that their visit began with."""
    tables, work, rows = ledger.tables, ledger.work, ledger.rows(*_COLUMNS)
    spans, verdicts, chained = (
        work / f"sessions_{n}.parquet" for n in ("spans", "verdicts", "chained")
    )
    if n_rows(spans) == 0:
        return CheckResult()
    if verdicts.exists() and n_rows(verdicts):  # their visits stand under other ids now
        again = work / "sessions_again.parquet"
        moved = "(SELECT * FROM suspects SEMI JOIN verdicts USING (session_id, visitor_id))"
        now = rows_of(ledger, moved, *_COLUMNS)
        tables.sql(
            AGAIN.format(spans=SPANS(rows=now)),
            out=again,
            spans=spans,
            verdicts=verdicts,
            suspects=work / "sessions_suspects.parquet",
            **ledger.inputs(),
        )
        spans = again
    words = _words(settings)
    tables.sql(CHAINED(**words), out=chained, spans=spans)
    if n_rows(chained) == 0:
        return CheckResult()
    joined, linked = work / "sessions_joined.parquet", work / "sessions_linked.parquet"
    tables.sql(
        "SELECT import_id, line, session_id, visitor_id, event_type, query_id, occurred_at_us "
        f"FROM {rows} AS r SEMI JOIN chained USING (session_id, visitor_id)",
        out=linked,
        chained=chained,
        **ledger.inputs(),
    )
    tables.sql(JOINED(**words), out=joined, chained=chained, linked_rows=linked)
    return CheckResult(selects=[BROKEN()], inputs={"joined": joined, "linked_rows": linked})


def _words(settings: SessionsRules) -> dict[str, int]:
    of = settings
    return {
        "gap_us": int(of.gap_minutes * 60e6),
        "idle_us": int(of.max_idle_hours * 3600e6),
        "change_us": int(of.change_minutes * 60e6),
        "note_us": int(of.note_seconds * 1e6),
        "late_us": of.tolerance_ms * 1000,
        "min_ids": of.min_ids,
        "many": of.many_visitors,
    }


STEP = Step(
    name="sessions", settings=SessionsRules, checks=CHECKS, detectors=(find_merged, find_broken)
)
