"""Floods: more user actions in a few seconds than a hand can do, by a visitor or under a device's id.

A flood is found by its density, so it ends where the rate ends: what the same visitor did an hour
before stays. Times are the visitor's where they are proven or imported: what a phone
held back, signed and sent at once is no flood.
"""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import MANY_CLIENTS, Actor, busy_actors
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="flood",
        step="traffic",
        on="events",
        action="quarantine",
        one_per=("whose", "from_us"),
        why="it is one of very many actions of one visitor (or one device's id) within seconds, which no "
        "hand can do: a script, a stuck key, a client in a loop",
        fix="limit the request rate per visitor at the gateway; look for a retry loop in the client",
    ),
)
_MIN_DEVICE_IDS, _DEVICE_IDS_PER_VISITOR = 20, 0.2  # so many devices are ids, not "phone"
_FLOOD_SPANS = sql_file(__file__, "flood_spans").bind(max_clients=MANY_CLIENTS)
_FLOODS = sql_file(__file__, "floods")


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Rows in the dense spans of a visitor's or device's actions."""
    actors: list[Actor] = ["visitor_id"]
    if _has_device_ids(findings):
        actors.append("device")
    selects: list[str] = []
    inputs: dict[str, Source] = {}
    for actor in actors:
        busy = busy_actors(
            findings,
            settings.flood_acts // 2,
            actor,
            scan_min_actions=settings.bot_acts // 2,
        )
        if busy is None:
            continue
        spans = findings.work / f"flood_spans_{actor}.parquet"
        findings.tables.sql(
            _FLOOD_SPANS(
                flood_actions=settings.flood_acts, flood_per_second=settings.flood_per_second
            ),
            out=spans,
            actions=busy.actions,
            busy_rows=busy.rows,
        )
        names = {"flood_spans": f"flood_spans_{actor}", "busy_rows": f"busy_rows_{actor}"}
        selects.append(_FLOODS(actor=actor, **names))
        inputs |= {names["flood_spans"]: spans, names["busy_rows"]: busy.rows}
    return CheckResult(selects=selects, inputs=inputs)


def _has_device_ids(findings: FindingsStore) -> bool:
    """Whether ``device`` names a single device, rather than a kind of device."""
    counts = findings.tables.sql(
        "SELECT approx_count_distinct(device) AS n_devices, approx_count_distinct(visitor_id) AS n_visitors "
        f"FROM {findings.rows('device', 'visitor_id')}",
        out=None,
        **findings.inputs(),
    ).to_pylist()[0]
    return bool(
        counts["n_devices"] >= max(_MIN_DEVICE_IDS, _DEVICE_IDS_PER_VISITOR * counts["n_visitors"])
    )
