"""What all cells of a text column have in common, from its bytes, so that SQL need not ask each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from baihuo.connect.values import Facts, is_text

_SPACE = " \t\r\n\v\f"


def trimmed(rows: pa.Table) -> pa.Table:
    """The rows without white space around texts. Columns that have none are not copied."""
    for at, field in enumerate(rows.schema):
        if is_text(field.type):
            column = rows.column(at)
            if any(_is_padded(chunk) for chunk in column.chunks):
                plain = column.cast(pa.string())
                rows = rows.set_column(at, field.name, pc.utf8_trim(plain, characters=_SPACE))
    return rows


def facts_of(rows: pa.Table, sources: Mapping[str, str]) -> Facts:
    """What the columns of our fields hold in this block."""
    times = {s for name, s in sources.items() if name.endswith("_at_us")}
    return Facts(
        zoneless=frozenset(s for s in times if is_zoneless_time(rows[s])),
        event_types=_distinct(rows, sources.get("event_type")),
        currencies=_distinct(rows, sources.get("currency")),
    )


def _distinct(rows: pa.Table, source: str | None) -> frozenset[str]:
    if source is None or not is_text(rows.schema.field(source).type):
        return frozenset()
    return frozenset(v for v in pc.unique(rows[source].cast(pa.string())).to_pylist() if v)


def is_zoneless_time(column: pa.ChunkedArray) -> bool:
    """Whether every text reads ``dddd?dd?dd?dd:dd:dd``: date and time to the second, no zone."""
    return bool(column.chunks) and all(_is_zoneless(chunk) for chunk in column.chunks)


def _is_padded(chunk: pa.Array) -> bool:
    found = _bytes(chunk)
    if found is None:
        return True  # not looked at: trim to be sure
    offsets, data = found
    lengths = np.diff(offsets)
    if not lengths.any():
        return False
    at = np.flatnonzero(lengths)
    first, last = data[offsets[:-1][at]], data[offsets[1:][at] - 1]
    return bool((first <= 32).any() or (last <= 32).any())


def _is_zoneless(chunk: pa.Array) -> bool:
    found = _bytes(chunk)
    if found is None or not len(chunk) or chunk.null_count:
        return False
    offsets, data = found
    if (np.diff(offsets) != 19).any():
        return False
    starts = offsets[:-1]
    return bool((data[starts + 4] == ord("-")).all() and (data[starts + 16] == ord(":")).all())


def _bytes(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray] | None:
    """Offsets and bytes of a plain text array; None for other layouts."""
    if not pa.types.is_string(chunk.type):
        return None
    _, offsets, data = chunk.buffers()
    if offsets is None:
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    cut = np.frombuffer(offsets, np.int32, len(chunk) + 1, chunk.offset * 4)
    text = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return cut, text
