"""Bots: one score for each stretch of a visitor's acts without a long pause, and its reasons.

``score = 1 / (1 + exp(-(prior + sum(weight * evidence))))``, each evidence 0 to 1. No reason alone
is enough: a keen shopper is fast, a window-shopper never buys, a blocker swallows dwells, but
nobody is all of them. An id that many people share ("guest") is noted, never taken out. The
finding's ``detail`` holds every reason with its number, to argue with.
"""

from __future__ import annotations

from baihuo.quality.checks.traffic import user_actions
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="bot",
        step="traffic",
        on="events",
        then="quarantine",
        why="this visitor's acts are those of a program, by several of: pace, even gaps, no rest, "
        "breadth, nothing that a browser sends by itself, no interest; the detail has each reason",
        mend="let known crawlers name themselves and leave them out of the log; if it is a person (a "
        "buyer's desk, a kiosk), raise traffic.bot_score or the reason's threshold",
    ),
    Check(
        name="perhaps_bot",
        step="traffic",
        on="events",
        then="note",
        why="some of this visitor's acts look like a program's, not enough of them to be sure",
        mend="look at the reasons in the detail; lower traffic.bot_score if you agree",
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
    usual = tables.sql(
        _USUAL.format(least=of.bot_acts // 2), days=user_actions.days(ledger)
    ).to_pylist()[0]
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
    tables.sql(_STINTS.format_map(words), out=stints, done=done)
    tables.sql(_SCORES.format_map(words), out=scores, stints=stints, busy=busy)
    return CheckResult(selects=[_FOUND.format_map(words)], inputs={"scores": scores, "busy": busy})


# What visitors do who were never busy: how many dwells, carts, … a click has in this log
_USUAL = """
    SELECT any_value(n_acts) AS n_acts, sum(n_dwells) / nullif(sum(n_clicks), 0) AS dwells_per_click,
           sum(n_carts) / nullif(sum(n_clicks), 0) AS carts_per_click,
           sum(n_impressions) / nullif(sum(n_clicks), 0) AS impressions_per_click,
           sum(n_clicks) / nullif(sum(n_impressions), 0) AS clicks_per_impression,
           sum(n_clicks) / nullif(sum(n_searches), 0) AS clicks_per_search
    FROM (SELECT coalesce(sum(n_hand + n_impressions), 0) AS n_acts FROM days) LEFT JOIN days ON n_hand < {least}"""

_STINTS = """
    WITH gaps AS (
        SELECT *, at_us - lag(at_us) OVER (PARTITION BY who ORDER BY at_us) AS gap_us,
               at_us - lag(at_us) OVER (PARTITION BY who, kind ORDER BY at_us) AS kind_gap_us
        FROM done)
    SELECT who, kind, at_us, product_id, step_us,
           CASE WHEN kind_gap_us BETWEEN greatest(500000, 10 * step_us) AND {pause_us} THEN kind_gap_us END AS kind_gap_us,
           sum(CASE WHEN gap_us <= {pause_us} THEN 0 ELSE 1 END)
               OVER (PARTITION BY who ORDER BY at_us ROWS UNBOUNDED PRECEDING) AS stint,
           sum(CASE WHEN gap_us <= 10000000 AND step_us <= 1000000 THEN 0 ELSE 1 END)
               OVER (PARTITION BY who ORDER BY at_us ROWS UNBOUNDED PRECEDING) AS run
    FROM gaps"""

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

_SCORES = f"""
    WITH long AS (
        SELECT who, stint, count(*) AS n_acts, min(at_us) AS from_us, max(at_us) AS to_us,
               max(at_us) - min(at_us) AS span_us, count(DISTINCT at_us // 60000000) AS n_minutes,
               count(DISTINCT at_us // 3600000000) AS n_hours
        FROM stints GROUP BY who, stint HAVING count(*) >= {{least}}),
    spreads AS (  -- of pages alone or clicks alone: a page and its click follow each other at once
        SELECT who, stint, min((q[3] - q[1]) / q[2]) AS gap_spread
        FROM (SELECT who, stint, kind, quantile_disc(kind_gap_us, [0.1, 0.5, 0.9]) AS q FROM stints
              WHERE kind_gap_us IS NOT NULL GROUP BY who, stint, kind HAVING count(*) >= 40)
        GROUP BY who, stint),
    runs AS (  -- without ten seconds to look at anything
        SELECT who, stint, max(n) AS longest_run
        FROM (SELECT who, stint, count(*) AS n FROM stints GROUP BY who, stint, run) GROUP BY who, stint),
    sums AS (
        SELECT l.who, l.stint, count(DISTINCT client) AS n_clients, count(*) FILTER (event_type IN ('click', 'ad_click')) AS n_clicks,
               count(*) FILTER (event_type = 'dwell' AND coalesce(dwell_ms, 1000) >= 1000) AS n_dwells,
               count(*) FILTER (event_type = 'impression') AS n_impressions,
               count(*) FILTER (event_type = 'search') AS n_searches,
               count(*) FILTER (event_type = 'add_to_cart') AS n_carts,
               count(*) FILTER (event_type = 'purchase') AS n_lines,
               count(product_id) FILTER (event_type IN ('click', 'ad_click')) AS n_about_clicked,
               count(DISTINCT product_id) FILTER (event_type IN ('click', 'ad_click')) AS n_clicked,
               count(product_id) FILTER (event_type = 'impression') AS n_about_seen,
               count(DISTINCT product_id) FILTER (event_type = 'impression') AS n_seen
        FROM long AS l JOIN busy AS b ON b.who = l.who AND b.at_us BETWEEN l.from_us AND l.to_us
        GROUP BY l.who, l.stint),
    numbers AS (
        SELECT *, CASE WHEN n_clicks >= 20 THEN n_clicked ELSE n_seen END AS n_products,
               CASE WHEN n_clicks >= 20 THEN n_about_clicked ELSE n_about_seen END AS n_about
        FROM long JOIN sums USING (who, stint) JOIN runs USING (who, stint) LEFT JOIN spreads USING (who, stint)),
    evidence AS (SELECT *, {_EVIDENCE} FROM numbers)
    SELECT who, from_us, to_us, n_clients, n_acts, n_clicks, n_dwells, n_impressions, n_carts, n_products, round(span_us / 3.6e9, 2) AS span_hours,
           round(n_acts / n_minutes, 2) AS acts_per_minute, round(gap_spread, 3) AS gap_spread, longest_run,
           struct_pack({{reasons}}) AS reasons, score
    FROM (SELECT *, round(1 / (1 + exp(-({{prior}} + {{logit}}))), 3) AS score FROM evidence)
    WHERE score >= {{note}}"""

_FOUND = """
    WITH judged AS (
        SELECT import_id, line, at_us, s.*, score >= {sure} AND n_clients < {clients} AS is_bot FROM busy JOIN scores AS s
          ON s.who = busy.who AND busy.at_us BETWEEN s.from_us AND s.to_us + {pause_us} // 3
        QUALIFY is_bot OR row_number() OVER (PARTITION BY s.who, s.from_us ORDER BY at_us, import_id, line) = 1)
    SELECT import_id, line, CASE WHEN is_bot THEN 'bot' ELSE 'perhaps_bot' END AS rule,
           CASE WHEN is_bot THEN 'quarantine' ELSE 'note' END AS action,
           CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new,
           CAST(to_json(struct_pack(score := score, reasons := reasons, acts := n_acts, from_us := from_us,
                span_hours := span_hours, acts_per_minute := acts_per_minute, gap_spread := gap_spread, longest_run := longest_run,
                products := n_products, clicks := n_clicks, dwells := n_dwells, impressions := n_impressions,
                carts := n_carts, clients := n_clients)) AS VARCHAR) AS detail
    FROM judged"""
