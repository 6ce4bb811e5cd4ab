"""Floods: more user actions of a visitor in a few seconds than a hand can do.

A flood ends where its rate ends: what the same visitor did an hour before stays. Times are the visitor's where
they are proven or imported: what a phone held back, signed and sent at once is no flood.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.finding_sql import finding_sql
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import MANY_CLIENTS, busy_visitors
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECK = Check(
    name="flood",
    step="traffic",
    on="events",
    action="quarantine",
    one_per=("whose", "from_us"),
    why="it is one of very many actions of one visitor within seconds, which no hand can do: a script, a stuck key, "
    "a client in a loop",
    fix="limit the request rate per visitor at the gateway; look for a retry loop in the client",
    version="2",
)
_FLOODS = sql_file(__file__, "floods").bind(max_clients=MANY_CLIENTS)


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
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
        CHECK,
        {"whose": "visitor_id", "acts": "n", "per_second": "per_second", "from_us": "from_us"},
    )
    return CheckResult(selects=[select], inputs={"busy_rows": busy[0], "actions": busy[1]})
