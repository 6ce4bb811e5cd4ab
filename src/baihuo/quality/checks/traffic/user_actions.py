"""Acts: what a hand does, told from what a client sends by itself.

A page of 48 impressions is one act, an order of 300 lines is one, and so is putting a whole old
order into the cart at once. A click is one each, a dwell none. Floods and bots are judged by acts.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import Source
from baihuo.quality.engine.findings import FindingsStore

HAND = "'click', 'search', 'add_to_cart', 'remove_from_cart', 'review', 'ad_click'"
DAY_US = 86_400_000_000
MANY_CLIENTS = 4  # pairs of platform and country at once: that many are many people under one id
_STEPS_US = (1_000_000, 60_000_000, 3_600_000_000, DAY_US)


def days(ledger: FindingsStore, who: str = "visitor_id") -> Path:
    """One line for each ``who`` and day: how often they did what. Made once, then read again."""
    out = ledger.work / f"days_of_{who}.parquet"
    if not out.exists():
        rows = ledger.rows(who, "event_type", "occurred_at_us")
        ledger.tables.sql(_DAYS.format(rows=rows, who=who), out=out, **ledger.inputs())
    return out


def resolution(ledger: FindingsStore) -> Path:
    """(import_id, step_us): times of an import that are all whole minutes were rounded. Made once."""
    out = ledger.work / "resolution.parquet"
    if out.exists():
        return out
    counts = ", ".join(
        f"count(*) FILTER (occurred_at_us % {step} = 0) AS n{i}" for i, step in enumerate(_STEPS_US)
    )
    steps = " ".join(
        f"WHEN n{i} >= 0.99 * n THEN {step}" for i, step in reversed(list(enumerate(_STEPS_US)))
    )
    ledger.tables.sql(
        f"SELECT import_id, CASE {steps} ELSE 0 END AS step_us FROM (SELECT import_id, count(*) AS n, {counts} "
        f"FROM {ledger.rows('occurred_at_us')} GROUP BY import_id)",
        out=out,
        **ledger.inputs(),
    )
    return out


def suspects(
    ledger: FindingsStore, least: int, who: str = "visitor_id", *, fewest: int | None = None
) -> tuple[Path, Path]:
    """The rows around days on which somebody did ``least`` acts or more, and their acts.

    The log is read once, for the fewest acts that are asked about (``fewest``); of these rows are taken
    those that are still there.
    """
    near, work = _near(ledger, min(fewest or least, least), who), ledger.work
    rows, acts = work / f"busy_{who}_{least}.parquet", work / f"acts_{who}_{least}.parquet"
    inputs: dict[str, Source] = {"near": near, "days": days(ledger, who)}
    left = "near"
    if "touched" in ledger.inputs():
        inputs["touched"] = ledger.touched
        left = "near ANTI JOIN (SELECT import_id, line FROM touched WHERE is_gone) AS gone USING (import_id, line)"
    ledger.tables.sql(_BUSY.format(rows=left, least=least), out=rows, **inputs)
    ledger.tables.sql(_ACTS, out=acts, busy=rows)
    return rows, acts


def _near(ledger: FindingsStore, least: int, who: str) -> Path:
    out = ledger.work / f"near_{who}_{least}.parquet"
    if out.exists():
        return out
    columns = (
        "event_type",
        "visitor_id",
        "product_id",
        "query_id",
        "order_id",
        "occurred_at_us",
        "session_id",
        "platform",
        "country",
        "device",
        "dwell_ms",
    )
    ledger.tables.sql(
        _NEAR.format(rows=ledger.rows(*columns), who=who, least=least),
        out=out,
        days=days(ledger, who),
        resolution=resolution(ledger),
        **ledger.inputs(),
    )
    return out


_DAYS = f"""
    SELECT {{who}} AS who, occurred_at_us // {DAY_US} AS day, count(*) AS n,
           count(*) FILTER (event_type IN ({HAND})) AS n_hand,
           count(*) FILTER (event_type = 'impression') AS n_impressions,
           count(*) FILTER (event_type = 'search') AS n_searches,
           count(*) FILTER (event_type = 'click') AS n_clicks,
           count(*) FILTER (event_type = 'dwell') AS n_dwells,
           count(*) FILTER (event_type = 'add_to_cart') AS n_carts,
           count(*) FILTER (event_type = 'purchase') AS n_lines,
           count(*) FILTER (event_type = 'ad_click') AS n_ad_clicks
    FROM {{rows}} WHERE {{who}} IS NOT NULL GROUP BY ALL"""

# A page is never shorter than a few impressions, so a tenth of them is more pages than there were
_DAYS_BUSY = """
        SELECT DISTINCT who, day + unnest([-1, 0, 1]) AS day FROM days
        WHERE n_hand + n_impressions // 5 >= {least} OR n_lines >= {least}"""
_BUSY = f"""
    WITH busy AS ({_DAYS_BUSY})
    SELECT near.* FROM {{rows}} SEMI JOIN busy ON busy.who = near.who AND busy.day = near.at_us // {DAY_US}"""
_NEAR = f"""
    WITH busy AS ({_DAYS_BUSY})
    SELECT import_id, line, {{who}} AS who, event_type, visitor_id, product_id, query_id, session_id, order_id,
           occurred_at_us AS at_us, step_us, coalesce(platform, '') || '/' || coalesce(country, '') AS client,
           device, dwell_ms
    FROM {{rows}} AS r JOIN resolution USING (import_id)
    SEMI JOIN busy ON busy.who = r.{{who}} AND busy.day = r.occurred_at_us // {DAY_US}"""

_ACTS = """
    WITH single AS (
        SELECT who, event_type AS kind, at_us, product_id, query_id, step_us FROM busy
        WHERE event_type IN ('click', 'ad_click', 'review') OR (event_type = 'search' AND query_id IS NULL)),
    pages AS (
        SELECT who, 'page' AS kind, min(at_us) AS at_us, CAST(NULL AS VARCHAR) AS product_id, any_value(query_id) AS query_id,
               max(step_us) AS step_us
        FROM busy WHERE event_type = 'impression' OR (event_type = 'search' AND query_id IS NOT NULL)
        GROUP BY who, coalesce(query_id, 'at ' || (at_us // 10000000))),
    carts AS (
        SELECT who, event_type AS kind, min(at_us) AS at_us, min(product_id) AS product_id,
               min(query_id) AS query_id, max(step_us) AS step_us
        FROM (SELECT *, row_number() OVER (PARTITION BY who, event_type, at_us // 1000000, product_id
                                           ORDER BY at_us, import_id, line) AS again
              FROM busy WHERE event_type IN ('add_to_cart', 'remove_from_cart'))
        GROUP BY who, event_type, at_us // 1000000, again),
    orders AS (
        SELECT who, 'order' AS kind, min(at_us) AS at_us, CAST(NULL AS VARCHAR) AS product_id, CAST(NULL AS VARCHAR) AS query_id,
               max(step_us) AS step_us
        FROM busy WHERE event_type = 'purchase' GROUP BY who, coalesce(order_id, 'at ' || (at_us // 1000000)))
    SELECT * FROM single UNION ALL SELECT * FROM pages UNION ALL SELECT * FROM carts UNION ALL SELECT * FROM orders"""
