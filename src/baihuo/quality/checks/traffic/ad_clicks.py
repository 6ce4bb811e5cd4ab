"""Clicks on ads without interest: an advertiser pays for each, and the model learns from each.

An ad is the product it shows. A click needs the ad on screen before it. A second click before it was shown again is
the same interest. A visitor who clicks many times more of the ads shown to them than others do clicks on purpose.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.finding_sql import finding_sql
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

_NOT_SHOWN = Check(
    name="ad_click_not_shown",
    step="traffic",
    on="events",
    action="quarantine",
    why="this visitor had not been shown this ad, in a log where ad clicks follow the ad",
    fix="log ad_impression on every platform; a click without one should not be billed",
)
_AGAIN = Check(
    name="ad_click_again",
    step="traffic",
    on="events",
    action="quarantine",
    why="this visitor had clicked the same ad shortly before, and it was not shown again in between",
    fix="bill the first click only; block the link after it was followed",
)
_FRAUD = Check(
    name="ad_click_fraud",
    step="traffic",
    on="events",
    action="quarantine",
    one_per=("of",),
    why="this visitor clicks many times more of the ads shown to them than the log's other visitors do",
    fix="look at the address behind these clicks; do not bill them",
    version="2",
)
CHECKS = (_NOT_SHOWN, _AGAIN, _FRAUD)
_COLUMNS = ("event_type", "visitor_id", "product_id", "platform", "occurred_at_us")
_AD_CLICKS = sql_file(__file__, "ad_clicks")
_AD_CLICK_RATES = sql_file(__file__, "ad_click_rates")


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Ad clicks without the ad, repeated, or at many times the usual rate."""
    tables, ads = findings.tables, findings.work / "ads.parquet"
    clicks = findings.work / "ad_clicks.parquet"
    tables.sql(
        f"SELECT * FROM {findings.rows_as_counted(*_COLUMNS)} "
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
    rates = _AD_CLICK_RATES(min_clicks=settings.ad_min_clicks, times=settings.ad_times_expected)
    return CheckResult(
        selects=[
            finding_sql(
                "SELECT * FROM clicks WHERE is_again",
                _AGAIN,
                {
                    "clicked_before_us": "before_us",
                    "seconds_later": "round((occurred_at_us - before_us) / 1e6, 1)",
                },
            ),
            finding_sql(
                "SELECT * FROM clicks WHERE is_testable AND NOT is_shown AND NOT is_again",
                _NOT_SHOWN,
                {"clicked_at_us": "occurred_at_us"},
            ),
            finding_sql(
                rates,
                _FRAUD,
                {
                    "of": "visitor_id",
                    "shown": "n_shown",
                    "clicks": "n_clicks",
                    "usual_rate": "usual_rate",
                },
            ),
        ],
        inputs={"ads": ads, "clicks": clicks},
        not_checked=tuple(
            f"ad_click_not_shown, ad_click_fraud{' on ' + p['platform'] if p['platform'] else ''}: only "
            f"{p['shown_share']:.0%} of those who clicked an ad had been shown it, so this log does not hold what was shown"
            for p in blind
        ),
    )
