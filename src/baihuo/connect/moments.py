"""Times of one usual layout, read in bulk; the engine reads the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.connect.text_cells import cut_bytes

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
