"""Clicks on ads without interest: an advertiser pays for each, and the model learns from each.

An ad is the product it shows. A click needs the ad on screen before it. A second click before it
was shown again is the same interest. A visitor who clicks far more of the ads shown to them than chance
allows clicks on purpose, and so do those who click an ad in one hour far beyond the ad's usual rate.
"""

from __future__ import annotations

from math import exp, fsum, lgamma

import numpy as np
import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="ad_click_not_shown",
        step="traffic",
        on="events",
        action="quarantine",
        why="this visitor had not been shown this ad, in a log where ad clicks follow the ad",
        fix="log ad_impression on every platform; a click without one should not be billed",
    ),
    Check(
        name="ad_click_again",
        step="traffic",
        on="events",
        action="quarantine",
        why="this visitor had clicked the same ad shortly before, and it was not shown again in between",
        fix="bill the first click only; block the link after it was followed",
    ),
    Check(
        name="ad_click_fraud",
        step="traffic",
        on="events",
        action="quarantine",
        one_per=("of",),
        why="this visitor (or this ad in this hour) clicks far more of the ads shown than chance allows "
        "at the log's own rate",
        fix="look at the address behind these clicks; do not bill them",
    ),
)

_PRIOR_IMPRESSIONS = (
    50  # people and ads differ: their rates spread as after so many (beta-binomial)
)
_AD_EVENTS = sql_file(__file__, "ad_events")
_AD_CLICK_CONTEXT = sql_file(__file__, "ad_click_context")
_AD_CLICK_SHARES = sql_file(__file__, "ad_click_shares")
_AD_CLICK_RATES = sql_file(__file__, "ad_click_rates")
_AD_CLICKS_REPEATED = sql_file(__file__, "ad_clicks_repeated")
_AD_CLICKS_NOT_SHOWN = sql_file(__file__, "ad_clicks_not_shown")
_AD_CLICK_FRAUD = sql_file(__file__, "ad_click_fraud")


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Ad clicks without the ad, repeated, or at rates beyond chance."""
    tables, work = findings.tables, findings.work
    ads, clicks, testable, rates, unlikely = (
        work / f"ad_{name}.parquet"
        for name in ("events", "clicks", "clicks_testable", "rates", "rates_unlikely")
    )
    rows = findings.rows_as_counted(
        "event_type", "visitor_id", "product_id", "platform", "occurred_at_us"
    )
    tables.sql(_AD_EVENTS(rows=rows), out=ads, **findings.inputs())
    if n_rows(ads) == 0:
        return CheckResult()
    repeat_us = int(settings.ad_repeat_minutes * 60e6)
    tables.sql(_AD_CLICK_CONTEXT(repeat_us=repeat_us), out=clicks, ads=ads)
    if n_rows(clicks) == 0:
        return CheckResult()
    shares = tables.sql(_AD_CLICK_SHARES(), clicks=clicks).to_pylist()
    # platforms whose log does not hold the ads that were shown
    blind = [p for p in shares if p["share"] < settings.min_shown_share]
    not_checked = tuple(
        f"ad_click_not_shown, ad_click_fraud{' on ' + p['platform'] if p['platform'] else ''}: only {p['share']:.0%} of "
        "those who clicked an ad had been shown it, so this log does not hold what was shown"
        for p in blind
    )
    selects = [_AD_CLICKS_REPEATED()]
    if len(blind) == len(shares):
        return CheckResult(selects=selects, inputs={"clicks": clicks}, not_checked=not_checked)
    names = pa.table({"platform": pa.array([p["platform"] for p in blind], pa.string())})
    tables.sql(
        "SELECT * FROM clicks ANTI JOIN blind USING (platform)",
        out=testable,
        clicks=clicks,
        blind=names,
    )
    tables.sql(
        _AD_CLICK_RATES(min_clicks=settings.ad_min_clicks), out=rates, ads=ads, clicks=testable
    )
    tables.map_arrow(lambda batch: _unlikely_rates(batch, settings), rates, out=unlikely)
    return CheckResult(
        selects=[*selects, _AD_CLICKS_NOT_SHOWN(), _AD_CLICK_FRAUD()],
        inputs={"clicks": clicks, "testable_clicks": testable, "unlikely_rates": unlikely},
        not_checked=not_checked,
    )


def _unlikely_rates(batch: pa.RecordBatch, settings: TrafficRules) -> pa.RecordBatch:
    """The rates that chance does not explain, with the probability of each or a higher one: ``p``."""
    n_shown, n_clicks = batch["n_shown"].to_numpy(), batch["n_clicks"].to_numpy()
    usual_rate = batch["usual_rate"].to_numpy()
    is_high = (n_clicks >= settings.ad_min_clicks) & (
        n_clicks >= settings.ad_times_expected * usual_rate * n_shown
    )
    p = np.ones(len(n_clicks))
    for i in np.flatnonzero(is_high):
        p[i] = at_least(
            int(n_clicks[i]),
            int(max(n_shown[i], n_clicks[i])),
            usual_rate[i] * _PRIOR_IMPRESSIONS,
            (1 - usual_rate[i]) * _PRIOR_IMPRESSIONS,
        )
    is_unlikely = is_high & (p < settings.ad_chance)
    return batch.append_column("p", pa.array(p)).filter(pa.array(is_unlikely))


def at_least(k: int, n: int, a: float, b: float) -> float:
    """Probability of ``k`` of ``n`` or more, where rates follow Beta(a, b): the beta-binomial tail.

    Written out because ``scipy.stats`` takes longer to import than this step to run.

    >>> round(at_least(1, 2, 1, 1), 9)
    0.666666667
    """
    j = range(k, n + 1)
    log_b = lgamma(a) + lgamma(b) - lgamma(a + b)
    logs = [
        lgamma(n + 1)
        - lgamma(i + 1)
        - lgamma(n - i + 1)
        + lgamma(i + a)
        + lgamma(n - i + b)
        - lgamma(n + a + b)
        - log_b
        for i in j
    ]
    return min(1.0, fsum(exp(x) for x in logs))
