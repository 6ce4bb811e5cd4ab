"""Floods: more acts in a few seconds than a hand can do, by a visitor or by a device's id.

A flood is found by its density, so it ends where the rate ends: what the same visitor did an hour
before stays. Times are the visitor's own: what a phone held back and sent at once is no flood.
"""

from __future__ import annotations

from baihuo.engine import Source
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.traffic import user_actions
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="flood",
        step="traffic",
        on="events",
        action="quarantine",
        why="it is one of very many acts of one visitor (or one device's id) within seconds, which no "
        "hand can do: a script, a stuck key, a client in a loop",
        fix="limit the rate at the door (requests per visitor and second); look for a retry loop in the client",
    ),
)
_MANY_IDS, _IDS_PER_VISITOR = 20, 0.2  # where devices are so many they are ids, not "phone"


def find(ledger: FindingsStore, settings: TrafficRules, given: CheckContext) -> CheckResult:
    """Rows in the dense stretches of a visitor's or device's acts."""
    of = settings
    who_are = ["visitor_id"]
    ids = ledger.tables.sql(
        "SELECT approx_count_distinct(device) AS n_devices, approx_count_distinct(visitor_id) AS n_visitors "
        f"FROM {ledger.rows('device', 'visitor_id')}",
        out=None,
        **ledger.inputs(),
    ).to_pylist()[0]
    if ids["n_devices"] >= max(_MANY_IDS, _IDS_PER_VISITOR * ids["n_visitors"]):
        who_are.append("device")
    selects: list[str] = []
    inputs: dict[str, Source] = {}
    for who in who_are:
        busy, done = user_actions.suspects(
            ledger, least=of.flood_acts // 2, who=who, fewest=of.bot_acts // 2
        )
        if n_rows(done) == 0:
            continue
        stretches = ledger.work / f"floods_{who}.parquet"
        words = {"acts": of.flood_acts, "rate": of.flood_per_second, "who": who}
        ledger.tables.sql(
            _STRETCHES(**{**words, "clients": user_actions.MANY_CLIENTS}),
            out=stretches,
            done=done,
            busy=busy,
        )
        names = {"floods": f"floods_{who}", "busy": f"busy_{who}"}
        selects.append(_FOUND(**{**words, **names}))
        inputs |= {names["floods"]: stretches, names["busy"]: busy}
    return CheckResult(selects=selects, inputs=inputs)


# An act is in a flood if it is in a dense run of `acts`, and in a dense run of a fifth of that too,
# so that the quiet acts before and after it are not drawn in. Rounded times need a full minute's worth.
_STRETCHES = sql_file(__file__, "flood_spans")

_FOUND = sql_file(__file__, "floods")
