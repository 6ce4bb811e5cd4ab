"""Splits typed rows into rows without errors and refused rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.connect.rows import Block, Rejected, ValidatedRows
from baihuo.connect.text_cells import python_value

PERSON_IDS = ("visitor_id", "session_id", "order_id")
"""The ids that name persons, who are pseudonyms where the shop says so."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One kind of row error; ``predicate`` is SQL over the typed row, true where the row has it."""

    field: str
    source: str | None  # the source column of the value; None: there is none
    reason: str
    fix: str
    predicate: str


def error_number_sql(errors: Sequence[RowError]) -> str:
    """SQL for the index of a row's first error; null where it has none."""
    if not errors:
        return "CAST(NULL AS INTEGER)"
    cases = " ".join(f"WHEN {error.predicate} THEN {i}" for i, error in enumerate(errors))
    return f"CASE {cases} END"


def split_by_error(block: Block, typed: pa.Table, errors: Sequence[RowError]) -> ValidatedRows:
    """Split ``typed`` (row by row the same as ``block``) by its column ``error``."""
    error = typed["error"]
    kept = typed.drop_columns(["error"])
    if error.null_count == len(error):
        return ValidatedRows(kept, block.rejected, block.bytes_done)
    has_error = pc.is_valid(error)
    rejected = list(block.rejected)
    ids = [kept[name] for name in PERSON_IDS if name in kept.column_names]
    positions = pc.indices_nonzero(has_error).to_pylist()
    for i, number in zip(positions, error.filter(has_error).to_pylist(), strict=True):
        row_error = errors[number]
        value = None if row_error.source is None else python_value(block.rows[row_error.source][i])
        rejected.append(
            Rejected(
                line=int(block.lines[i]),
                field=row_error.field,
                value=None if value is None else str(value),
                reason=row_error.reason,
                fix=row_error.fix,
                raw=block.raw(i),
                identities=tuple(v for column in ids if (v := column[i].as_py())),
            )
        )
    rejected.sort(key=lambda r: r.line)
    return ValidatedRows(kept.filter(pc.invert(has_error)), rejected, block.bytes_done)
