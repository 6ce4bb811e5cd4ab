"""Slow scrapers: visitors who come by a timetable, day and night, and never put a thing into a cart.

Each of their visits is a person's: a minute a page, a dozen pages. When they come is not: every six hours to the
minute, for days. They are findings of ``bot``.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import daily_counts
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_MIN_DAYS = 4  # with clicks, a visitor who never bought: fewer are not looked at
_MIN_CLICKS = 100
_TIMETABLES = sql_file(__file__, "timetables").bind(
    gap_us=1_800_000_000, min_visits=12, min_share=0.9
)


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Every row of a visitor who keeps to a timetable. The log is read only where a day's counts leave a suspect."""
    suspects = findings.work / "timetable_suspects.parquet"
    scores = findings.work / "bot_scores.parquet"  # whom the score has already
    known = {"scores": scores} if scores.exists() else {}
    others = "WHERE visitor_id NOT IN (SELECT actor FROM scores)" if known else ""
    findings.tables.sql(
        f"SELECT * FROM (SELECT actor AS visitor_id FROM days GROUP BY actor HAVING count(*) >= {_MIN_DAYS} "
        f"AND sum(n_clicks) >= {_MIN_CLICKS} AND sum(n_carts) + sum(n_order_lines) = 0) {others}",
        out=suspects,
        days=daily_counts(findings),
        **known,
    )
    if n_rows(suspects) == 0:
        return CheckResult()
    select = _TIMETABLES(rows=findings.rows_as_counted("visitor_id", "occurred_at_us"))
    return CheckResult(selects=[select], inputs={"suspects": suspects})
