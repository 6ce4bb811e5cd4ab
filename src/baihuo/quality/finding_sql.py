"""SQL of findings: the columns that every step's SELECT has, around the rows that a rule found."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from baihuo.quality.spec import Action, Check

NOTES = pa.schema(
    [
        ("import_id", pa.int32()),
        ("line", pa.int64()),
        ("rule", pa.string()),
        ("detail", pa.string()),  # JSON
    ]
)
"""Notes that a detector made in Python, for :func:`notes_sql`."""


def notes_sql(table: str, field: str = "NULL") -> str:
    """The findings of a table of :data:`NOTES`; ``field`` is SQL of the column that each is about."""
    return f"SELECT import_id, line, rule, 'note' AS action, {field} AS field, NULL AS new, detail FROM {table}"


def finding_sql(
    rows: str,
    check: Check | str,
    detail: Mapping[str, str] | None = None,
    *,
    action: Action | None = None,
    field: str | None = None,
    new: str = "NULL",
) -> str:
    """Name ``check`` for each of ``rows``.

    Args:
        rows: SQL with ``import_id``, ``line`` and what the other arguments read.
        check: with its field and action, or its name alone, for a note.
        detail: what the finding says, name → SQL. A repair says its field and new value by itself. None: the struct ``detail`` of ``rows``.
        action: what is done with the rows; the check's own, if not given.
        field: SQL of the column that is wrong; the check's own, if not given.
        new: SQL of the value that a repair puts there; NULL blanks the cell.
    """
    if isinstance(check, Check):
        name, action = check.name, action or check.action
        field = field or (f"'{check.field}'" if check.field else None)
    else:
        name = check
    action, field = action or "note", field or "NULL"
    struct = "detail"
    if detail is not None:
        if action == "repair":
            detail = {"field": field, **detail, "new": f"CAST({new} AS VARCHAR)"}
        pairs = (f'"{word}" := {sql}' for word, sql in detail.items())
        struct = f"struct_pack({', '.join(pairs)})"
    return (
        f"SELECT import_id, line, '{name}' AS rule, '{action}' AS action, CAST({field} AS VARCHAR) AS field, "
        f"CAST({new} AS VARCHAR) AS new, CAST(to_json({struct}) AS VARCHAR) AS detail FROM ({rows})"
    )
