"""Clicks on ads that were not meant: an advertiser pays for each, and the model learns from each.

An ad is the product it shows. A click needs the ad on screen before it; a second click before it
was shown again is the same interest; and who clicks far more of what is shown to them than chance
allows, or an ad that is in one hour clicked far beyond its own rate, is being clicked on purpose.
"""

from __future__ import annotations

from math import exp, fsum, lgamma

import numpy as np
import pyarrow as pa

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
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
        why="this visitor had clicked the same ad shortly before and it was not shown anew in between",
        fix="bill the first click only; block the link after it was followed",
    ),
    Check(
        name="ad_click_fraud",
        step="traffic",
        on="events",
        action="quarantine",
        why="this visitor (or this ad in this hour) clicks far more of the ads shown than chance allows "
        "at the log's own rate",
        fix="look at the address behind these clicks; do not bill them",
    ),
)

_ALIKE = 50  # people and ads differ: their rates are spread as after 50 impressions (beta-binomial)


def find(ledger: FindingsStore, settings: TrafficRules, given: CheckContext) -> CheckResult:
    """Ad clicks without the ad, repeated, or at rates beyond chance."""
    of, tables, work = settings, ledger.tables, ledger.work
    ads, clicks, rates, frauds = (
        work / f"ad_{n}.parquet" for n in ("events", "clicks", "rates", "frauds")
    )
    rows = ledger.rows("event_type", "visitor_id", "product_id", "platform", "occurred_at_us")
    tables.sql(_ADS.format(rows=rows), out=ads, **ledger.inputs())
    tables.sql(_CLICKS(repeat_us=int(of.ad_repeat_minutes * 60e6)), out=clicks, ads=ads)
    if n_rows(clicks) == 0:
        return CheckResult()
    by_platform = tables.sql(_SHARES, clicks=clicks).to_pylist()
    blind = [p for p in by_platform if p["share"] < of.min_shown_share]
    not_checked = tuple(
        f"ad_click_not_shown, ad_click_fraud{' on ' + p['platform'] if p['platform'] else ''}: only {p['share']:.0%} of "
        "those who clicked an ad had been shown it, so this log does not hold what was shown"
        for p in blind
    )
    if len(blind) == len(by_platform):
        return CheckResult(selects=[_AGAIN], inputs={"clicks": clicks}, not_checked=not_checked)
    judged = work / "ad_clicks_judged.parquet"
    names = pa.table({"platform": pa.array([p["platform"] for p in blind], pa.string())})
    tables.sql(
        "SELECT * FROM clicks ANTI JOIN blind USING (platform)",
        out=judged,
        clicks=clicks,
        blind=names,
    )
    tables.sql(_RATES(least=of.ad_min_clicks), out=rates, ads=ads, clicks=judged)
    least, chance, times = of.ad_min_clicks, of.ad_chance, of.ad_times_expected
    tables.map_arrow(lambda batch: _unlikely(batch, least, chance, times), rates, out=frauds)
    return CheckResult(
        selects=[_AGAIN, _NOT_SHOWN, _FRAUDS()],
        inputs={"clicks": clicks, "judged": judged, "frauds": frauds},
        not_checked=not_checked,
    )


def _unlikely(batch: pa.RecordBatch, least: int, chance: float, times: float) -> pa.RecordBatch:
    """The rates that chance does not explain, with how likely they were: ``p``."""
    n, k = batch["n_shown"].to_numpy(), batch["n_clicks"].to_numpy()
    usual = batch["usual"].to_numpy()
    is_odd = (k >= least) & (k >= times * usual * n)
    p = np.ones(len(k))
    for i in np.flatnonzero(is_odd):
        p[i] = at_least(int(k[i]), int(max(n[i], k[i])), usual[i] * _ALIKE, (1 - usual[i]) * _ALIKE)
    is_odd &= p < chance
    return batch.append_column("p", pa.array(p)).filter(pa.array(is_odd))


def at_least(k: int, n: int, a: float, b: float) -> float:
    """How likely ``k`` of ``n`` or more are, where rates are spread as Beta(a, b).

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


_ADS = """
    SELECT import_id, line, event_type = 'ad_click' AS is_click, visitor_id, product_id,
           coalesce(platform, '') AS platform, occurred_at_us AS at_us
    FROM {rows} WHERE event_type IN ('ad_click', 'ad_impression') AND product_id IS NOT NULL"""

# of clicked pairs only: when the ad was last on screen, and when it was last clicked
_CLICKS = sql_file(__file__, "ad_click_context")

# by visitors, so that one who invents a thousand clicks counts once
_SHARES = """
    SELECT platform, avg(CASE WHEN is_shown THEN 1 ELSE 0 END) AS share
    FROM (SELECT platform, visitor_id, bool_or(is_shown) AS is_shown FROM clicks GROUP BY ALL)
    GROUP BY platform ORDER BY platform"""

# Rates worth a test. Usual is what visitors of few clicks do; an ad's own rate, outside the hour, is
# drawn to it by 200 impressions and is taken for no more than five times it.
_RATES = sql_file(__file__, "ad_click_rates")

_NULLS = "CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new"
_AGAIN = f"""
    SELECT import_id, line, 'ad_click_again' AS rule, 'quarantine' AS action, {_NULLS},
           CAST(to_json(struct_pack(clicked_before_us := before_us, seconds_later := round((at_us - before_us) / 1e6, 1))) AS VARCHAR) AS detail
    FROM clicks WHERE is_again"""
_NOT_SHOWN = f"""
    SELECT import_id, line, 'ad_click_not_shown' AS rule, 'quarantine' AS action, {_NULLS},
           CAST(to_json(struct_pack(clicked_at_us := at_us)) AS VARCHAR) AS detail
    FROM judged WHERE NOT is_shown AND NOT is_again"""
_FRAUDS = sql_file(__file__, "ad_click_fraud").bind(nulls=_NULLS)
