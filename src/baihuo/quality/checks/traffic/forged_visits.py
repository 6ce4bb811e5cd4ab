"""Forged visits: many newcomers for one product on one day, and all of one making.

A loop that takes a new visitor id for each visit it makes up is slow enough, and spread wide enough, that no visitor and no
hour stands out. The day does: a product has many times the visitors that were never here before or after.
That alone is also what a good advertisement does. So the group is compared with those who came for other products, or
more than once: what they did (the same few shapes?), for how many products, with which pages, dwells and carts, from which
clients. Several of these have to differ; visitors of the group that did what others do stay.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.traffic.score_sql import missing, ramp
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import daily_counts
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="forged_visits",
        step="traffic",
        on="events",
        action="quarantine",
        one_per=("product_id", "day_from_us"),
        why="this visitor is one of very many who came on one day for one product, never before or after, and unlike those who "
        "came for other products they all did the same; the detail has each reason",
        fix="look up the addresses behind these visitors in the web server's log; sign visitor ids (docs/access.md). If an "
        "advertisement sent them, release the rows from quarantine or raise traffic.forged_score",
    ),
)
PRIOR = -4.5  # log-odds
WEIGHTS = {
    "one_shape": 3.5,
    "one_product": 2.5,
    "no_pages": 2.5,
    "no_dwells": 1.5,
    "no_interest": 2.0,
    "one_client": 3.0,
}
_MIN_OTHERS = 200  # days of visitors who came back, before a product's share of them says what is to be expected
_MIN_COMPARED = 50  # days of visitors for other products, before they say what people do
_HEAD = 0.05  # of the products are everybody's
_ODD_FROM = 0.5
_OF_CLIENT = ("platform", "device", "country")
_CLIENT = " || '/' || ".join(f"coalesce({name}, '')" for name in _OF_CLIENT)
_VISITOR_DAYS = sql_file(__file__, "visitor_days")
_TOUCHES = sql_file(__file__, "touches")
_CROWDED = sql_file(__file__, "crowded_products").bind(min_others=_MIN_OTHERS, head=_HEAD)
_GROUPS = sql_file(__file__, "newcomer_groups")
_FORGED = sql_file(__file__, "forged_visits").bind(is_odd_from=_ODD_FROM)


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Every row of visitors that a loop made up for a product."""
    tables, work = findings.tables, findings.work
    visitor_days, touches, crowded, groups, scores = (
        work / f"{name}.parquet"
        for name in (
            "visitor_days",
            "touches",
            "crowded_products",
            "newcomer_groups",
            "forged_scores",
        )
    )
    tables.sql(_VISITOR_DAYS(), out=visitor_days, days=daily_counts(findings))
    if n_rows(visitor_days) < settings.forged_visitors:
        return CheckResult()
    columns = "event_type visitor_id product_id occurred_at_us".split()
    touched = _TOUCHES(rows=findings.rows_as_counted(*columns), more="")
    tables.sql(touched, out=touches, **findings.inputs())
    tables.sql(
        _CROWDED(
            min_visitors=settings.forged_visitors, times_expected=settings.forged_times_expected
        ),
        out=crowded,
        touches=touches,
        visitor_days=visitor_days,
    )
    if n_rows(crowded) == 0:
        return CheckResult()
    touched = _TOUCHES(
        rows=findings.rows_as_counted(*columns, *_OF_CLIENT), more=f", min({_CLIENT}) AS client"
    )
    tables.sql(touched, out=touches, **findings.inputs())  # once more: few logs come to this
    tables.sql(_GROUPS(), out=groups, crowded=crowded, touches=touches, visitor_days=visitor_days)
    evidence = _evidence()
    score = " + ".join(f"{weight} * {name}" for name, weight in WEIGHTS.items())
    reasons = ", ".join(f"{name} := {name}" for name in WEIGHTS)
    tables.sql(
        f"SELECT *, round(1 / (1 + exp(-({PRIOR} + {score}))), 4) AS score, struct_pack({reasons}) AS reasons "
        f"FROM (SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in evidence.items())} "
        f"FROM groups WHERE n_rest >= {_MIN_COMPARED})",
        out=scores,
        groups=groups,
    )
    select = _FORGED(rows=findings.rows("visitor_id"), score=settings.forged_score)
    return CheckResult(selects=[select], inputs={"scores": scores})


def _evidence() -> dict[str, str]:
    """SQL of each evidence over the columns of a group."""
    return {
        "one_shape": ramp("odd_share", "0.5", "0.8"),
        "one_product": ramp("one_product_more", "0.2", "0.5"),
        "no_pages": missing("n_pages", "n_clicks * pages_per_click", 20, "-0.5", "-0.1"),
        "no_dwells": missing("n_dwells", "n_clicks * dwells_per_click", 10, "-0.5", "-0.1"),
        "no_interest": missing("n_interest", "n_clicks * interest_per_click", 5, "-0.5", "-0.1"),
        "one_client": ramp("top_client_more", "0.4", "0.8"),
    }
