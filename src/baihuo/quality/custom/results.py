"""What a custom check answered with, as findings."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.custom.files import CustomCheck
from baihuo.quality.findings import SCHEMAS, SQL_TYPES, FindingsStore
from baihuo.quality.spec import Check

RESULT_SCHEMA = pa.schema(
    [("import_id", pa.int32()), ("line", pa.int64()), ("new", pa.string()), ("detail", pa.string())]
)
"""A row that the check found; ``detail`` is any text, or a JSON object."""
_FINDINGS = sql_file(__file__, "findings")
_REPAIRS = sql_file(__file__, "repairs")
_IMPOSSIBLE_VALUES = sql_file(__file__, "impossible_values")


def require_columns(names: list[str], check: Check) -> None:
    """Refuse an answer without the columns that a finding needs.

    Raises:
        TypeError: says which are missing.
    """
    needed = ["import_id", "line", *(["new"] if check.action == "repair" else [])]
    missing = [name for name in needed if name not in names]
    if missing:
        raise TypeError(f"its answer lacks {', '.join(missing)}; it has {', '.join(names)}")


def write_findings(
    custom_check: CustomCheck, findings: FindingsStore, results: Path, out: Path
) -> None:
    """Write the findings: rows that are still there, each once, and values that the column can hold.

    Raises:
        ValueError: a new value that the column cannot hold; says the row.
    """
    check, tables = custom_check.check, findings.tables
    if check.field is None:
        statement = _FINDINGS(check=check.name, action=check.action, rows=findings.rows())
        tables.sql(statement, out=out, results=results, **findings.inputs())
        return
    column = SCHEMAS[findings.table].field(check.field)
    rows, sql_type = findings.rows(check.field), SQL_TYPES[column.type]
    impossible = tables.sql(
        _IMPOSSIBLE_VALUES(rows=rows, sql_type=sql_type, is_nullable=str(column.nullable).lower()),
        out=None,
        results=results,
        **findings.inputs(),
    ).to_pylist()
    if impossible:
        row = impossible[0]
        raise ValueError(
            f"{row['new']!r} cannot stand in {check.field} (row {row['import_id']}:{row['line']})"
        )
    statement = _REPAIRS(check=check.name, field=check.field, rows=rows)
    tables.sql(statement, out=out, results=results, **findings.inputs())
