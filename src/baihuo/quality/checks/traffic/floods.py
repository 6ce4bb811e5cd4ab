"""Floods: more acts in a few seconds than a hand can do, by a visitor or by a device's id.

A flood is found by its density, so it ends where the rate ends: what the same visitor did an hour
before stays. Times are the visitor's own: what a phone held back and sent at once is no flood.
"""

from __future__ import annotations

from baihuo.engine import Source
from baihuo.quality.checks.traffic import user_actions
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="flood",
        step="traffic",
        on="events",
        then="quarantine",
        why="it is one of very many acts of one visitor (or one device's id) within seconds, which no "
        "hand can do: a script, a stuck key, a client in a loop",
        mend="limit the rate at the door (requests per visitor and second); look for a retry loop in the client",
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
            _STRETCHES.format_map({**words, "clients": user_actions.MANY_CLIENTS}),
            out=stretches,
            done=done,
            busy=busy,
        )
        names = {"floods": f"floods_{who}", "busy": f"busy_{who}"}
        selects.append(_FOUND.format_map({**words, **names}))
        inputs |= {names["floods"]: stretches, names["busy"]: busy}
    return CheckResult(selects=selects, inputs=inputs)


# An act is in a flood if it is in a dense run of `acts`, and in a dense run of a fifth of that too,
# so that the quiet acts before and after it are not drawn in. Rounded times need a full minute's worth.
_STRETCHES = """
    WITH sized AS (
        SELECT *, greatest({acts}, CAST(ceil({rate} * step_us / 1e6) AS BIGINT)) AS many,
               1e6 / {rate} AS per_act_us FROM done),
    numbered AS (
        SELECT *, row_number() OVER (PARTITION BY who ORDER BY at_us, kind, product_id, query_id) AS i FROM sized),
    runs AS (
        SELECT a.who, a.i, a.at_us, a.step_us, a.many,
               z.at_us - a.at_us + a.step_us <= a.many * a.per_act_us AS is_dense,
               s.at_us - a.at_us + a.step_us <= greatest(a.many // 5 * a.per_act_us, a.step_us) AS is_close
        FROM numbered AS a
        LEFT JOIN numbered AS z ON z.who = a.who AND z.i = a.i + a.many - 1
        LEFT JOIN numbered AS s ON s.who = a.who AND s.i = a.i + a.many // 5 - 1),
    marked AS (
        SELECT who, at_us, step_us,
               max(CASE WHEN is_dense THEN i + many - 1 END) OVER w >= i AS in_dense,
               max(CASE WHEN is_close THEN i + many // 5 - 1 END) OVER w >= i AS in_close
        FROM runs WINDOW w AS (PARTITION BY who ORDER BY i ROWS UNBOUNDED PRECEDING)),
    inside AS (SELECT * FROM marked WHERE in_dense AND in_close),
    cut AS (
        SELECT *, sum(CASE WHEN at_us - before_us <= greatest(10000000, step_us) THEN 0 ELSE 1 END)
                  OVER (PARTITION BY who ORDER BY at_us ROWS UNBOUNDED PRECEDING) AS stretch
        FROM (SELECT *, lag(at_us) OVER (PARTITION BY who ORDER BY at_us) AS before_us FROM inside)),
    stretches AS (
        SELECT who, min(at_us) AS from_us, max(at_us) AS to_us, count(*) AS n_acts, max(step_us) AS step_us
        FROM cut GROUP BY who, stretch)
    SELECT who, from_us, to_us, any_value(n_acts) AS n_acts,
           round(any_value(n_acts) / (greatest(to_us - from_us, any_value(s.step_us), 1000000) / 1e6), 1) AS per_second
    FROM stretches AS s JOIN busy USING (who) WHERE busy.at_us BETWEEN from_us AND to_us
    GROUP BY who, from_us, to_us HAVING count(DISTINCT client) < {clients}"""

_FOUND = """
    WITH inside AS (
        SELECT import_id, line, who, query_id, n_acts, per_second, from_us, to_us
        FROM {busy} JOIN {floods} USING (who) WHERE at_us BETWEEN from_us AND to_us),
    pages AS (  -- what its last pages still sent
        SELECT who, query_id, any_value(n_acts) AS n_acts, any_value(per_second) AS per_second,
               min(from_us) AS from_us, max(to_us) AS to_us
        FROM inside WHERE query_id IS NOT NULL GROUP BY who, query_id),
    caught AS (
        SELECT import_id, line, n_acts, per_second, from_us FROM inside
        UNION
        SELECT import_id, line, n_acts, per_second, from_us FROM {busy} JOIN pages USING (who, query_id)
        WHERE at_us > to_us AND at_us <= to_us + 60000000)
    SELECT import_id, line, 'flood' AS rule, 'quarantine' AS action, CAST(NULL AS VARCHAR) AS field,
           CAST(NULL AS VARCHAR) AS new,
           CAST(to_json(struct_pack("of" := '{who}', acts := n_acts, per_second := per_second, from_us := from_us)) AS VARCHAR) AS detail
    FROM caught QUALIFY row_number() OVER (PARTITION BY import_id, line ORDER BY from_us, n_acts) = 1"""
