"""Rows with a fault to quarantine, the others on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.connect.cells import plain_value
from baihuo.connect.rows import Block, Rejected, ValidatedRows


@dataclass(frozen=True, slots=True)
class RowError:
    """One way a row can be unusable; ``bad`` is SQL over the typed row, true where it is so."""

    field: str
    source: str | None  # the file's column that holds the value, if one does
    reason: str
    fix: str
    bad: str


def fault_sql(faults: Sequence[RowError]) -> str:
    """SQL for the number of a row's first fault; null where it has none."""
    if not faults:
        return "CAST(NULL AS INTEGER)"
    cases = " ".join(f"WHEN {fault.bad} THEN {i}" for i, fault in enumerate(faults))
    return f"CASE {cases} END"


def sift(block: Block, typed: pa.Table, faults: Sequence[RowError]) -> ValidatedRows:
    """Part ``typed`` (row for row with ``block``) by its column ``fault``."""
    fault = typed["fault"]
    kept = typed.drop_columns(["fault"])
    if fault.null_count == len(fault):
        return ValidatedRows(kept, block.rejected, block.bytes_done)
    is_bad = pc.is_valid(fault)
    rejected = list(block.rejected)
    places = pc.indices_nonzero(is_bad).to_pylist()
    for i, number in zip(places, fault.filter(is_bad).to_pylist(), strict=True):
        found = faults[number]
        value = None if found.source is None else plain_value(block.rows[found.source][i])
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
