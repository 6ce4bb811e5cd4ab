"""The shop's own checks, run: one that fails is reported and takes no other with it."""

from __future__ import annotations

import re
import traceback
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.engine import Source, is_full_disk
from baihuo.quality.custom.files import STEP_NAME, CustomCheck, CustomChecks
from baihuo.quality.custom.settings import CustomRules
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import SCHEMAS, SQL_TYPES, FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

RESULT_SCHEMA = pa.schema(
    [("import_id", pa.int32()), ("line", pa.int64()), ("new", pa.string()), ("detail", pa.string())]
)
"""A row that a check found; ``detail`` is any text, or a JSON object."""
_SAID = """CASE WHEN json_valid(detail) AND left(ltrim(detail), 1) = '{' THEN CAST(detail AS JSON)
    WHEN detail IS NOT NULL THEN to_json(struct_pack(said := detail)) END"""


def custom_step(custom: CustomChecks) -> Step[CustomRules]:
    """The step ``own`` of these checks."""
    return Step(
        settings=CustomRules,
        name=STEP_NAME,
        checks=tuple(c.check for c in custom.checks),
        detectors=(partial(_detect, custom),),
    )


def _detect(
    custom: CustomChecks, findings: FindingsStore, settings: CustomRules, context: CheckContext
) -> CheckResult:
    selects, inputs = [], dict[str, Source]()
    failed = []
    for custom_check in custom.on(findings.table):
        name = f"own_{custom_check.check.name}"
        out = findings.work / f"{name}.parquet"
        run = _run_python if custom_check.is_python else _run_sql
        try:
            results = run(custom_check, findings, context)
            _write_findings(custom_check.check, findings, results, out)
        except Exception as error:
            if is_full_disk(error) or isinstance(error, MemoryError):
                raise
            where = f"{custom_check.path.name}, line {_line(custom_check, error)}"
            failed.append(f"{where}: {_message(error)}")
            continue
        selects.append(f"SELECT * FROM {name}")
        inputs[name] = out
    return CheckResult(selects=selects, inputs=inputs, failed=tuple(failed))


def _write_findings(check: Check, findings: FindingsStore, results: Path, out: Path) -> None:
    """Write the findings: rows that are still there, each once, and values that the column can hold.

    Raises:
        ValueError: a new value that the column cannot hold; says the row.
    """
    tables, field = findings.tables, check.field
    inputs = findings.inputs() | {"results": results}
    found = f"FROM results JOIN {findings.rows(*([field] if field else []))} AS present USING (import_id, line)"
    if field is not None:
        column = SCHEMAS[findings.table].field(field)
        is_empty = "false" if column.nullable else "coalesce(new, '') = ''"
        is_impossible = (
            f"{is_empty} OR (new IS NOT NULL AND TRY_CAST(new AS {SQL_TYPES[column.type]}) IS NULL)"
        )
        first = f"SELECT import_id, line, new {found} WHERE {is_impossible} ORDER BY ALL LIMIT 1"
        for row in tables.sql(first, out=None, **inputs).to_pylist():
            where = f"(row {row['import_id']}:{row['line']})"
            raise ValueError(f"{row['new']!r} cannot stand in {field} {where}")
        found += f" WHERE CAST({field} AS VARCHAR) IS DISTINCT FROM new"
    found += " QUALIFY row_number() OVER (PARTITION BY import_id, line ORDER BY new, detail) = 1"
    if field is None:
        statement = finding_sql(f"SELECT import_id, line, {_SAID} AS detail {found}", check)
    else:
        detail = {"old": f"left(CAST({field} AS VARCHAR), 200)", "said": _SAID}
        statement = finding_sql(f"SELECT * {found}", check, detail, new="new")
    tables.sql(statement, out=out, **inputs)


def _require_columns(names: list[str], check: Check) -> None:
    """Refuse an answer without the columns that a finding needs.

    Raises:
        TypeError: says which are missing.
    """
    needed = ["import_id", "line", *(["new"] if check.action == "repair" else [])]
    missing = [name for name in needed if name not in names]
    if missing:
        raise TypeError(f"its answer lacks {', '.join(missing)}; it has {', '.join(names)}")


def _run_sql(custom_check: CustomCheck, findings: FindingsStore, context: CheckContext) -> Path:
    """The rows that a SELECT answers with, in :data:`RESULT_SCHEMA`."""
    tables, name = findings.tables, custom_check.check.name
    other: On = "products"
    source: Source | None = context.products
    if findings.table == "products":
        other, source = "events", context.raw_events
    inputs, others = dict(findings.inputs()), ""
    if source is not None:
        inputs[f"given_{other}"] = source
        others = f", {other} AS NOT MATERIALIZED (SELECT * FROM given_{other})"
    rows = findings.rows(*SCHEMAS[findings.table].names)
    text = custom_check.text.rstrip().rstrip(";")
    # one line before theirs: the engine counts lines, and _line takes that one off again
    select = f"WITH {findings.table} AS NOT MATERIALIZED {rows}{others} SELECT * FROM (\n{text}\n)"
    schema = tables.sql(f"{select} LIMIT 0", out=None, **inputs).schema
    _require_columns(schema.names, custom_check.check)
    new = "CAST(new AS VARCHAR)" if "new" in schema.names else "CAST(NULL AS VARCHAR)"
    detail = "NULL"
    if "detail" in schema.names:
        is_text = pa.types.is_string(schema.field("detail").type)
        detail = "detail" if is_text else "CAST(to_json(detail) AS VARCHAR)"
    results = findings.work / f"own_{name}_found.parquet"
    tables.sql(
        f"SELECT CAST(import_id AS INTEGER) AS import_id, CAST(line AS BIGINT) AS line, {new} AS new, "
        f"CAST({detail} AS VARCHAR) AS detail FROM ({select})",
        out=results,
        **inputs,
    )
    return results


def _run_python(custom_check: CustomCheck, findings: FindingsStore, context: CheckContext) -> Path:
    """The rows that a function over batches answers with, in :data:`RESULT_SCHEMA`."""
    name = custom_check.check.name
    module = ModuleType(name)
    exec(compile(custom_check.text, str(custom_check.path), "exec"), module.__dict__)
    function = module.__dict__.get("check")
    if not callable(function):
        raise TypeError("it has no function check(rows)")
    columns = custom_check.columns or tuple(SCHEMAS[findings.table].names)
    columns = tuple(dict.fromkeys((*columns, "import_id", "line")))
    rows = findings.work / f"own_{name}_rows.parquet"
    select = f"SELECT * FROM {findings.rows(*columns)}"
    findings.tables.sql(select, out=rows, **findings.inputs())
    results = findings.work / f"own_{name}_found.parquet"
    try:
        findings.tables.map_arrow(
            lambda batch: _result_rows(function(batch), batch, custom_check), rows, out=results
        )
    finally:
        rows.unlink(missing_ok=True)
    return results


def _result_rows(result: Any, batch: pa.RecordBatch, custom_check: CustomCheck) -> pa.RecordBatch:
    """What a function answered, as rows: a mask over the batch, or a table of rows."""
    if isinstance(result, pa.RecordBatch | pa.Table):
        _require_columns(result.schema.names, custom_check.check)
        columns = []
        for wanted in RESULT_SCHEMA:
            has = wanted.name in result.schema.names
            column = result.column(wanted.name) if has else pa.nulls(result.num_rows, wanted.type)
            if isinstance(column, pa.ChunkedArray):
                column = column.combine_chunks()
            columns.append(column.cast(wanted.type))
        return pa.RecordBatch.from_arrays(columns, schema=RESULT_SCHEMA)
    if custom_check.check.action == "repair":
        raise TypeError("a repair answers with a table of import_id, line and new")
    if isinstance(result, pa.ChunkedArray):
        result = result.combine_chunks()
    mask = result if isinstance(result, pa.Array) else pa.array(result)
    if not pa.types.is_boolean(mask.type) or len(mask) != batch.num_rows:
        raise TypeError(
            f"check(rows) answers with one true or false a row ({batch.num_rows}), or with a table; "
            f"it answered {len(mask)} of {mask.type}"
        )
    rows = batch.select(["import_id", "line"]).filter(pc.fill_null(mask, False))
    nothing = pa.nulls(rows.num_rows, pa.string())
    return pa.RecordBatch.from_arrays([*rows.columns, nothing, nothing], schema=RESULT_SCHEMA)


def _line(custom_check: CustomCheck, error: BaseException) -> int:
    """The line of the check's file where it went wrong, as near as can be known."""
    if custom_check.line is not None:
        return custom_check.line
    if custom_check.is_python:
        if isinstance(error, SyntaxError) and error.lineno:
            return error.lineno
        frames = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(custom_check.path)
        ]
        return next((line for line in reversed(frames) if line), 1)
    lines = custom_check.text.splitlines()
    named = re.search(r"LINE (\d+):", str(error))
    if named:
        return min(max(1, int(named[1]) - 1), len(lines))
    return next((i for i, x in enumerate(lines, 1) if x.strip() and not x.startswith("--")), 1)


def _message(error: BaseException) -> str:
    first = str(error).strip().split("\n")[0] or "no message"
    return f"{type(error).__name__}: {first}"
