"""SQL of findings from a statement that names the rows and says why: the columns that are the same everywhere."""

from __future__ import annotations


def findings_sql(
    select: str, rule: str, *, action: str = "note", field: str = "NULL", new: str = "NULL"
) -> str:
    """SQL of findings of one check.

    Args:
        select: a statement with ``import_id``, ``line`` and ``detail``, a struct.
        action: of every row.
        field: SQL of the column that is wrong, of columns of ``select``.
        new: SQL of the value that a repair puts there; NULL blanks the cell.
    """
    return (
        f"SELECT import_id, line, '{rule}' AS rule, '{action}' AS action, CAST({field} AS VARCHAR) AS field, "
        f"CAST({new} AS VARCHAR) AS new, CAST(to_json(detail) AS VARCHAR) AS detail FROM ({select})"
    )
