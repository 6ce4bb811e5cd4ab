"""The last pass: what the ledger holds becomes files, and the files are counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from baihuo.engine import Source
from baihuo.quality.check import Check, On
from baihuo.quality.ledger import SCHEMAS, Ledger, n_rows
from baihuo.quality.report import Day, Finding

N_EXAMPLES = 5
DAY_US = 86_400_000_000
_LAST_DAY = 2_932_896  # 9999-12-31: a date further off has no name
# total orders, so that equal input gives equal bytes; events in the order of replay
_ORDER: dict[On, str] = {
    "events": "received_at_us, event_id, import_id, line",
    "products": "product_id, import_id, line",
}


def write_table(ledger: Ledger) -> None:
    """The clean table, and the quarantined rows as they came with the first check that took them."""
    names = SCHEMAS[ledger.table].names
    columns = ", ".join(names)
    ledger.tables.sql(
        f"SELECT {columns} FROM {ledger.rows(*names)} ORDER BY {_ORDER[ledger.table]}",
        out=ledger.work / f"{ledger.table}.parquet", **ledger.inputs(),
    )  # fmt: skip
    quarantine = ledger.work / f"quarantine_{ledger.table}.parquet"
    raw = ", ".join(f"raw.{name}" for name in names)
    if not ledger.parts:
        ledger.tables.sql(
            f"""SELECT {columns}, '' AS step, '' AS "check", '' AS detail FROM raw WHERE false""",
            out=quarantine, raw=ledger.raw,
        )  # fmt: skip
        return
    ledger.tables.sql(
        f"""
        WITH taken AS (
            SELECT import_id, line, step, rule, detail FROM parts WHERE action = 'quarantine'
            QUALIFY row_number() OVER (PARTITION BY import_id, line ORDER BY step_no, rule, detail) = 1)
        SELECT {raw}, step, rule AS "check", detail FROM raw JOIN taken USING (import_id, line)
        ORDER BY import_id, line""",
        out=quarantine, raw=ledger.raw, parts=ledger.parts,
    )  # fmt: skip


def write_findings(ledgers: Sequence[Ledger], checks: Sequence[Check], out: Path) -> None:
    """All findings of both tables as one file of :data:`baihuo.core.tables.FINDINGS`."""
    parts: dict[str, Source] = {x.table: list(x.parts) for x in ledgers if x.parts}
    versions = ", ".join(f"('{c.name}', '{c.version}')" for c in checks)
    selects = [
        f"SELECT '{ledger.table}' AS \"table\", import_id, line, rule, action, detail FROM {ledger.table}"
        for ledger in ledgers if ledger.parts
    ] or ["SELECT '' AS \"table\", 0 AS import_id, 0 AS line, '' AS rule, '' AS action, '' AS detail WHERE false"]  # fmt: skip
    ledgers[0].tables.sql(
        f"""
        WITH versions(rule, rule_version) AS (VALUES {versions})
        SELECT "table", import_id || ':' || line AS row_id, rule AS "check", action, detail, rule_version
        FROM ({" UNION ALL ".join(selects)}) JOIN versions USING (rule)
        ORDER BY "table", import_id, line, rule, action, detail""",
        out=out, **parts,
    )  # fmt: skip


def findings(ledgers: Sequence[Ledger]) -> tuple[Finding, ...]:
    """Counts by check and action with the first rows of each."""
    found = []
    for ledger in ledgers:
        if not ledger.parts:
            continue
        rows = ledger.tables.sql(
            f"""
            SELECT min(step_no) AS step_no, step, rule, action, count(*) AS n,
                   list(struct_pack(row_id := import_id || ':' || line, detail := detail)
                        ORDER BY import_id, line, detail) FILTER (nth <= {N_EXAMPLES}) AS examples
            FROM (SELECT *, row_number() OVER (PARTITION BY rule, action ORDER BY import_id, line, detail) AS nth
                  FROM parts)
            GROUP BY step, rule, action ORDER BY step_no, rule, action""",
            parts=ledger.parts,
        )
        for row in rows.to_pylist():
            examples = tuple(
                {"row_id": e["row_id"], "detail": json.loads(e["detail"] or "{}")}
                for e in row["examples"]
            )
            found.append(
                Finding(row["step"], ledger.table, row["rule"], row["action"], row["n"], examples)
            )
    return tuple(found)


def tallied(ledgers: Sequence[Ledger]) -> None:
    """Count the written files against the ledger.

    Raises:
        RuntimeError: a row is neither kept, quarantined merged nor erased, or is so twice.
    """
    for ledger in ledgers:
        n_kept = n_rows(ledger.work / f"{ledger.table}.parquet")
        n_quarantined = n_rows(ledger.work / f"quarantine_{ledger.table}.parquet")
        by_step = (
            sum(s.n_quarantined for s in ledger.counts),
            sum(s.n_merged + s.n_erased for s in ledger.counts),
        )
        if (n_kept, n_quarantined) != (ledger.n_left, by_step[0]) or ledger.n_in != n_kept + sum(
            by_step
        ):
            raise RuntimeError(
                f"{ledger.table}: {ledger.n_in} rows in, but {n_kept} kept + {n_quarantined} quarantined "
                f"written where the steps counted {ledger.n_left} + {by_step[0]} (+ {by_step[1]} merged or erased): "
                "two raw rows share one (import_id, line), or a check is wrong"
            )


def days(ledger: Ledger) -> tuple[Day, ...]:
    """Events by the day we received them (UTC), and what became of them."""
    gone = (
        "count(*) FILTER (is_quarantined) AS q, count(*) FILTER (is_erased) AS e, "
        "count(*) FILTER (is_gone AND NOT is_quarantined AND NOT is_erased) AS m"
        if "touched" in ledger.inputs() else "0 AS q, 0 AS m, 0 AS e"
    )  # fmt: skip
    joined = "LEFT JOIN touched USING (import_id, line)" if "touched" in ledger.inputs() else ""
    rows = ledger.tables.sql(
        f"SELECT greatest(0, least({_LAST_DAY}, received_at_us // {DAY_US})) AS day, count(*) AS n, {gone} "
        f"FROM raw {joined} GROUP BY day ORDER BY day",
        out=None,
        **ledger.inputs(),
    ).to_pylist()
    return tuple(
        Day(_date(r["day"]), r["n"] - r["q"] - r["m"] - r["e"], r["q"], r["m"], r["e"])
        for r in rows
    )


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
