"""Bots: one score for each stretch of a visitor's acts without a long pause, and its reasons.

``score = 1 / (1 + exp(-(prior + sum(weight * evidence))))``, each evidence 0 to 1. No reason alone
is enough: a keen shopper is fast, a window-shopper never buys, a blocker swallows dwells, but
nobody is all of them. An id that many people share ("guest") is noted, never taken out. The
finding's ``detail`` holds every reason with its number, to argue with.
"""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.traffic import user_actions
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="bot",
        step="traffic",
        on="events",
        action="quarantine",
        why="this visitor's acts are those of a program, by several of: pace, even gaps, no rest, "
        "breadth, nothing that a browser sends by itself, no interest; the detail has each reason",
        fix="let known crawlers name themselves and leave them out of the log; if it is a person (a "
        "buyer's desk, a kiosk), raise traffic.bot_score or the reason's threshold",
    ),
    Check(
        name="perhaps_bot",
        step="traffic",
        on="events",
        action="note",
        why="some of this visitor's acts look like a program's, not enough of them to be sure",
        fix="look at the reasons in the detail; lower traffic.bot_score if you agree",
    ),
)
_ENOUGH_ROWS = 100  # a smaller log need not be told what it lacks
PRIOR = -5.5
WEIGHTS = {
    "pace": 5.0,
    "even_gaps": 4.0,
    "no_rest": 4.0,
    "breadth": 2.5,
    "no_beacons": 4.0,
    "no_interest": 3.0,
}


def find(ledger: FindingsStore, settings: TrafficRules, given: CheckContext) -> CheckResult:
    """Every row of a stretch that scores ``bot_score`` or more; one note for one nearly so."""
    of, tables, work = settings, ledger.tables, ledger.work
    usual = tables.sql(_USUAL(least=of.bot_acts // 2), days=user_actions.days(ledger)).to_pylist()[
        0
    ]
    if not usual.pop("n_acts"):
        why = (
            "crowd, bot: this log holds only what was bought, not what was looked at or clicked on"
        )
        return CheckResult(not_checked=(why,) if ledger.n_left >= _ENOUGH_ROWS else ())
    busy, done = user_actions.suspects(ledger, least=of.bot_acts // 2, fewest=of.flood_acts // 2)
    if n_rows(done) == 0:
        return CheckResult()
    words: dict[str, str | int | float] = {
        "least": of.bot_acts,
        "pause_us": int(of.bot_pause_hours * 3_600e6),
        "per_minute": of.human_acts_per_minute,
        "per_day": of.human_acts_per_day,
        "hours": of.human_hours,
        "note": of.bot_note_score,
        "sure": of.bot_score,
        "clients": user_actions.MANY_CLIENTS,
        "prior": PRIOR,
        "logit": " + ".join(f"{w} * {name}" for name, w in WEIGHTS.items()),
        "reasons": ", ".join(f"{name} := {name}" for name in WEIGHTS),
        **{name: f"{value or 0:.6f}" for name, value in usual.items()},
    }
    stints, scores = work / "stints.parquet", work / "bot_scores.parquet"
    tables.sql(_STINTS(**words), out=stints, done=done)
    tables.sql(_SCORES(**words), out=scores, stints=stints, busy=busy)
    return CheckResult(selects=[_FOUND(**words)], inputs={"scores": scores, "busy": busy})


# What visitors do who were never busy: how many dwells, carts, … a click has in this log
_USUAL = sql_file(__file__, "baseline_rates")

_STINTS = sql_file(__file__, "active_periods")

# 0 where x is at `low` or beyond, 1 at `high` or beyond
_RAMP = "greatest(0, least(1, (({x}) - ({low})) / (({high}) - ({low}))))"


def _ramp(x: str, low: str, high: str) -> str:
    return f"round(coalesce({_RAMP.format(x=x, low=low, high=high)}, 0), 3)"


_EVIDENCE = f"""
           greatest({_ramp("ln(n_acts / n_minutes)", "ln({per_minute})", "ln(4 * {per_minute})")},
                    {_ramp("ln(longest_run)", "ln(40)", "ln(160)")},
                    {_ramp("ln(n_acts / greatest(1, span_us / 8.64e10))", "ln({per_day})", "ln(10 * {per_day})")}) AS pace,
           {_ramp("-gap_spread", "-1.6", "-0.6")} AS even_gaps,
           {_ramp("span_us / 3.6e9", "{hours}", "{hours} + 8")} * CASE WHEN n_hours >= 0.8 * span_us / 3.6e9 THEN 1 ELSE 0 END AS no_rest,
           greatest({_ramp("ln(n_products)", "ln(60)", "ln(600)")} * {_ramp("n_products / n_about", "0.75", "0.95")},
                    {_ramp("ln(n_seen)", "ln(1000)", "ln(10000)")},
                    CASE WHEN n_about >= 40 THEN {_ramp("ln(n_about / n_products)", "ln(3)", "ln(8)")} ELSE 0 END) AS breadth,
           greatest(CASE WHEN n_clicks * {{dwells_per_click}} >= 10 THEN {_ramp("-n_dwells / (n_clicks * {dwells_per_click})", "-0.5", "-0.1")} ELSE 0 END,
                    CASE WHEN n_clicks * {{impressions_per_click}} >= 50 THEN {_ramp("-n_impressions / (n_clicks * {impressions_per_click})", "-0.2", "-0.02")} ELSE 0 END) AS no_beacons,
           greatest(CASE WHEN n_clicks * {{carts_per_click}} >= 5 THEN {_ramp("-(n_carts + n_lines) / (n_clicks * {carts_per_click})", "-0.5", "-0.1")} ELSE 0 END,
                    CASE WHEN n_impressions * {{clicks_per_impression}} >= 20 THEN {_ramp("-n_clicks / (n_impressions * {clicks_per_impression})", "-0.3", "-0.05")} ELSE 0 END,
                    CASE WHEN n_searches * {{clicks_per_search}} >= 20 THEN {_ramp("-n_clicks / (n_searches * {clicks_per_search})", "-0.3", "-0.05")} ELSE 0 END) AS no_interest"""

_SCORES = sql_file(__file__, "bot_scores").bind(evidence=_EVIDENCE)

_FOUND = sql_file(__file__, "bots")
