"""A crowd that only clicks: one product, one hour, many visitors who did nothing else in their lives.

A newsletter or a flash sale brings a crowd too, but its people stay: they dwell, they look at the
page they came from or go on to, some buy. Where nobody does, and in this log people do, somebody
paid for the clicks or wrote a loop that takes a new cookie each time.
"""

from __future__ import annotations

from baihuo.quality.checks.traffic import user_actions
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="crowd",
        step="traffic",
        on="events",
        then="quarantine",
        why="most of this product's clicks in that hour come from visitors who did nothing else, before "
        "or after: no page, no dwell, no cart, where the log's other visitors do",
        mend="ask the door's log for the addresses behind these visitors; give one address one visitor id",
    ),
)


def find(ledger: FindingsStore, settings: TrafficRules, given: CheckContext) -> CheckResult:
    """Clicks of visitors who only clicked one product, in an hour that is mostly theirs."""
    of, tables = settings, ledger.tables
    log = tables.sql(_LOG, days=user_actions.days(ledger)).to_pylist()[0]
    # others have to look around, or these are not odd: a log of clicks alone says nothing
    if log["n_clicks"] < of.crowd_clicks or not log["looking_share"] >= 0.5:
        return CheckResult()
    clicks, hours = ledger.work / "crowd_clicks.parquet", ledger.work / "crowd_hours.parquet"
    rows = ledger.rows("event_type", "visitor_id", "product_id", "occurred_at_us")
    words = {"rows": rows, "least": of.crowd_clicks // 2}
    tables.sql(_BUSY_DAYS.format_map(words), out=clicks, **ledger.inputs())
    tables.sql(
        _HOURS.format(clicks=of.crowd_clicks, share=of.crowd_share),
        out=hours,
        clicks=clicks,
        days=user_actions.days(ledger),
    )
    return CheckResult(selects=[_FOUND], inputs={"hours": hours})


_LOG = """
    SELECT coalesce(sum(n_clicks + n_ad_clicks), 0) AS n_clicks,
           coalesce(avg(CASE WHEN looks THEN 1 ELSE 0 END), 0) AS looking_share
    FROM (SELECT who, sum(n_clicks) AS n_clicks, sum(n_ad_clicks) AS n_ad_clicks,
                 sum(n_impressions + n_searches + n_dwells + n_carts + n_lines) > 0 AS looks
          FROM days GROUP BY who HAVING sum(n_hand) >= 3)"""

_BUSY_DAYS = f"""
    WITH busy AS (
        SELECT product_id, day + unnest([-1, 0, 1]) AS day FROM (
            SELECT product_id, occurred_at_us // {user_actions.DAY_US} AS day FROM {{rows}}
            WHERE event_type IN ('click', 'ad_click') AND product_id IS NOT NULL
            GROUP BY ALL HAVING count(*) >= {{least}}))
    SELECT import_id, line, visitor_id, product_id, occurred_at_us AS at_us FROM {{rows}} AS r
    SEMI JOIN busy ON busy.product_id = r.product_id AND busy.day = r.occurred_at_us // {user_actions.DAY_US}
    WHERE event_type IN ('click', 'ad_click')"""

# an hour that is a crowd's, and what of the same crowd falls into the hours beside it
_HOURS = """
    WITH lone AS (
        SELECT who AS visitor_id FROM days SEMI JOIN clicks ON clicks.visitor_id = days.who
        GROUP BY who HAVING sum(n) = sum(n_clicks + n_ad_clicks) AND sum(n) <= 3),
    counted AS (
        SELECT product_id, at_us // 3600000000 AS hour, lone.visitor_id IS NOT NULL AS is_lone, import_id, line
        FROM clicks LEFT JOIN lone USING (visitor_id)),
    hours AS (
        SELECT product_id, hour, count(*) AS n, count(*) FILTER (is_lone) AS n_lone FROM counted GROUP BY ALL),
    crowds AS (SELECT * FROM hours WHERE n_lone >= {clicks} AND n_lone >= {share} * n),
    around AS (
        SELECT h.product_id, h.hour, any_value(h.n) AS n, any_value(h.n_lone) AS n_lone
        FROM hours AS h JOIN crowds AS c ON c.product_id = h.product_id AND abs(h.hour - c.hour) <= 1
        WHERE h.n_lone >= {share} * h.n GROUP BY h.product_id, h.hour)
    SELECT import_id, line, n, n_lone, hour * 3600000000 AS from_us FROM counted
    JOIN around USING (product_id, hour) WHERE is_lone"""

_FOUND = """
    SELECT import_id, line, 'crowd' AS rule, 'quarantine' AS action, CAST(NULL AS VARCHAR) AS field,
           CAST(NULL AS VARCHAR) AS new,
           CAST(to_json(struct_pack(clicks_in_hour := n, of_visitors_of_nothing_else := n_lone, hour_from_us := from_us)) AS VARCHAR) AS detail
    FROM hours"""
