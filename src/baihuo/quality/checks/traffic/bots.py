"""Bots: a score for each period of a visitor's actions without a long pause, and the reasons for it.

``score = 1 / (1 + exp(-(prior + sum(weight * evidence))))``, each evidence 0 (a person) to 1 (a program). No single
reason is enough: a keen shopper is fast, a window-shopper never buys, a blocker swallows dwells, but nobody
is all of them. An id that many people share ("guest") is noted, never taken out.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.finding_sql import finding_sql
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import MANY_CLIENTS, busy_visitors, daily_counts
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

_BOT = Check(
    name="bot",
    step="traffic",
    on="events",
    action="quarantine",
    one_per=("whose",),
    why="this visitor's actions are those of a program, by several of: pace, even gaps, breadth, no stays, no interest; "
    "the detail has each reason",
    fix="let known crawlers name themselves and leave them out of the log; if it is a person (a "
    "buyer's desk, a kiosk), raise traffic.bot_score",
    version="2",
)
_PERHAPS = Check(
    name="perhaps_bot",
    step="traffic",
    on="events",
    action="note",
    one_per=("whose",),
    why="some of this visitor's actions look like a program's, not enough of them to be sure",
    fix="look at the reasons in the detail; lower traffic.bot_score if you agree",
    version="2",
)
CHECKS = (_BOT, _PERHAPS)
_MIN_REPORTED_ROWS = 100  # of a smaller log it is not reported what it lacks
_PRIOR = -5.5  # log-odds
_WEIGHTS = {"pace": 5, "even_gaps": 4, "breadth": 2.5, "no_stays": 4, "no_interest": 3}
_BOTS = sql_file(__file__, "bots").bind(
    prior=_PRIOR,
    weighted_evidence=" + ".join(f"{weight} * {name}" for name, weight in _WEIGHTS.items()),
    reasons=", ".join(f"{name} := {name}" for name in _WEIGHTS),
)
_SAID = (
    "score reasons from_us span_hours gap_spread products clicks dwells impressions carts clients"
)


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Every row of a period that scores ``bot_score`` or more; one note for a period nearly so."""
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
            note_score=settings.bot_note_score,
            evidence=", ".join(f"{sql} AS {name}" for name, sql in _evidence(settings).items()),
        ),
        out=scored,
        days=days,
        busy_rows=busy[0],
        actions=busy[1],
    )
    said = {"whose": "visitor_id", "acts": "n_actions", **{name: name for name in _SAID.split()}}
    is_bot = f"score >= {settings.bot_score} AND clients < {MANY_CLIENTS}"
    selects = [
        finding_sql(f"SELECT * FROM scored WHERE {is_bot}", _BOT, said),
        finding_sql(f"SELECT * FROM scored WHERE nth = 1 AND NOT ({is_bot})", _PERHAPS, said),
    ]
    return CheckResult(selects=selects, inputs={"scored": scored})


def _evidence(settings: TrafficRules) -> dict[str, str]:
    """SQL of each evidence over the columns of a period."""
    a_minute = settings.human_acts_per_minute
    n_dwells, n_carts = "clicks * dwells_per_click", "clicks * carts_per_click"
    n_clicks = "impressions * clicks_per_impression"
    return {
        "pace": _ramp("ln(n_actions / n_minutes)", f"ln({a_minute})", f"ln(2.5 * {a_minute})"),
        "even_gaps": _ramp("-gap_spread", "-1.6", "-0.6"),
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
