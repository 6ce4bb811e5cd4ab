"""Splits typed rows into rows that are kept, refused rows, and values of kept rows that are withheld."""

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
    """One kind of row error; ``predicate`` is SQL over the typed row, true where the row has it (events have none: see ``event_typing.py``).

    An error refuses its row, unless it ``withholds`` values: then the row stays, and these columns of it are null.
    """

    field: str
    source: str | None  # the source column of the value; None: there is none
    reason: str
    fix: str
    predicate: str = ""
    withholds: tuple[str, ...] = ()  # columns of the output that the query leaves null


@dataclass(frozen=True, slots=True)
class UnreadableValue:
    """A part of a cell that could not be read; the rest of the cell is kept."""

    at: int  # the row of the block, from 0
    field: str  # which part, as in "variants[S].price_minor"
    value: str
    reason: str
    fix: str


def error_number_sql(errors: Sequence[RowError]) -> str:
    """SQL for the index of a row's first error that refuses it; null where it has none."""
    cases = " ".join(
        f"WHEN {e.predicate} THEN {i}" for i, e in enumerate(errors) if not e.withholds
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS INTEGER)"


def withheld_bits_sql(errors: Sequence[RowError]) -> str:
    """SQL for the errors that withhold values of a row: bit ``i`` stands for the ``i``-th of them; null where there is none."""
    cases = [f"CASE WHEN {e.predicate} THEN {1 << i} ELSE 0 END" for i, e in withholding(errors)]
    return f"nullif({' + '.join(cases)}, 0)" if cases else "CAST(NULL AS INTEGER)"


def split_by_error(
    block: Block,
    typed: pa.Table,
    errors: Sequence[RowError],
    unreadable: Sequence[UnreadableValue] = (),
) -> ValidatedRows:
    """Split ``typed`` (row by row the same as ``block``) by its column ``error``; its column ``withheld`` and ``unreadable``
    say which values of the kept rows could not be read."""
    error = typed["error"]
    kept = typed.drop_columns(["error", "withheld"])
    withheld = _withheld(block, typed, errors)
    if unreadable:
        withheld += _parts_withheld(block, typed, unreadable)
        withheld.sort(key=lambda r: r.line)
    if error.null_count == len(error):
        return ValidatedRows(kept, block.rejected, block.bytes_done, withheld)
    has_error = pc.is_valid(error)
    rejected = list(block.rejected)
    positions = pc.indices_nonzero(has_error).to_pylist()
    for i, number in zip(positions, error.filter(has_error).to_pylist(), strict=True):
        rejected.append(_rejected(block, kept, i, errors[number]))
    rejected.sort(key=lambda r: r.line)
    return ValidatedRows(kept.filter(pc.invert(has_error)), rejected, block.bytes_done, withheld)


def withholding(errors: Sequence[RowError]) -> list[tuple[int, RowError]]:
    """The errors that withhold values, each with its bit in the column ``withheld``."""
    return list(enumerate(error for error in errors if error.withholds))


def _withheld(block: Block, typed: pa.Table, errors: Sequence[RowError]) -> list[Rejected]:
    """The values of kept rows that could not be read, by line."""
    error, bits = typed["error"], typed["withheld"]
    if bits.null_count == len(bits):
        return []
    bits = pc.if_else(pc.is_null(error), bits, None)
    positions = pc.indices_nonzero(pc.is_valid(bits)).to_pylist()
    return [
        _rejected(block, typed, i, row_error)
        for i, found in zip(positions, bits.drop_null().to_pylist(), strict=True)
        for bit, row_error in withholding(errors)
        if found >> bit & 1
    ]


def _parts_withheld(
    block: Block, typed: pa.Table, unreadable: Sequence[UnreadableValue]
) -> list[Rejected]:
    """The same of parts of cells."""
    return [
        Rejected(
            line=int(block.lines[part.at]),
            field=part.field,
            value=part.value,
            reason=part.reason,
            fix=part.fix,
            raw=block.raw(part.at),
            identities=_identities(typed, part.at),
        )
        for part in unreadable
        if not typed["error"][part.at].is_valid
    ]


def _rejected(block: Block, typed: pa.Table, i: int, error: RowError) -> Rejected:
    value = None if error.source is None else python_value(block.rows[error.source][i])
    if value is None and error.source is not None:
        value = block.empty
    return Rejected(
        line=int(block.lines[i]),
        field=error.field,
        value=None if value is None else str(value),
        reason=error.reason,
        fix=error.fix,
        raw=block.raw(i),
        identities=_identities(typed, i),
    )


def _identities(typed: pa.Table, i: int) -> tuple[str, ...]:
    """The ids of persons in a row."""
    columns = [typed[name] for name in PERSON_IDS if name in typed.column_names]
    return tuple(v for column in columns if (v := column[i].as_py()))
