"""Rows with a fault to quarantine, the others on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.connect.rows import Block, Rejected, ValidatedRows
from baihuo.connect.text_cells import python_value


@dataclass(frozen=True, slots=True)
class RowError:
    """One way a row can be unusable; ``predicate`` is SQL over the typed row, true where it is so."""

    field: str
    source: str | None  # the file's column that holds the value, if one does
    reason: str
    fix: str
    predicate: str


def error_number_sql(errors: Sequence[RowError]) -> str:
    """SQL for the number of a row's first fault; null where it has none."""
    if not errors:
        return "CAST(NULL AS INTEGER)"
    cases = " ".join(f"WHEN {error.predicate} THEN {i}" for i, error in enumerate(errors))
    return f"CASE {cases} END"


def split_by_error(block: Block, typed: pa.Table, errors: Sequence[RowError]) -> ValidatedRows:
    """Part ``typed`` (row for row with ``block``) by its column ``error``."""
    error = typed["error"]
    kept = typed.drop_columns(["error"])
    if error.null_count == len(error):
        return ValidatedRows(kept, block.rejected, block.bytes_done)
    is_bad = pc.is_valid(error)
    rejected = list(block.rejected)
    places = pc.indices_nonzero(is_bad).to_pylist()
    for i, number in zip(places, error.filter(is_bad).to_pylist(), strict=True):
        found = errors[number]
        value = None if found.source is None else python_value(block.rows[found.source][i])
        rejected.append(
            Rejected(
                line=int(block.lines[i]),
                field=found.field,
                value=None if value is None else str(value),
                reason=found.reason,
                fix=found.fix,
                raw=block.raw(i),
            )
        )
    rejected.sort(key=lambda r: r.line)
    return ValidatedRows(kept.filter(pc.invert(is_bad)), rejected, block.bytes_done)
