"""Traffic that no shopper made: floods, coordinated clicks, bots, clicks on ads without interest.

Everything is counted per visitor and day first, in one pass. Only the few visitors who were busy are
looked at event by event.

A bot has a score for each period of its actions without a long pause, ``1 / (1 + exp(-(prior + sum(weight * evidence))))``,
each evidence 0 (a person) to 1 (a program). No single reason is enough: a keen shopper is fast, a window-shopper never
buys, a blocker swallows dwells, but no person is all of them.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import PRODUCTS
from baihuo.engine import sql_file
from baihuo.quality.checks.traffic.ad_interest import judge_ad_clicks
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, Step

MANY_CLIENTS = 4  # pairs of platform and country at once: that many are many people under one id
_COLUMNS = "event_type visitor_id product_id query_id order_id occurred_at_us platform country dwell_ms".split()
_DAILY_COUNTS = sql_file(__file__, "daily_counts")
_BUSY_DAYS = """SELECT DISTINCT visitor_id, day + unnest([-1, 0, 1]) AS day FROM days
    WHERE n_hand + n_impressions // 5 >= {0} OR n_carts >= {0}"""
"""Days on which a visitor did much, and those around them: a page is never shorter than a few impressions, so a fifth of these is more pages than there were."""
_BUSY_ROWS = sql_file(__file__, "busy_rows")
_USER_ACTIONS = sql_file(__file__, "user_actions")


def daily_counts(findings: FindingsStore) -> Path:
    """One row for each visitor and day: how often they did what. Made once, then read again."""
    out = findings.work / "daily_counts.parquet"
    if not out.exists():
        rows = findings.rows_as_counted("visitor_id", "event_type", "occurred_at_us")
        findings.tables.sql(_DAILY_COUNTS(rows=rows), out=out, **findings.inputs())
    return out


def busy_visitors(findings: FindingsStore, min_actions: int) -> tuple[Path, Path] | None:
    """The rows around days of ``min_actions`` user actions or more, and these actions; None without any."""
    days, work = daily_counts(findings), findings.work
    rows, actions = work / "busy_rows.parquet", work / "user_actions.parquet"
    busy_days = _BUSY_DAYS.format(min_actions)
    if not findings.tables.sql(f"SELECT 1 FROM ({busy_days}) LIMIT 1", days=days).num_rows:
        return None  # which saves a scan of the log
    findings.tables.sql(
        _BUSY_ROWS(rows=findings.rows_as_counted(*_COLUMNS), busy_days=busy_days),
        out=rows,
        days=days,
        **findings.inputs(),
    )
    findings.tables.sql(_USER_ACTIONS(), out=actions, busy_rows=rows)
    return (rows, actions) if n_rows(actions) else None


class TrafficRules(Limits):
    """Traffic that no shopper made: floods, bots, clicks on ads."""

    flood_acts: PositiveInt = 100  # clicks, pages or orders of one visitor ...
    flood_per_second: PositiveFloat = 2  # ... at this rate: no hand keeps that up
    # on one product within an hour, by visitors who did nothing else: a click farm ...
    crowd_clicks: PositiveInt = 100
    # ... if this share of the clicks then is theirs
    crowd_share: float = Field(default=0.8, gt=0.5, le=1)
    bot_acts: PositiveInt = 60  # user actions without a pause before a visitor is judged
    bot_pause_hours: PositiveFloat = 3  # a rest this long ends a period
    # 0 to 1, reasons in the finding's detail: quarantine from here
    bot_score: float = Field(default=0.9, gt=0.5, le=1)
    human_acts_per_minute: PositiveFloat = 12  # a quick shopper; 2.5 times that is no shopper
    # the same ad clicked again and not shown again: only the first click counts
    ad_repeat_minutes: PositiveFloat = 30
    # of a platform's visitors who clicked an ad, had been shown it; below it, shown ads are not logged
    min_shown_share: Share = 0.75
    # an ad click goes where no more organic clicks are as unlike interest, ...
    organic_alike: Share = 0.005
    # ... and where they are no more than this of the ad clicks that are, so that of those refused so many are honest
    max_honest_refused: Share = 0.1
    min_ad_clicks: PositiveInt = 200  # and five times as many organic ones, to learn from
    # more of a surface's ad clicks: its ads are another thing than its lists, and none go
    max_ad_clicks_refused: Share = 0.3


CHECKS = read_checks(__file__, "traffic")
_BY_NAME = {check.name: check for check in CHECKS}
_FLOODS = sql_file(__file__, "floods").bind(max_clients=MANY_CLIENTS)
_CROWDS = sql_file(__file__, "crowds").bind(hour_us=3_600_000_000)
_LOG_ACTIVITY = sql_file(__file__, "log_activity")
_MIN_BROWSING_SHARE = 0.5  # of what is done by hand; a log of clicks alone shows nothing
_OF_ADS = ("event_type", "visitor_id", "product_id", "platform", "occurred_at_us")
_AD_CLICKS = sql_file(__file__, "ad_clicks")
_OF_INTEREST = "event_type visitor_id product_id query_id surface occurred_at_us dwell_ms".split()
_AD_CLICK_FEATURES = sql_file(__file__, "ad_click_features")
_UNLIKE_INTEREST = sql_file(__file__, "unlike_interest")
_MIN_REPORTED_ROWS = 100  # of a smaller log it is not reported what it lacks
_PRIOR = -5.5  # log-odds
_WEIGHTS = {
    "pace": 5,
    "even_gaps": 4,
    "no_rest": 4,
    "breadth": 2.5,
    "no_stays": 4,
    "no_interest": 3,
}
_BOTS = sql_file(__file__, "bots").bind(
    prior=_PRIOR,
    weighted_evidence=" + ".join(f"{weight} * {name}" for name, weight in _WEIGHTS.items()),
    reasons=", ".join(f"{name} := {name}" for name in _WEIGHTS),
)
_SCORED = (
    "score reasons from_us span_hours gap_spread products clicks dwells impressions carts clients"
)


def find_floods(
    findings: FindingsStore, settings: TrafficRules, context: CheckContext
) -> CheckResult:
    """Rows in the dense spans of a visitor's actions."""
    busy = busy_visitors(findings, settings.flood_acts // 2)
    if busy is None:
        return CheckResult()
    rows = _FLOODS(
        flood_acts=settings.flood_acts,
        per_second=settings.flood_per_second,
        span_us=int(settings.flood_acts / settings.flood_per_second * 1e6),
    )
    select = finding_sql(
        rows,
        _BY_NAME["flood"],
        {"whose": "visitor_id", "acts": "n", "per_second": "per_second", "from_us": "from_us"},
    )
    return CheckResult(selects=[select], inputs={"busy_rows": busy[0], "actions": busy[1]})


def find_crowds(
    findings: FindingsStore, settings: TrafficRules, context: CheckContext
) -> CheckResult:
    """Clicks of visitors who only clicked, in hours of a product that are mostly theirs."""
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
        _BY_NAME["crowd"],
        {
            "product_id": "product_id",
            "clicks_in_hour": "n",
            "of_visitors_of_nothing_else": "n_alone",
        },
    )
    return CheckResult(selects=[select], inputs={"days": days})


def find_ad_clicks(
    findings: FindingsStore, settings: TrafficRules, context: CheckContext
) -> CheckResult:
    """Ad clicks without the ad, or repeated."""
    tables, ads = findings.tables, findings.work / "ads.parquet"
    clicks = findings.work / "ad_clicks.parquet"
    tables.sql(
        f"SELECT * FROM {findings.rows_as_counted(*_OF_ADS)} "
        "WHERE event_type IN ('ad_click', 'ad_impression') AND product_id IS NOT NULL",
        out=ads,
        **findings.inputs(),
    )
    if n_rows(ads) == 0:
        return CheckResult()
    repeat_us = int(settings.ad_repeat_minutes * 60e6)
    tables.sql(
        _AD_CLICKS(repeat_us=repeat_us, min_shown_share=settings.min_shown_share),
        out=clicks,
        ads=ads,
    )
    blind = tables.sql(
        "SELECT DISTINCT platform, shown_share FROM clicks WHERE NOT is_testable ORDER BY platform",
        clicks=clicks,
    ).to_pylist()
    return CheckResult(
        selects=[
            finding_sql(
                "SELECT * FROM clicks WHERE is_again",
                _BY_NAME["ad_click_again"],
                {
                    "clicked_before_us": "before_us",
                    "seconds_later": "round((occurred_at_us - before_us) / 1e6, 1)",
                },
            ),
            finding_sql(
                "SELECT * FROM clicks WHERE is_testable AND NOT is_shown AND NOT is_again",
                _BY_NAME["ad_click_not_shown"],
                {"clicked_at_us": "occurred_at_us"},
            ),
        ],
        inputs={"clicks": clicks},
        not_checked=tuple(
            f"ad_click_not_shown{' on ' + p['platform'] if p['platform'] else ''}: only "
            f"{p['shown_share']:.0%} of those who clicked an ad had been shown it, so this log does not hold what was shown"
            for p in blind
        ),
    )


def find_clicks_without_interest(
    findings: FindingsStore, settings: TrafficRules, context: CheckContext
) -> CheckResult:
    """Ad clicks that are unlike organic ones, which nobody is paid for."""
    tables, clicks = findings.tables, findings.work / "clicks.parquet"
    days, judged = daily_counts(findings), findings.work / "judged_ad_clicks.parquet"
    n_ad_clicks = tables.sql("SELECT sum(n_ad_clicks) AS n FROM days", days=days)["n"][0].as_py()
    if not n_ad_clicks:
        return CheckResult()
    name = "ad_click_without_interest"
    tables.sql(
        _AD_CLICK_FEATURES(rows=findings.rows_as_counted(*_OF_INTEREST)),
        out=clicks,
        products=context.products or PRODUCTS.empty_table(),
        **findings.inputs(),
    )
    n = tables.sql(
        "SELECT count(*) FILTER (is_ad) AS ads, count(*) FILTER (NOT is_ad) AS organic FROM clicks",
        clicks=clicks,
    ).to_pylist()[0]
    least = settings.min_ad_clicks
    if n["ads"] < least or n["organic"] < 5 * least:
        reason = f"{name}: {n['ads']:,} ad clicks and {n['organic']:,} organic ones; {least:,} and {5 * least:,} are the least to learn from"
        return CheckResult(not_checked=(reason,))
    pq.write_table(judge_ad_clicks(clicks), judged)
    refused = _UNLIKE_INTEREST(
        organic_alike=settings.organic_alike,
        max_honest_refused=settings.max_honest_refused,
        max_refused=settings.max_ad_clicks_refused,
    )
    other = tables.sql(
        f"SELECT DISTINCT surface, refused_share FROM ({refused}) WHERE is_other ORDER BY surface",
        judged=judged,
    ).to_pylist()
    detail = {"organic_alike": "round(organic_alike, 5)", "reasons": "reasons"}
    return CheckResult(
        selects=[
            finding_sql(f"SELECT * FROM ({refused}) WHERE NOT is_other", _BY_NAME[name], detail)
        ],
        inputs={"judged": judged},
        not_checked=tuple(
            f"{name} on {row['surface'] or 'no surface'}: {row['refused_share']:.0%} of its ad clicks are unlike organic ones, "
            "so its ads are another thing than its lists"
            for row in other
        ),
    )


def find_bots(
    findings: FindingsStore, settings: TrafficRules, context: CheckContext
) -> CheckResult:
    """Every row of a period that scores ``bot_score`` or more."""
    days = daily_counts(findings)
    n_actions = findings.tables.sql("SELECT sum(n_hand + n_impressions) AS n FROM days", days=days)
    if not n_actions["n"][0].as_py():
        reason = (
            "crowd, bot: this log holds only what was bought, not what was looked at or clicked on"
        )
        is_reported = findings.n_left >= _MIN_REPORTED_ROWS
        return CheckResult(not_checked=(reason,) if is_reported else ())
    busy = busy_visitors(findings, settings.bot_acts // 2)
    if busy is None:
        return CheckResult()
    scored = findings.work / "bot_rows.parquet"
    findings.tables.sql(
        _BOTS(
            min_actions=settings.bot_acts,
            pause_us=int(settings.bot_pause_hours * 3_600e6),
            min_score=settings.bot_score,
            max_clients=MANY_CLIENTS,
            evidence=", ".join(f"{sql} AS {name}" for name, sql in _evidence(settings).items()),
        ),
        out=scored,
        days=days,
        busy_rows=busy[0],
        actions=busy[1],
    )
    detail = {
        "whose": "visitor_id",
        "acts": "n_actions",
        **{name: name for name in _SCORED.split()},
    }
    select = finding_sql("SELECT * FROM scored", _BY_NAME["bot"], detail)
    return CheckResult(selects=[select], inputs={"scored": scored})


def _evidence(settings: TrafficRules) -> dict[str, str]:
    """SQL of each evidence over the columns of a period."""
    a_minute = settings.human_acts_per_minute
    n_dwells, n_carts = "clicks * dwells_per_click", "clicks * carts_per_click"
    n_clicks = "impressions * clicks_per_impression"
    return {
        "pace": _ramp("ln(n_actions / n_minutes)", f"ln({a_minute})", f"ln(2.5 * {a_minute})"),
        "even_gaps": _ramp("-gap_spread", "-1.6", "-0.6"),
        "no_rest": _ramp("(to_us - from_us) / 3.6e9", "12", "20"),
        "breadth": _ramp("ln(products)", "ln(60)", "ln(600)")
        + f" * {_ramp('products / clicks', '0.75', '0.95')}",
        "no_stays": _missing("dwells", n_dwells, 10),
        "no_interest": f"greatest({_missing('carts', n_carts, 5)}, {_missing('clicks', n_clicks, 20)})",
    }


def _ramp(value: str, low: str, high: str) -> str:
    """SQL that rises from 0 at ``low`` to 1 at ``high``; 0 where the value is null."""
    rising = f"greatest(0, least(1, (({value}) - ({low})) / (({high}) - ({low}))))"
    return f"round(coalesce({rising}, 0), 3)"


def _missing(n: str, n_expected: str, least: int) -> str:
    """SQL that rises from 0, where half of the expected are missing, to 1; 0 where too few are expected."""
    return f"CASE WHEN {n_expected} >= {least} THEN {_ramp(f'-{n} / ({n_expected})', '-0.5', '-0.1')} ELSE 0 END"


STEP = Step(
    name="traffic",
    settings=TrafficRules,
    checks=CHECKS,
    detectors=(find_floods, find_crowds, find_ad_clicks, find_bots, find_clicks_without_interest),
    finds={
        find_floods: ("flood",),
        find_crowds: ("crowd",),
        find_ad_clicks: ("ad_click_not_shown", "ad_click_again"),
        find_bots: ("bot",),
        find_clicks_without_interest: ("ad_click_without_interest",),
    },
)
