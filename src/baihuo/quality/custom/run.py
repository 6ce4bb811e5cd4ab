"""The shop's own checks, run: one that fails says so and takes no other with it."""

from __future__ import annotations

import re
import traceback
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.engine import Source
from baihuo.engine.disk import is_full_disk
from baihuo.quality.custom.custom_checks import STEP_NAME, CustomCheck, CustomChecks
from baihuo.quality.custom.settings import CustomRules
from baihuo.quality.findings import SCHEMAS, SQL_TYPES, FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult, Step

_ANSWER = pa.schema(
    [("import_id", pa.int32()), ("line", pa.int64()), ("new", pa.string()), ("said", pa.string())]
)


def step_of(own: CustomChecks) -> Step[CustomRules]:
    """The step ``own`` of these checks."""
    return Step(
        settings=CustomRules,
        name=STEP_NAME,
        checks=tuple(c.check for c in own.checks),
        detectors=(partial(_find, own),),
    )


def _find(
    own: CustomChecks, ledger: FindingsStore, settings: CustomRules, given: CheckContext
) -> CheckResult:
    selects, inputs = [], dict[str, Source]()
    failed = []
    for one in own.on(ledger.table):
        out = ledger.work / f"own_{one.check.name}.parquet"
        try:
            (_python if one.is_python else _sql)(one, ledger, given, out)
        except Exception as error:
            if is_full_disk(error) or isinstance(error, MemoryError):
                raise
            failed.append(f"{one.path.name}, line {_line(one, error)}: {_words(error)}")
            continue
        name = f"own_{one.check.name}"
        selects.append(f"SELECT * FROM {name}")
        inputs[name] = out
    return CheckResult(selects=selects, inputs=inputs, failed=tuple(failed))


def _sql(one: CustomCheck, ledger: FindingsStore, given: CheckContext, out: Path) -> None:
    other, source = (
        ("products", given.products) if ledger.table == "events" else ("events", given.raw_events)
    )
    rows = ledger.rows(*SCHEMAS[ledger.table].names)
    inputs = dict(ledger.inputs())
    others = ""
    if source is not None:
        inputs[f"given_{other}"] = source
        others = f", {other} AS NOT MATERIALIZED (SELECT * FROM given_{other})"
    text = one.text.rstrip().rstrip(";")
    # one line before theirs: the engine counts lines, and _line takes that one off again
    asked = f"WITH {ledger.table} AS NOT MATERIALIZED {rows}{others} SELECT * FROM (\n{text}\n)"
    found = ledger.work / f"own_{one.check.name}_found.parquet"
    answer = ledger.tables.sql(f"{asked} LIMIT 0", out=None, **inputs).schema
    _has_columns(answer.names, one)
    new = "CAST(new AS VARCHAR)" if "new" in answer.names else "CAST(NULL AS VARCHAR)"
    said = "NULL"
    if "detail" in answer.names:
        is_text = pa.types.is_string(answer.field("detail").type)
        said = "detail" if is_text else "CAST(to_json(detail) AS VARCHAR)"
    ledger.tables.sql(
        f"SELECT CAST(import_id AS INTEGER) AS import_id, CAST(line AS BIGINT) AS line, {new} AS new, "
        f"CAST({said} AS VARCHAR) AS said FROM ({asked})",
        out=found,
        **inputs,
    )
    _finish(one, ledger, found, out)


def _python(one: CustomCheck, ledger: FindingsStore, given: CheckContext, out: Path) -> None:
    module = ModuleType(one.check.name)
    exec(compile(one.text, str(one.path), "exec"), module.__dict__)
    function = module.__dict__.get("check")
    if not callable(function):
        raise TypeError("it has no function check(rows)")
    names = one.columns or tuple(SCHEMAS[ledger.table].names)
    names = tuple(dict.fromkeys((*names, "import_id", "line")))
    rows = ledger.work / f"own_{one.check.name}_rows.parquet"
    ledger.tables.sql(f"SELECT * FROM {ledger.rows(*names)}", out=rows, **ledger.inputs())
    found = ledger.work / f"own_{one.check.name}_found.parquet"
    try:
        ledger.tables.map_arrow(lambda batch: _answer(function(batch), batch, one), rows, out=found)
    finally:
        rows.unlink(missing_ok=True)
    _finish(one, ledger, found, out)


def _answer(said: Any, batch: pa.RecordBatch, one: CustomCheck) -> pa.RecordBatch:
    """What a function answered, as rows: a mask over the batch, or a table of rows."""
    if isinstance(said, pa.RecordBatch | pa.Table):
        _has_columns(said.schema.names, one)
        columns = []
        for wanted in _ANSWER:
            theirs = "detail" if wanted.name == "said" else wanted.name
            has = theirs in said.schema.names
            column = said.column(theirs) if has else pa.nulls(said.num_rows, wanted.type)
            if isinstance(column, pa.ChunkedArray):
                column = column.combine_chunks()
            columns.append(column.cast(wanted.type))
        return pa.RecordBatch.from_arrays(columns, schema=_ANSWER)
    if one.check.action == "repair":
        raise TypeError("a repair answers with a table of import_id, line and new")
    if isinstance(said, pa.ChunkedArray):
        said = said.combine_chunks()
    mask = said if isinstance(said, pa.Array) else pa.array(said)
    if not pa.types.is_boolean(mask.type) or len(mask) != batch.num_rows:
        raise TypeError(
            f"check(rows) answers with one true or false a row ({batch.num_rows}), or with a table; "
            f"it answered {len(mask)} of {mask.type}"
        )
    bad = batch.select(["import_id", "line"]).filter(pc.fill_null(mask, False))
    nothing = pa.nulls(bad.num_rows, pa.string())
    return pa.RecordBatch.from_arrays([*bad.columns, nothing, nothing], schema=_ANSWER)


def _has_columns(names: list[str], one: CustomCheck) -> None:
    needed = ["import_id", "line", *(["new"] if one.check.action == "repair" else [])]
    missing = [name for name in needed if name not in names]
    if missing:
        raise TypeError(f"its answer lacks {', '.join(missing)}; it has {', '.join(names)}")


def _finish(one: CustomCheck, ledger: FindingsStore, found: Path, out: Path) -> None:
    """Their answer as findings: rows that are there, each once, and values that the column can hold."""
    check, field = one.check, one.check.field
    said = "CASE WHEN said IS NULL THEN NULL ELSE to_json(struct_pack(said := said)) END"
    said = f"CASE WHEN json_valid(said) AND left(ltrim(said), 1) = '{{' THEN CAST(said AS JSON) ELSE {said} END"
    columns: tuple[str, ...] = ()
    changes, is_bad = "true", "false"
    if field is not None:
        of = SCHEMAS[ledger.table].field(field)
        columns = (field,)
        changes = f"CAST({field} AS VARCHAR) IS DISTINCT FROM new"
        cast = f"TRY_CAST(new AS {SQL_TYPES[of.type]}) IS NULL"
        is_bad = cast if not of.nullable else f"(new IS NOT NULL AND {cast})"
        if not of.nullable:
            is_bad = f"({is_bad} OR new = '')"
        old = f"field := '{field}', old := left(CAST({field} AS VARCHAR), 200), new := new"
        said = f"to_json(struct_pack({old}, said := {said}))"
    joined = f"found JOIN {ledger.rows(*columns)} AS r USING (import_id, line)"
    if field is not None:
        wrong = ledger.tables.sql(
            f"SELECT import_id, line, new FROM {joined} WHERE {is_bad} ORDER BY ALL LIMIT 1",
            out=None,
            found=found,
            **ledger.inputs(),
        ).to_pylist()
        if wrong:
            row = f"{wrong[0]['import_id']}:{wrong[0]['line']}"
            raise ValueError(f"{wrong[0]['new']!r} cannot stand in {field} (row {row})")
    ledger.tables.sql(
        f"SELECT import_id, line, '{check.name}' AS rule, '{check.action}' AS action, "
        f"{'NULL' if field is None else repr(field)}::VARCHAR AS field, new, "
        f"CAST({said} AS VARCHAR) AS detail FROM {joined} WHERE {changes} "
        "QUALIFY row_number() OVER (PARTITION BY import_id, line ORDER BY new, detail) = 1",
        out=out,
        found=found,
        **ledger.inputs(),
    )


def _line(one: CustomCheck, error: BaseException) -> int:
    """Where in their file it went wrong, as near as can be said."""
    if one.is_python:
        if isinstance(error, SyntaxError) and error.lineno:
            return error.lineno
        frames = [
            f.lineno
            for f in traceback.extract_tb(error.__traceback__)
            if f.filename == str(one.path)
        ]
        return next((n for n in reversed(frames) if n), 1)
    lines = one.text.splitlines()
    said = re.search(r"LINE (\d+):", str(error))
    if said:
        return min(max(1, int(said[1]) - 1), len(lines))
    return next((i for i, x in enumerate(lines, 1) if x.strip() and not x.startswith("--")), 1)


def _words(error: BaseException) -> str:
    first = str(error).strip().split("\n")[0] or "no words"
    return f"{type(error).__name__}: {first}"
