"""Bots: a score for each period of a visitor's actions without a long pause, and the reasons for it.

``score = 1 / (1 + exp(-(prior + sum(weight * evidence))))``, each evidence 0 to 1. No single reason
is enough: a keen shopper is fast, a window-shopper never buys, a blocker swallows dwells, but
nobody is all of them. An id that many people share ("guest") is noted, never taken out. The
finding's ``detail`` holds every reason with its number, so that the verdict can be disputed.
"""

from __future__ import annotations

from collections.abc import Mapping

from baihuo.engine import sql_file
from baihuo.quality.checks.traffic.score_sql import highest, missing, ramp, where
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import MANY_CLIENTS, busy_actors, daily_counts
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="bot",
        step="traffic",
        on="events",
        action="quarantine",
        one_per=("whose",),
        why="this visitor's actions are those of a program, by several of: pace, even gaps, no rest, "
        "breadth, nothing that a browser sends by itself, no interest; the detail has each reason",
        fix="let known crawlers name themselves and leave them out of the log; if it is a person (a "
        "buyer's desk, a kiosk), raise traffic.bot_score or the reason's threshold",
    ),
    Check(
        name="perhaps_bot",
        step="traffic",
        on="events",
        action="note",
        one_per=("whose",),
        why="some of this visitor's actions look like a program's, not enough of them to be sure",
        fix="look at the reasons in the detail; lower traffic.bot_score if you agree",
    ),
)
_MIN_REPORTED_ROWS = 100  # of a smaller log it is not reported what it lacks
PRIOR = -5.5  # log-odds
WEIGHTS = {
    "pace": 5.0,
    "even_gaps": 4.0,
    "no_rest": 4.0,
    "breadth": 2.5,
    "no_beacons": 4.0,
    "no_interest": 3.0,
}
_BASELINE_RATES = sql_file(__file__, "baseline_rates")
_ACTIVE_PERIODS = sql_file(__file__, "active_periods")
_BOT_SCORES = sql_file(__file__, "bot_scores").bind(
    prior=PRIOR,
    weighted_evidence=" + ".join(f"{weight} * {name}" for name, weight in WEIGHTS.items()),
    reasons=", ".join(f"{name} := {name}" for name in WEIGHTS),
)
_BOTS = sql_file(__file__, "bots").bind(max_clients=MANY_CLIENTS)


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Every row of a period that scores ``bot_score`` or more; one note for a period nearly so."""
    tables, work, min_actions = findings.tables, findings.work, settings.bot_acts // 2
    baseline = tables.sql(
        _BASELINE_RATES(min_actions=min_actions), days=daily_counts(findings)
    ).to_pylist()[0]
    if not baseline.pop("n_actions"):
        reason = (
            "crowd, bot: this log holds only what was bought, not what was looked at or clicked on"
        )
        is_reported = findings.n_left >= _MIN_REPORTED_ROWS
        return CheckResult(not_checked=(reason,) if is_reported else ())
    busy = busy_actors(findings, min_actions, scan_min_actions=settings.flood_acts // 2)
    if busy is None:
        return CheckResult()
    pause_us = int(settings.bot_pause_hours * 3_600e6)
    periods, scores = work / "active_periods.parquet", work / "bot_scores.parquet"
    tables.sql(_ACTIVE_PERIODS(pause_us=pause_us), out=periods, actions=busy.actions)
    tables.sql(
        _BOT_SCORES(
            min_actions=settings.bot_acts,
            note_score=settings.bot_note_score,
            evidence=", ".join(
                f"{sql} AS {name}" for name, sql in _evidence(settings, baseline).items()
            ),
        ),
        out=scores,
        periods=periods,
        busy_rows=busy.rows,
    )
    select = _BOTS(bot_score=settings.bot_score, pause_us=pause_us)
    return CheckResult(selects=[select], inputs={"scores": scores, "busy_rows": busy.rows})


def _evidence(settings: TrafficRules, baseline: Mapping[str, float | None]) -> dict[str, str]:
    """SQL of each evidence, 0 (a person) to 1 (a program), over the columns of a period.

    Args:
        baseline: how many dwells, carts, … a click has in this log; None: it has none of them.
    """
    per_minute, per_day = settings.human_acts_per_minute, settings.human_acts_per_day
    hours = settings.human_hours
    rate = {name: f"{value or 0:.6f}" for name, value in baseline.items()}
    n_dwells, n_impressions, n_carts = (
        f"n_clicks * {rate[name]}"  # that a person's browser would have sent with so many clicks
        for name in ("dwells_per_click", "impressions_per_click", "carts_per_click")
    )
    n_clicks_of_pages = f"n_impressions * {rate['clicks_per_impression']}"
    n_clicks_of_searches = f"n_searches * {rate['clicks_per_search']}"
    return {
        "pace": highest(
            ramp("ln(n_actions / n_minutes)", f"ln({per_minute})", f"ln(4 * {per_minute})"),
            ramp("ln(longest_burst)", "ln(40)", "ln(160)"),
            ramp(
                "ln(n_actions / greatest(1, span_us / 8.64e10))",
                f"ln({per_day})",
                f"ln(10 * {per_day})",
            ),
        ),
        "even_gaps": ramp("-gap_spread", "-1.6", "-0.6"),
        "no_rest": ramp("span_us / 3.6e9", f"{hours}", f"{hours} + 8")
        + " * CASE WHEN n_hours >= 0.8 * span_us / 3.6e9 THEN 1 ELSE 0 END",
        "breadth": highest(
            ramp("ln(n_products)", "ln(60)", "ln(600)")
            + " * "
            + ramp("n_products / n_product_events", "0.75", "0.95"),
            ramp("ln(n_seen)", "ln(1000)", "ln(10000)"),
            where(
                "n_product_events >= 40",
                ramp("ln(n_product_events / n_products)", "ln(3)", "ln(8)"),
            ),
        ),
        "no_beacons": highest(
            missing("n_dwells", n_dwells, 10, "-0.5", "-0.1"),
            missing("n_impressions", n_impressions, 50, "-0.2", "-0.02"),
        ),
        "no_interest": highest(
            missing("(n_carts + n_order_lines)", n_carts, 5, "-0.5", "-0.1"),
            missing("n_clicks", n_clicks_of_pages, 20, "-0.3", "-0.05"),
            missing("n_clicks", n_clicks_of_searches, 20, "-0.3", "-0.05"),
        ),
    }
