"""Visits that go under several session ids.

A session is one visit of one visitor: user actions without an idle gap (half an hour, as usual in the field). Where the
id is made again at each page load, or two servers each give their own, it changes again and again within a visit.
Purchases, cancels and reviews can be dated by a till or a mail days later, and a stay is sent when it ends, so they never decide.
"""

from __future__ import annotations

from pydantic import PositiveFloat

from baihuo.engine import sql_file
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, Step


class SessionsRules(Limits):
    """Visits that go under several session ids."""

    # never: an id that was repaired does no harm
    stop_above: Share | None = None
    gap_minutes: PositiveFloat = 30  # a visit without a user action for this long has ended
    # an id that changes again after a shorter pause was no new visit
    change_minutes: PositiveFloat = 5


CHECKS = read_checks(__file__, "sessions")
_BROKEN_SESSION = CHECKS[0]
_MIN_REPORTED_ROWS = 1_000  # of a smaller log it is not reported that it has no session ids
_COLUMNS = ("event_type", "visitor_id", "session_id", "device", "platform", "occurred_at_us")
_SESSION_SPANS = sql_file(__file__, "session_spans")
_NEAR_VISITORS = sql_file(__file__, "near_visitors")
_SESSION_CHANGES = sql_file(__file__, "session_changes")


def find(findings: FindingsStore, settings: SessionsRules, context: CheckContext) -> CheckResult:
    """Rows whose session id is not the one that their visit began with."""
    tables, rows = findings.tables, findings.rows(*_COLUMNS)
    spans, near, changes = (
        findings.work / f"session_{name}.parquet" for name in ("spans", "near", "changes")
    )
    gap_us = int(settings.gap_minutes * 60e6)
    tables.sql(_SESSION_SPANS(rows=rows), out=spans, **findings.inputs())
    if n_rows(spans) == 0:
        reason = ("sessions: no visit has a session id",)
        return CheckResult(not_checked=reason if findings.n_left >= _MIN_REPORTED_ROWS else ())
    tables.sql(_NEAR_VISITORS(gap_us=gap_us), out=near, spans=spans)
    if n_rows(near) == 0:
        return CheckResult()
    change_us = int(settings.change_minutes * 60e6)
    tables.sql(
        _SESSION_CHANGES(rows=rows, gap_us=gap_us, change_us=change_us),
        out=changes,
        near_visitors=near,
        **findings.inputs(),
    )
    if n_rows(changes) == 0:
        return CheckResult()
    select = finding_sql(
        f"SELECT * FROM {rows} JOIN changes USING (visitor_id, session_id)",
        _BROKEN_SESSION,
        {"old": "session_id", "changes": "n_changes"},
        new="visit_id",
    )
    return CheckResult(selects=[select], inputs={"changes": changes})


STEP = Step(name="sessions", settings=SessionsRules, checks=CHECKS, detectors=(find,))
