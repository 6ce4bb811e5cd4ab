"""Visits that go under several session ids, and ids that hold more than one visit.

A session is one visit of one visitor: user actions without an idle gap (half an hour, as usual in the
field). Sites break that in both directions. An id is made again at each page load, a cookie is lost in the
middle of a visit, two servers each give their own; or a page is cached with its id and served to everybody,
or an id never ends.

One row a session and visitor is enough to find candidates, and only the rows of candidates are read again.
Purchases, cancels and reviews can be dated by a till or a mail days later, so they never decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from baihuo.engine import sql_file
from baihuo.quality.checks.narrow_scan import rows_of
from baihuo.quality.checks.sessions.settings import SessionsRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS: tuple[Check, ...] = (
    Check(
        name="merged_session",
        step="sessions",
        on="events",
        action="repair",
        one_per=("old",),
        field="session_id",
        why="its session id holds several visitors, or visits many hours apart",
        fix="make the id in the browser or app, a new one after half an hour without an action; never "
        "cache a page with an id in it, and send none rather than 'null'",
        version="2",
    ),
    Check(
        name="swapped_ids",
        step="sessions",
        on="events",
        action="repair",
        why="its visitor is the id of a session and its session the id of a visitor, as other rows show; rows of the same visit have them "
        "the right way round (a note where none has)",
        fix="name the fields when sending, rather than giving them in order",
    ),
    Check(
        name="broken_session",
        step="sessions",
        on="events",
        action="repair",
        one_per=("new",),
        field="session_id",
        why="its visit, on one device and without a pause, goes under several session ids",
        fix="keep the session id in a first-party cookie, not in the page or the server",
        version="2",
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
_MIN_REPORTED_ROWS = 1_000  # of a smaller log it is not reported that it has no session ids
_LONGEST_STAY_US = 3_600_000_000  # what says more is a tab left open, or another unit
_COLUMNS = tuple(
    "event_type visitor_id session_id occurred_at_us received_at_us device platform query_id dwell_ms".split()
)
_BROWSING_TYPES = (
    "('search', 'impression', 'click', 'dwell', 'add_to_cart', 'remove_from_cart', "
    "'ad_impression', 'ad_click')"
)
# a dwell is sent when it ends: the visitor was there all the while
_STARTED_US = (
    "occurred_at_us - CASE WHEN event_type = 'dwell' THEN coalesce(dwell_ms, 0) * 1000 ELSE 0 END"
)
_STARTED_SOON_US = f"greatest({_STARTED_US}, occurred_at_us - {_LONGEST_STAY_US})"
_SESSION_SPANS = sql_file(__file__, "session_spans").bind(
    started_us=_STARTED_SOON_US,
    first_row=f"CAST(occurred_at_us AS HUGEINT) * {_LONGEST_STAY_US + 1} + ({_STARTED_SOON_US} - occurred_at_us)",
    browsing_types=_BROWSING_TYPES,
)
_DOUBTFUL_IDS = sql_file(__file__, "doubtful_ids")
_MERGED_IDS = sql_file(__file__, "merged_ids").bind(browsing_types=_BROWSING_TYPES, few_rows=3)
_MERGED_SESSIONS = sql_file(__file__, "merged_sessions").bind(
    started_us=_STARTED_US, browsing_types=_BROWSING_TYPES
)
_SWAPPED_IDS = sql_file(__file__, "swapped_ids")
_SWAPPED_ROWS = sql_file(__file__, "swapped_rows")
_PLACEHOLDER_IDS = sql_file(__file__, "placeholder_ids")
_SESSION_CHAINS = sql_file(__file__, "session_chains")
_BROKEN_VISITS = sql_file(__file__, "broken_visits").bind(browsing_types=_BROWSING_TYPES)
_BROKEN_SESSIONS = sql_file(__file__, "broken_sessions")


def find_swapped(
    findings: FindingsStore, settings: SessionsRules, context: CheckContext
) -> CheckResult:
    """Rows with visitor and session in each other's column: before anything is asked of sessions."""
    spans, swapped = _files(findings, "spans", "swapped")
    rows = findings.rows(*_COLUMNS)
    findings.tables.sql(_SESSION_SPANS(rows=rows), out=spans, **findings.inputs())
    findings.tables.sql(_SWAPPED_IDS(), out=swapped, spans=spans)
    if n_rows(swapped) == 0:
        return CheckResult()
    spans.unlink()  # they are others once the ids are right
    return CheckResult(selects=[_SWAPPED_ROWS(rows=rows)], inputs={"swapped": swapped})


def find_merged(
    findings: FindingsStore, settings: SessionsRules, context: CheckContext
) -> CheckResult:
    """Rows whose session id was another visitor's before, or the same visitor's hours ago."""
    tables, rows, values = findings.tables, findings.rows(*_COLUMNS), _values(settings)
    spans, doubtful, candidates, merged_ids, merged = _files(
        findings, "spans", "doubtful_ids", "candidates", "merged_ids", "merged"
    )
    _write_spans(findings, spans)
    if n_rows(spans) == 0:
        reason = ("sessions: no visit has a session id",)
        return CheckResult(not_checked=reason if findings.n_left >= _MIN_REPORTED_ROWS else ())
    tables.sql(_DOUBTFUL_IDS(**values), out=doubtful, spans=spans)
    if n_rows(doubtful) == 0:
        return CheckResult()
    tables.sql(
        f"SELECT * FROM {rows} AS r SEMI JOIN doubtful USING (session_id)",
        out=candidates,
        doubtful=doubtful,
        **findings.inputs(),
    )
    tables.sql(
        _MERGED_IDS(**values),
        out=merged_ids,
        spans=spans,
        doubtful=doubtful,
        candidates=candidates,
    )
    if n_rows(merged_ids) == 0:
        return CheckResult()
    tables.sql(_MERGED_SESSIONS(**values), out=merged, merged_ids=merged_ids, candidates=candidates)
    inputs = {"merged": merged, "spans": spans, "candidates": candidates}
    return CheckResult(selects=["SELECT * FROM merged", _PLACEHOLDER_IDS(**values)], inputs=inputs)


def find_broken(
    findings: FindingsStore, settings: SessionsRules, context: CheckContext
) -> CheckResult:
    """Rows whose session id is not the one that their visit began with."""
    tables, values = findings.tables, _values(settings)
    chains, chained_rows, broken_visits = _files(
        findings, "chains", "chained_rows", "broken_visits"
    )
    spans = _spans_after_merged(findings)
    if n_rows(spans) == 0:
        return CheckResult()
    tables.sql(_SESSION_CHAINS(**values), out=chains, spans=spans)
    if n_rows(chains) == 0:
        return CheckResult()
    tables.sql(
        "SELECT import_id, line, session_id, visitor_id, event_type, query_id, occurred_at_us "
        f"FROM {findings.rows(*_COLUMNS)} AS r SEMI JOIN chains USING (session_id, visitor_id)",
        out=chained_rows,
        chains=chains,
        **findings.inputs(),
    )
    tables.sql(
        _BROKEN_VISITS(**values), out=broken_visits, chains=chains, chained_rows=chained_rows
    )
    inputs = {"broken_visits": broken_visits, "chained_rows": chained_rows}
    return CheckResult(selects=[_BROKEN_SESSIONS()], inputs=inputs)


def _write_spans(findings: FindingsStore, spans: Path) -> None:
    """The spans of sessions, unless a round before this one wrote them; without those whose ids stay swapped."""
    if spans.exists():
        return
    statement = _SESSION_SPANS(rows=findings.rows(*_COLUMNS))
    (swapped,) = _files(findings, "swapped")
    inputs = findings.inputs()
    if swapped.exists():
        statement = f"SELECT * FROM ({statement}) ANTI JOIN swapped USING (session_id, visitor_id)"
        inputs |= {"swapped": swapped}
    findings.tables.sql(statement, out=spans, **inputs)


def _spans_after_merged(findings: FindingsStore) -> Path:
    """The spans of sessions as they are after visits under shared ids got ids of their own."""
    spans, candidates, merged_ids, updated = _files(
        findings, "spans", "candidates", "merged_ids", "spans_updated"
    )
    if not merged_ids.exists() or n_rows(merged_ids) == 0:
        return spans
    # rows that went home lie within a span that is there
    renamed = (
        "(SELECT * FROM candidates SEMI JOIN (SELECT * FROM merged_ids WHERE home_id IS NULL) "
        "USING (session_id, visitor_id))"
    )
    renamed_spans = _SESSION_SPANS(rows=rows_of(findings, renamed, *_COLUMNS))
    findings.tables.sql(
        f"SELECT * FROM spans ANTI JOIN merged_ids USING (session_id, visitor_id) UNION ALL ({renamed_spans})",
        out=updated,
        spans=spans,
        merged_ids=merged_ids,
        candidates=candidates,
        **findings.inputs(),
    )
    return updated


def _files(findings: FindingsStore, *names: str) -> Iterator[Path]:
    return (findings.work / f"sessions_{name}.parquet" for name in names)


def _values(settings: SessionsRules) -> dict[str, int]:
    """Values for the parameters of this module's statements."""
    return {
        "gap_us": int(settings.gap_minutes * 60e6),
        "idle_us": int(settings.max_idle_hours * 3600e6),
        "change_us": int(settings.change_minutes * 60e6),
        "note_us": int(settings.note_seconds * 1e6),
        "tolerance_us": settings.tolerance_ms * 1000,
        "min_ids": settings.min_ids,
        "many_visitors": settings.many_visitors,
    }


STEP = Step(
    name="sessions",
    settings=SessionsRules,
    checks=CHECKS,
    detectors=(find_swapped, find_merged, find_broken),
    finds={find_swapped: ("swapped_ids",)},
)
