"""Storage of embedding tables: full, half precision, bytes, or half the rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
RowKind: TypeAlias = Literal["float32", "float16", "int8", "half_rank"]
ROW_KINDS: tuple[RowKind, ...] = ("float32", "float16", "int8", "half_rank")
_NARROW = 4  # least width for compression; narrower rows stay in float16
_LARGEST = 127.0


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows:
    """``parts`` are the stored arrays, ``values`` the decoded rows."""

    kind: RowKind
    values: Floats  # [values of all fields, width]
    parts: tuple[NDArray[Any], ...]


def stored_rows(table: Floats, kind: RowKind) -> StoredRows:
    """Encode ``[values, width]``.

    ``float16``: rounded. ``int8``: each row divided by its largest number, 127 steps to either side, with that scale.
    ``half_rank``: ``[values, width / 2]`` and one matrix that turns it back, the best such pair by squared error.

    Source: Eckart and Young (1936) for the last.
    """
    if kind == "float32":
        return StoredRows(kind, table, (table,))
    if kind == "float16" or table.shape[1] < _NARROW:
        half = table.astype(np.float16)
        return StoredRows("float16", half.astype(np.float32), (half,))
    if kind == "int8":
        scale = (np.abs(table).max(1, keepdims=True) / _LARGEST).astype(np.float16)
        divisor = np.where(scale > 0, scale, 1).astype(np.float32)
        steps = np.clip(np.rint(table / divisor), -_LARGEST, _LARGEST).astype(np.int8)
        values = (steps * scale.astype(np.float32)).astype(np.float32)
        return StoredRows(kind, values, (steps, scale))
    _, vectors = np.linalg.eigh(table.T.astype(np.float64) @ table)  # ascending
    basis: NDArray[np.float32] = vectors[:, -(table.shape[1] // 2) :].T.astype(np.float32)
    narrow = np.asarray(table @ basis.T, dtype=np.float32)
    return StoredRows(kind, np.asarray(narrow @ basis, dtype=np.float32), (narrow, basis))
