"""Facts about all cells of a column, read from its bytes in bulk, so that the SQL can be simpler and faster."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.connect.value_sql import FIRST_US, LAST_US, Facts, is_text

# Times of one usual layout, read in bulk; the engine reads the others.


_FIRST_US, _LAST_US = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900 to 2200
_WITHOUT_ZONE, _LONGEST = 19, 27  # characters: to the second; with six decimals and Z
_PARTS, _FEW = 32, 64


def read_moments(texts: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Microseconds since 1970 of times in UTC: ``2024-05-01T12:30:00`` with at most six decimals and ``Z``, or, where all are so, without
    both.

    Returns:
        The times (int64), and which texts are to be read in another way (null among the times).
    """
    none = pa.nulls(len(texts), pa.int64()), texts.is_valid().to_numpy(zero_copy_only=False)
    found = cut_bytes(texts)
    if found is None or not len(texts):
        return none
    offsets, data = found
    length = np.diff(offsets)
    is_null = None if not texts.null_count else ~none[1]
    given = length if is_null is None else length[~is_null]
    if not len(given):
        return none
    zone = None if (given == _WITHOUT_ZONE).all() else "UTC"
    odd = np.zeros(len(texts), bool)
    if zone is not None:
        odd = (length <= _WITHOUT_ZONE) | (length > _LONGEST)
        last = np.where(odd, offsets[:-1], offsets[1:] - 1)
        if len(data):
            odd |= data[np.minimum(last, len(data) - 1)] != ord("Z")
    if is_null is not None:
        odd &= ~is_null
    if 8 * int(odd.sum()) > len(texts):
        return none
    pieces: list[pa.Array] = []
    plain = _null_where(texts, odd) if odd.any() else texts
    _cast(plain, pa.timestamp("us", zone), pieces)
    moments = pa.concat_arrays(pieces)
    outside = _outside(moments)
    if outside is not None:
        moments = _null_where(moments, outside)
    return moments, (moments.is_null().to_numpy(zero_copy_only=False)) & none[1]


def _null_where(array: pa.Array, gone: NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(gone), pa.scalar(None, array.type), array)


def _cast(texts: pa.Array, to: pa.DataType, pieces: list[pa.Array]) -> None:
    """Append the times of ``texts``; where one of them fails, its neighbourhood is cut smaller and smaller, to null in the end."""
    try:
        pieces.append(texts.cast(to).cast(pa.int64()))
    except pa.ArrowInvalid:
        n = len(texts)
        if n <= _FEW:
            pieces.append(pa.array([_one(texts.slice(i, 1), to) for i in range(n)], pa.int64()))
            return
        step = -(-n // _PARTS)
        for first in range(0, n, step):
            _cast(texts.slice(first, step), to, pieces)


def _one(text: pa.Array, to: pa.DataType) -> int | None:
    try:
        number: int | None = text.cast(to).cast(pa.int64())[0].as_py()
    except pa.ArrowInvalid:
        return None
    return number


def _outside(moments: pa.Array) -> NDArray[np.bool_] | None:
    numbers = moments.fill_null(0).to_numpy()
    if not len(numbers) or (numbers.min() >= _FIRST_US and numbers.max() <= _LAST_US):
        return None
    return (numbers < _FIRST_US) | (numbers > _LAST_US)


OPTIONAL_IDS = ("session_id", "query_id", "variant_id", "order_id")
"""Ids that an event may lack."""
_MAX_WORD_SHARE = 0.1  # of the cells with content: more is how an exporter writes an empty one
_SPACE = " \t\r\n\v\f"
_INFINITE = 2**63 - 1  # the engine's value for a time outside the calendar
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def trim_texts(rows: pa.Table) -> pa.Table:
    """The rows without white space around texts. Columns that have none are not copied."""
    for at, field in enumerate(rows.schema):
        if is_text(field.type):
            column = rows.column(at)
            if any(_is_padded(chunk) for chunk in column.chunks):
                plain = column.cast(pa.string())
                rows = rows.set_column(at, field.name, pc.utf8_trim(plain, characters=_SPACE))
    return rows


def times_to_us(rows: pa.Table) -> pa.Table:
    """Typed times of any unit and zone as microseconds UTC; those outside the years 1 to 9999 as infinite.

    The engine converts each unit differently, and one bad cell would fail a whole block.
    """
    for at, field in enumerate(rows.schema):
        if pa.types.is_date(field.type):
            times = rows.column(at).cast(pa.timestamp("s" if field.type == pa.date32() else "ms"))
        elif pa.types.is_timestamp(field.type):
            times = rows.column(at)
        else:
            continue
        per_second = _PER_SECOND[times.type.unit]
        first, last = FIRST_US * per_second // 1_000_000, LAST_US * per_second // 1_000_000
        chunks = [_microseconds(c, per_second, first, last) for c in times.chunks]
        rows = rows.set_column(at, field.name, pa.chunked_array(chunks, pa.timestamp("us")))
    return rows


def _microseconds(chunk: pa.Array, per_second: int, first: int, last: int) -> pa.Array:
    empty = chunk.is_null().to_numpy(zero_copy_only=False)
    numbers = chunk.cast(pa.int64()).fill_null(0).to_numpy()
    is_valid = (numbers >= first) & (numbers <= last)
    numbers = np.where(is_valid, numbers, 0)
    if per_second > 1_000_000:
        numbers = numbers // (per_second // 1_000_000)
    else:
        numbers = numbers * (1_000_000 // per_second)
    microseconds = np.where(is_valid, numbers, _INFINITE)
    return pa.array(microseconds, pa.int64(), mask=empty).cast(pa.timestamp("us"))


def python_value(cell: pa.Scalar) -> object:
    """A cell as a Python value; a time outside the calendar as its number."""
    try:
        return cell.as_py()
    except (ValueError, OverflowError):
        return cell.cast(pa.int64()).as_py()


def block_facts(rows: pa.Table, sources: Mapping[str, str]) -> Facts:
    """Facts about the columns of products in this block."""
    times = {s for name, s in sources.items() if name.endswith("_at_us")}
    currency = sources.get("currency")
    return Facts(
        zoneless=frozenset(s for s in times if is_zoneless_time(rows[s])),
        currencies=frozenset() if currency is None else distinct_texts(rows[currency]),
    )


def are_few_words(n_words: int, n_given: int) -> bool:
    """Whether a word such as "null" is the exception among the ids of a column: then a check names and removes it."""
    return n_words <= _MAX_WORD_SHARE * n_given


def distinct_texts(column: pa.Array | pa.ChunkedArray) -> frozenset[str]:
    """The texts of a column, without the empty one; none where it holds no text."""
    if not is_text(column.type):
        return frozenset()
    return frozenset(v for v in pc.unique(column).cast(pa.string()).to_pylist() if v)


def is_zoneless_time(column: pa.ChunkedArray) -> bool:
    """Whether every text has the form ``dddd?dd?dd?dd:dd:dd``: date and time to the second, no zone."""
    return bool(column.chunks) and all(_is_zoneless(chunk) for chunk in column.chunks)


def _is_padded(chunk: pa.Array) -> bool:
    if pa.types.is_dictionary(chunk.type):
        return _is_padded(chunk.dictionary)
    found = cut_bytes(chunk)
    if found is None:
        return True  # unknown layout: trim to be sure
    offsets, data = found
    lengths = np.diff(offsets)
    if not lengths.any():
        return False
    at = np.flatnonzero(lengths)
    first, last = data[offsets[:-1][at]], data[offsets[1:][at] - 1]
    return bool((first <= 32).any() or (last <= 32).any())


def _is_zoneless(chunk: pa.Array) -> bool:
    found = cut_bytes(chunk)
    if found is None or not len(chunk) or chunk.null_count:
        return False
    offsets, data = found
    if (np.diff(offsets) != 19).any():
        return False
    starts = offsets[:-1]
    return bool((data[starts + 4] == ord("-")).all() and (data[starts + 16] == ord(":")).all())


def cut_bytes(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray] | None:
    """Offsets and bytes of a plain text array; None for other layouts."""
    if not pa.types.is_string(chunk.type):
        return None
    _, offsets, data = chunk.buffers()
    if offsets is None:
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    cut = np.frombuffer(offsets, np.int32, len(chunk) + 1, chunk.offset * 4)
    text = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return cut, text
