"""Acts: what a hand does, told from what a client sends by itself.

A page of 48 impressions is one act, an order of 300 lines is one, and so is putting a whole old
order into the cart at once. A click is one each, a dwell none. Floods and bots are judged by acts.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import Source
from baihuo.engine.sql_files import sql_file
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
        ledger.tables.sql(_DAYS(rows=rows, who=who), out=out, **ledger.inputs())
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
    ledger.tables.sql(_ACTS(), out=acts, busy=rows)
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
        _NEAR(rows=ledger.rows(*columns), who=who, least=least),
        out=out,
        days=days(ledger, who),
        resolution=resolution(ledger),
        **ledger.inputs(),
    )
    return out


_DAYS = sql_file(__file__, "daily_counts").bind(day_us=DAY_US, hand=HAND)

# A page is never shorter than a few impressions, so a tenth of them is more pages than there were
_DAYS_BUSY = """
        SELECT DISTINCT who, day + unnest([-1, 0, 1]) AS day FROM days
        WHERE n_hand + n_impressions // 5 >= {least} OR n_lines >= {least}"""
_BUSY = f"""
    WITH busy AS ({_DAYS_BUSY})
    SELECT near.* FROM {{rows}} SEMI JOIN busy ON busy.who = near.who AND busy.day = near.at_us // {DAY_US}"""
_NEAR = sql_file(__file__, "rows_near_busy_days").bind(days_busy=_DAYS_BUSY, day_us=DAY_US)

_ACTS = sql_file(__file__, "user_actions")
