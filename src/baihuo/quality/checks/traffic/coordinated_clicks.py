"""Coordinated clicks: one product, one hour, many visitors who did nothing else in the whole log.

A newsletter or a flash sale brings a crowd too, but its people stay: they dwell, they look at the
page they came from or go on to, some buy. Where nobody does, and other visitors of this log do, somebody
paid for the clicks or wrote a loop that takes a new cookie each time.

A farm that opens several products from each of its phones is slower and smaller. What gives it away is that its visitors, all
new, open the very same products and no other; that is noted. So is one whose visitors search, stay and buy as people do, but
all stay on one product for the same time.
"""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import daily_counts
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="crowd",
        step="traffic",
        on="events",
        action="quarantine",
        one_per=("hour_from_us", "clicks_in_hour"),
        why="most of this product's clicks in that hour come from visitors who did nothing else, before "
        "or after: no page, no dwell, no cart, where the log's other visitors do (a note: many new visitors opened the very same "
        "products within the hour, and nothing else, or stayed on one of them for the same time)",
        fix="look up the addresses behind these visitors in the web server's log; give one address one visitor id",
        version="2",
    ),
)
_MIN_BROWSING_SHARE = 0.5  # of visitors; a log of clicks alone shows nothing
_MIN_SET, _MAX_CLICKS = 3, 20  # products that newcomers share, clicks of each
_NEAR_US = 30 * 60_000_000
_SAME_SETS = sql_file(__file__, "same_sets").bind(
    min_products=_MIN_SET, max_clicks=_MAX_CLICKS, window_us=_NEAR_US
)
_SAME_STAYS = sql_file(__file__, "same_stays").bind(
    max_rows=100, min_share=0.3, max_common=0.05, window_us=_NEAR_US
)
_FARM_ROWS = sql_file(__file__, "farm_rows")
_LOG_ACTIVITY = sql_file(__file__, "log_activity")
_CLICKS_ON_BUSY_DAYS = sql_file(__file__, "clicks_on_busy_days")
_COORDINATED_HOURS = sql_file(__file__, "coordinated_hours")
_COORDINATED_CLICKS = sql_file(__file__, "coordinated_clicks")


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Clicks of visitors who only clicked one product, in an hour that is mostly theirs."""
    tables, days = findings.tables, daily_counts(findings)
    log = tables.sql(_LOG_ACTIVITY(), days=days).to_pylist()[0]
    is_browsed = log["browsing_share"] >= _MIN_BROWSING_SHARE
    if log["n_clicks"] < settings.crowd_clicks or not is_browsed:
        return CheckResult()
    clicks = findings.work / "clicks_on_busy_days.parquet"
    hours = findings.work / "coordinated_hours.parquet"
    rows = findings.rows_as_counted("event_type", "visitor_id", "product_id", "occurred_at_us")
    tables.sql(
        _CLICKS_ON_BUSY_DAYS(rows=rows, min_clicks=settings.crowd_clicks // 2),
        out=clicks,
        **findings.inputs(),
    )
    tables.sql(
        _COORDINATED_HOURS(crowd_clicks=settings.crowd_clicks, crowd_share=settings.crowd_share),
        out=hours,
        clicks=clicks,
        days=days,
    )
    selects = [_COORDINATED_CLICKS(), _SAME_SETS(rows=rows, visitors=settings.farm_visitors)]
    inputs: dict[str, Source] = {"coordinated_hours": hours, "days": days}
    farms = findings.work / "same_stays.parquet"
    columns = ("event_type", "visitor_id", "product_id", "occurred_at_us", "dwell_ms")
    tables.sql(
        _SAME_STAYS(rows=findings.rows_as_counted(*columns), visitors=settings.farm_visitors),
        out=farms,
        days=days,
        **findings.inputs(),
    )
    if n_rows(farms):
        selects.append(_FARM_ROWS(rows=findings.rows("visitor_id")))
        inputs["farms"] = farms
    return CheckResult(selects=selects, inputs=inputs)
