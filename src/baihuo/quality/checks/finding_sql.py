"""SQL of findings: the columns that every step's SELECT has, around the rows that a rule found."""

from __future__ import annotations

from collections.abc import Mapping

from baihuo.quality.spec import Action, Check


def finding_sql(
    rows: str,
    check: Check,
    detail: Mapping[str, str],
    *,
    action: Action | None = None,
    new: str = "NULL",
) -> str:
    """Name ``check`` for each of ``rows``.

    Args:
        rows: SQL with ``import_id``, ``line`` and what the other arguments read.
        detail: what the finding says, name → SQL. A repair says its field and new value by itself.
        action: what is done with the rows; the check's own, if not given.
        new: SQL of the value that a repair puts in place of the check's field.
    """
    action = action or check.action
    field = f"'{check.field}'" if check.field else "NULL"
    if action == "repair":
        detail = {"field": field, **detail, "new": f"CAST({new} AS VARCHAR)"}
    pairs = ", ".join(f'"{name}" := {sql}' for name, sql in detail.items())
    return (
        f"SELECT import_id, line, '{check.name}' AS rule, '{action}' AS action, CAST({field} AS VARCHAR) AS field, "
        f"CAST({new} AS VARCHAR) AS new, CAST(to_json(struct_pack({pairs})) AS VARCHAR) AS detail FROM ({rows})"
    )
