"""What the checks say about a row as somebody would fix it, before it is sent in.

The fixed row is imported to a temporary folder and checked there among the rows that matter to it: an event with all that its visitor
did and the products of that, a product with others of its category and its events. What needs the whole log (gaps, crowds of
visitors, copies among other products) only the next ``baihuo check`` can say.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import Mask
from baihuo.core import EVENTS_FOLDER, BadInput, BrokenFile
from baihuo.engine import Tables, sql_text
from baihuo.quality.engine.clean import clean
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.engine.steps import every_check
from baihuo.quality.findings import SCHEMAS
from baihuo.quality.quarantine.quarantined import QuarantinedRow, RowStore, find_row
from baihuo.quality.quarantine.release import (
    Values,
    check_fields,
    fixed_values,
    import_options,
    lacks_fields,
    read_as,
    refusal,
    source_names,
    table_of,
)
from baihuo.quality.report.settings import AlertRules
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import On

_IMPORT = 2_000_000_000  # no import of a shop has this number
_ROW_ID = f"{_IMPORT}:1"
_MOST_EVENTS, _MOST_PRODUCTS = 2_000, 300


@dataclass(frozen=True, slots=True)
class PreviewFinding:
    """What one check finds in the fixed row."""

    check: str
    action: str  # quarantine, merge, repair, note
    why: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """A row as it would be after a fix, and what the checks say of it."""

    row: QuarantinedRow
    refused: str | None  # why an import would refuse it; None: it would not
    fix: str | None  # what to do about that
    values: dict[str, Any]  # as an import reads them
    findings: tuple[PreviewFinding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether the row would be learned from."""
        taken = {"quarantine", "merge"}
        return self.refused is None and not any(one.action in taken for one in self.findings)


def preview(
    store: RowStore,
    row_id: str,
    values: Values,
    *,
    mask: Mask,
    rules: QualityRules,
    options: CleanOptions,
    table: On | None = None,
) -> Preview:
    """Say what becomes of a row that is fixed with these values. Nothing in the shop is changed.

    Args:
        values: as in :func:`baihuo.quality.fix`; none: the row as it is.
        options: of the shop's checks: its key, consent and own checks.

    Raises:
        NotFound: no such row in quarantine.
        BadInput: no such field.
    """
    row = find_row(store, row_id, table)
    if values:
        check_fields(row, values)
    fixed = fixed_values(row, values, source_names(import_options(store, row)))
    with tempfile.TemporaryDirectory() as name:
        raw, kind = Path(name) / "raw", table_of(row)
        file = Path(name) / "fixed.jsonl"
        file.write_text(json.dumps(fixed, ensure_ascii=False) + "\n", encoding="utf-8")
        how = read_as(store, row, set(fixed), {})
        try:
            connect.import_files([file], raw=raw, tables=store.tables, mask=mask, options=how)
        except BrokenFile as error:
            problem = lacks_fields(row, error)
            return Preview(row, problem.what, problem.fix, fixed, ())
        [record] = connect.imports(raw)
        if record.n_quarantined or record.n_withheld:
            problem = refusal(replace(store, raw=raw), [row], record)
            return Preview(row, _short(problem), problem.fix, fixed, ())
        read = _numbered(pq.read_table(connect.segment(raw, record.import_id, kind)))
        files = _context(store, kind, read, Path(name))
        return Preview(
            row=row,
            refused=None,
            fix=None,
            values={k: v for k, v in read.to_pylist()[0].items() if v not in (None, [])},
            findings=_findings(store.tables, kind, files, Path(name) / "out", rules, options),
        )


def _short(problem: BadInput) -> str:
    """The reason in brackets, without how many rows were sent."""
    return problem.what.partition("(")[2].rpartition(")")[0] or problem.what


def _numbered(read: pa.Table) -> pa.Table:
    """With a number that no row of the shop has."""
    place = read.schema.get_field_index("import_id")
    numbers = pa.array([_IMPORT] * read.num_rows, pa.int32())
    return read.set_column(place, read.schema.field(place), numbers)


def _context(store: RowStore, kind: On, read: pa.Table, work: Path) -> Mapping[On, list[Path]]:
    """Files of the fixed row, and of clean rows that the checks hold it against."""
    row = read.to_pylist()[0]
    clean_events = sorted((store.clean / EVENTS_FOLDER).glob("*.parquet"))
    clean_products = store.clean / "products.parquet"
    events, products = SCHEMAS["events"].empty_table(), SCHEMAS["products"].empty_table()
    if clean_events:
        name = "visitor_id" if kind == "events" else "product_id"
        where = f"{name} = {_quoted(row.get(name))}"
        select = f"SELECT * FROM clean WHERE {where} ORDER BY received_at_us LIMIT {_MOST_EVENTS}"
        events = store.tables.sql(select, out=None, clean=clean_events)
    if clean_products.exists():
        ids = {row.get("product_id"), *events["product_id"].to_pylist()} - {None}
        listed = ", ".join(_quoted(one) for one in ids) or "''"
        is_near = f"product_id IN ({listed})"
        if kind == "products":
            is_near = f"(category = {_quoted(row.get('category'))} OR {is_near})"
            is_near += f" AND product_id <> {_quoted(row.get('product_id'))}"
        near = f"SELECT * FROM clean WHERE {is_near} LIMIT {_MOST_PRODUCTS}"
        any_one = (
            "SELECT * FROM clean ORDER BY product_id LIMIT 1"  # so that a product may be unknown
        )
        both = f"SELECT * FROM ({near}) UNION (SELECT * FROM ({any_one}))"
        if kind == "products":
            both = near
        products = store.tables.sql(both, out=None, clean=clean_products)
    found: dict[On, list[Path]] = {}
    of_tables: tuple[tuple[On, pa.Table], ...] = (("events", events), ("products", products))
    for table, rows in of_tables:
        files = [work / f"{table}.parquet"]
        pq.write_table(rows.select(SCHEMAS[table].names).cast(SCHEMAS[table]), files[0])
        if table == kind:
            files.append(work / "fixed.parquet")
            pq.write_table(read.select(SCHEMAS[table].names), files[1])
        found[table] = files
    return found


def _quoted(value: object) -> str:
    return "NULL" if value is None else sql_text(str(value))


def _findings(
    tables: Tables,
    kind: On,
    files: Mapping[On, list[Path]],
    out: Path,
    rules: QualityRules,
    options: CleanOptions,
) -> tuple[PreviewFinding, ...]:
    clean(
        tables,
        events=files["events"],
        products=files["products"],
        out=out,
        rules=rules.model_copy(update={"alerts": AlertRules()}),
        options=options,
    )
    checks = {check.name: check for check in every_check(options.custom)}
    rows = tables.sql(
        f"""SELECT DISTINCT "check", action, detail FROM findings
            WHERE "table" = '{kind}' AND row_id = '{_ROW_ID}' ORDER BY ALL""",
        out=None,
        findings=out / "findings.parquet",
    ).to_pylist()
    return tuple(
        PreviewFinding(
            row["check"],
            row["action"],
            checks[row["check"]].why if row["check"] in checks else "",
            json.loads(row["detail"] or "{}"),
        )
        for row in rows
    )
