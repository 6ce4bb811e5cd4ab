"""The last pass: what the stores hold becomes files, and the files are counted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from baihuo.engine import Source, Tables, sql_file
from baihuo.quality.counts import Day, Finding, StepCount
from baihuo.quality.engine.day_ranges import DAY_US, LAST_DAY, date_text
from baihuo.quality.findings import PARTS, SCHEMAS, FindingsStore, n_rows
from baihuo.quality.spec import Check, On

N_EXAMPLES = 5
N_ROWS = 20  # of a bot or a flood that are named; findings.parquet has all
_QUARANTINE_ROWS = sql_file(__file__, "quarantine_rows")
_FINDING_ROWS = sql_file(__file__, "finding_rows")
_FINDING_COUNTS = sql_file(__file__, "finding_counts")
# total orders, so that equal input gives equal bytes; events in the order of replay
_ORDER: dict[On, str] = {
    "events": "received_at_us, event_id, import_id, line",
    "products": "product_id, import_id, line",
}


def write_table(findings: FindingsStore, clean: Path, quarantine: Path) -> None:
    """Write the clean table, and the quarantined rows as they came with the first check that took each."""
    tables, names = findings.tables, SCHEMAS[findings.table].names
    columns = ", ".join(names)
    held = [name for name in names if name not in findings.empty]
    counted, overlap = findings.counted(f"{findings.rows(*held)} AS kept")
    tables.keep(
        f"SELECT {', '.join(held)} FROM {counted} ORDER BY {_ORDER[findings.table]}",
        out=clean,
        columns=SCHEMAS[findings.table],
        **findings.inputs(),
        **overlap,
    )
    if not findings.parts:
        empty = (
            f"""SELECT {columns}, '' AS step, '' AS "check", '' AS detail FROM raw WHERE false"""
        )
        tables.sql(empty, out=quarantine, raw=findings.raw)
        return
    counted, overlap = findings.counted("quarantined")
    raw_columns = ", ".join(f"raw.{name}" for name in names)
    tables.sql(
        _QUARANTINE_ROWS(raw_columns=raw_columns, counted=counted),
        out=quarantine,
        raw=findings.raw,
        parts=findings.parts,
        **overlap,
    )


def write_quarantine(tables: Tables, parts: list[Path], out: Path) -> None:
    """Write the quarantine of all ranges of days as one file."""
    tables.sql("SELECT * FROM parts ORDER BY import_id, line", out=out, parts=list(parts))


def write_parts(findings: FindingsStore, out: Path) -> None:
    """Write a store's findings as the steps left them to one file: the other files are made from it."""
    if not findings.parts:
        findings.tables.sql("SELECT * FROM nothing", out=out, nothing=PARTS.empty_table())
        return
    counted, overlap = findings.counted("parts")
    findings.tables.sql(
        f"SELECT * FROM {counted} ORDER BY step_no, rule, import_id, line, action, detail",
        out=out,
        parts=findings.parts,
        **overlap,
    )


def write_findings(
    tables: Tables, parts: Mapping[On, list[Path]], checks: Sequence[Check], out: Path
) -> None:
    """Write all findings of both tables as one file of :data:`baihuo.core.tables.FINDINGS`."""
    inputs: dict[str, Source] = {name: list(files) for name, files in parts.items() if files}
    versions = ", ".join(f"('{c.name}', '{c.version}')" for c in checks)
    selects = [
        f"SELECT '{name}' AS \"table\", import_id, line, rule, action, detail FROM {name}"
        for name in inputs
    ]
    if not selects:
        columns = (
            "'' AS \"table\", 0 AS import_id, 0 AS line, '' AS rule, '' AS action, '' AS detail"
        )
        selects = [f"SELECT {columns} WHERE false"]
    statement = _FINDING_ROWS(versions=versions, parts=" UNION ALL ".join(selects))
    tables.sql(statement, out=out, **inputs)


def count_findings(
    tables: Tables,
    parts: Mapping[On, list[Path]],
    checks: Sequence[Check],
    names: Mapping[int, str] | None = None,
) -> tuple[Finding, ...]:
    """How often each check did what, with the first rows of each.

    Args:
        names: import → the name of its file.
    """
    found = []
    whose = _whose(checks)
    for name, files in parts.items():
        if not files:
            continue
        statement = _FINDING_COUNTS(n_examples=N_EXAMPLES, n_rows=N_ROWS, whose=whose)
        for row in tables.sql(statement, parts=list(files)).to_pylist():
            examples = tuple(
                {
                    "row_id": e["row_id"],
                    "file": (names or {}).get(int(e["row_id"].partition(":")[0])),
                    "detail": json.loads(e["detail"] or "{}"),
                }
                for e in row["examples"]
            )
            largest = tuple(
                {
                    "of": x["whose"],
                    "n_rows": x["n"],
                    "row_ids": x["row_ids"],
                    "detail": json.loads(x["detail"] or "{}"),
                }
                for x in row["largest"] or ()
            )
            n_findings = row["n_faults"] or row["n"]
            what = (row["step"], name, row["rule"], row["action"])
            found.append(Finding(*what, row["n"], examples, n_findings, largest))
    return tuple(found)


def _whose(checks: Sequence[Check]) -> str:
    """SQL for whose fault a row is, as text; null of checks that look at single rows."""
    cases = []
    for check in (c for c in checks if c.one_per):
        parts = ", ".join(f"json_extract_string(detail, '$.{name}')" for name in check.one_per)
        cases.append(f"WHEN '{check.name}' THEN concat_ws(' ', {parts})")
    return f"CASE rule {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def verify_counts(
    table: On, n_in: int, counts: Sequence[StepCount], clean: Source, quarantine: Source
) -> None:
    """Compare the rows of the written files with what the steps counted.

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


def count_days(findings: FindingsStore) -> tuple[Day, ...]:
    """Events by the day we received them (UTC), and what became of them."""
    inputs = findings.inputs()
    gone, joined = "0 AS n_quarantined, 0 AS n_merged, 0 AS n_erased", ""
    if "touched" in inputs:
        gone = (
            "count(*) FILTER (is_quarantined) AS n_quarantined, "
            "count(*) FILTER (is_gone AND NOT is_quarantined AND NOT is_erased) AS n_merged, "
            "count(*) FILTER (is_erased) AS n_erased"
        )
        joined = "LEFT JOIN touched USING (import_id, line)"
    counted, overlap = findings.counted("raw")
    rows = findings.tables.sql(
        f"SELECT greatest(0, least({LAST_DAY}, received_at_us // {DAY_US})) AS day, count(*) AS n, {gone} "
        f"FROM (SELECT import_id, line, received_at_us FROM {counted}) {joined} GROUP BY day ORDER BY day",
        out=None,
        **inputs,
        **overlap,
    ).to_pylist()
    return tuple(
        Day(
            date_text(row["day"]),
            row["n"] - row["n_quarantined"] - row["n_merged"] - row["n_erased"],
            row["n_quarantined"],
            row["n_merged"],
            row["n_erased"],
        )
        for row in rows
    )
