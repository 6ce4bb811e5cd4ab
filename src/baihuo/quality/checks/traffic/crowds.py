"""Coordinated clicks: one product, one hour, many visitors who did nothing else in the whole log.

A newsletter or a flash sale brings a crowd too, but its people stay: they dwell, they look at the page they came
from or go on to, some buy. Where nobody does, and other visitors of this log do, somebody paid for the clicks
or wrote a loop that takes a new cookie each time.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.finding_sql import finding_sql
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import daily_counts
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECK = Check(
    name="crowd",
    step="traffic",
    on="events",
    action="quarantine",
    one_per=("product_id",),
    why="most of this product's clicks in that hour come from visitors who did nothing else, before or after: "
    "no page, no dwell, no cart, where the log's other visitors do",
    fix="look up the addresses behind these visitors in the web server's log; give one address one visitor id",
    version="3",
)
_CROWDS = sql_file(__file__, "crowds").bind(half_hour_us=1_800_000_000)
_LOG_ACTIVITY = sql_file(__file__, "log_activity")
_MIN_BROWSING_SHARE = 0.5  # of what is done by hand; a log of clicks alone shows nothing


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Clicks of visitors who only clicked, around an hour of a product that is mostly theirs."""
    days = daily_counts(findings)
    log = findings.tables.sql(_LOG_ACTIVITY(), days=days).to_pylist()[0]
    is_browsed = (log["browsing_share"] or 0) >= _MIN_BROWSING_SHARE
    if log["n_click_only"] < settings.crowd_clicks or not is_browsed:
        return CheckResult()
    rows = _CROWDS(
        rows=findings.rows_as_counted("event_type", "visitor_id", "product_id", "occurred_at_us"),
        crowd_clicks=settings.crowd_clicks,
        crowd_share=settings.crowd_share,
    )
    select = finding_sql(
        rows,
        CHECK,
        {
            "product_id": "product_id",
            "clicks_in_hour": "n",
            "of_visitors_of_nothing_else": "n_alone",
        },
    )
    return CheckResult(selects=[select], inputs={"days": days})
