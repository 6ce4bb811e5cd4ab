"""The last pass: what the ledger holds becomes files, and the files are counted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from baihuo.engine import Source, Tables
from baihuo.engine.sql_files import sql_file
from baihuo.quality.counts import Day, Finding, StepCount
from baihuo.quality.engine.partitions import DAY_US, LAST_DAY, date_of
from baihuo.quality.findings import PARTS, SCHEMAS, FindingsStore, n_rows
from baihuo.quality.spec import Check, On

_WRITE_TABLE = sql_file(__file__, "write_table")
_WRITE_FINDINGS = sql_file(__file__, "write_findings")
_FINDINGS = sql_file(__file__, "findings")

N_EXAMPLES = 5
# total orders, so that equal input gives equal bytes; events in the order of replay
_ORDER: dict[On, str] = {
    "events": "received_at_us, event_id, import_id, line",
    "products": "product_id, import_id, line",
}


def write_table(ledger: FindingsStore, clean: Path, quarantine: Path) -> None:
    """The clean table, and the quarantined rows as they came with the first check that took them."""
    names = SCHEMAS[ledger.table].names
    columns = ", ".join(names)
    own, around = ledger.own(f"{ledger.rows(*names)} AS kept")
    ledger.tables.keep(
        f"SELECT {columns} FROM {own} ORDER BY {_ORDER[ledger.table]}",
        out=clean,
        **ledger.inputs(),
        **around,
    )
    raw = ", ".join(f"raw.{name}" for name in names)
    if not ledger.parts:
        ledger.tables.sql(
            f"""SELECT {columns}, '' AS step, '' AS "check", '' AS detail FROM raw WHERE false""",
            out=quarantine,
            raw=ledger.raw,
        )
        return
    own, around = ledger.own("taken")
    ledger.tables.sql(
        _WRITE_TABLE(raw=raw, own=own),
        out=quarantine,
        raw=ledger.raw,
        parts=ledger.parts,
        **around,
    )


def write_quarantine(tables: Tables, parts: list[Path], out: Path) -> None:
    """The quarantine of all ranges of days as one file."""
    tables.sql("SELECT * FROM parts ORDER BY import_id, line", out=out, parts=list(parts))


def write_parts(ledger: FindingsStore, out: Path) -> None:
    """A ledger's findings as the steps left them, in one file of theirs: what is written from later."""
    if not ledger.parts:
        ledger.tables.sql("SELECT * FROM nothing", out=out, nothing=PARTS.empty_table())
        return
    own, around = ledger.own("parts")
    ledger.tables.sql(
        f"SELECT * FROM {own} ORDER BY step_no, rule, import_id, line, action, detail",
        out=out,
        parts=ledger.parts,
        **around,
    )


def write_findings(
    tables: Tables, parts: Mapping[On, list[Path]], checks: Sequence[Check], out: Path
) -> None:
    """All findings of both tables as one file of :data:`baihuo.core.tables.FINDINGS`."""
    inputs: dict[str, Source] = {name: list(files) for name, files in parts.items() if files}
    versions = ", ".join(f"('{c.name}', '{c.version}')" for c in checks)
    selects = [
        f"SELECT '{name}' AS \"table\", import_id, line, rule, action, detail FROM {name}"
        for name in inputs
    ] or [
        "SELECT '' AS \"table\", 0 AS import_id, 0 AS line, '' AS rule, '' AS action, '' AS detail WHERE false"
    ]
    tables.sql(
        _WRITE_FINDINGS(versions=versions, list=" UNION ALL ".join(selects)),
        out=out,
        **inputs,
    )


def findings(tables: Tables, parts: Mapping[On, list[Path]]) -> tuple[Finding, ...]:
    """Counts by check and action with the first rows of each."""
    found = []
    for name, files in parts.items():
        if not files:
            continue
        rows = tables.sql(
            _FINDINGS(n_examples=N_EXAMPLES),
            parts=list(files),
        )
        for row in rows.to_pylist():
            examples = tuple(
                {"row_id": e["row_id"], "detail": json.loads(e["detail"] or "{}")}
                for e in row["examples"]
            )
            found.append(Finding(row["step"], name, row["rule"], row["action"], row["n"], examples))
    return tuple(found)


def tallied(
    table: On, n_in: int, counts: Sequence[StepCount], clean: Source, quarantine: Source
) -> None:
    """Count the written files against what the steps counted.

    Raises:
        RuntimeError: a row is neither kept, quarantined, merged nor erased, or is so twice.
    """
    n_kept, n_quarantined = n_rows(clean), n_rows(quarantine)
    n_left = counts[-1].n_kept if counts else n_in
    by_step = sum(s.n_quarantined for s in counts), sum(s.n_merged + s.n_erased for s in counts)
    if (n_kept, n_quarantined) != (n_left, by_step[0]) or n_in != n_kept + sum(by_step):
        raise RuntimeError(
            f"{table}: {n_in} rows in, but {n_kept} kept + {n_quarantined} quarantined "
            f"written where the steps counted {n_left} + {by_step[0]} (+ {by_step[1]} merged or erased): "
            "two raw rows share one (import_id, line), or a check is wrong"
        )


def days(ledger: FindingsStore) -> tuple[Day, ...]:
    """Events by the day we received them (UTC), and what became of them."""
    inputs = ledger.inputs()
    gone = (
        "count(*) FILTER (is_quarantined) AS q, count(*) FILTER (is_erased) AS e, "
        "count(*) FILTER (is_gone AND NOT is_quarantined AND NOT is_erased) AS m"
        if "touched" in inputs
        else "0 AS q, 0 AS m, 0 AS e"
    )
    joined = "LEFT JOIN touched USING (import_id, line)" if "touched" in inputs else ""
    own, around = ledger.own("raw")
    rows = ledger.tables.sql(
        f"SELECT greatest(0, least({LAST_DAY}, received_at_us // {DAY_US})) AS day, count(*) AS n, {gone} "
        f"FROM (SELECT import_id, line, received_at_us FROM {own}) {joined} GROUP BY day ORDER BY day",
        out=None,
        **inputs,
        **around,
    ).to_pylist()
    return tuple(
        Day(date_of(r["day"]), r["n"] - r["q"] - r["m"] - r["e"], r["q"], r["m"], r["e"])
        for r in rows
    )
