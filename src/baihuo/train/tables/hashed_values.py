"""All values of all fields in one table, found by their hashes: thousands of values a request, in a few steps of numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
# odd numbers with irregular bits: of the golden ratio, and of MurmurHash3
_ODD, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(32)


class HashedValues:
    """Numbers of values by field. A value is known by 64 bits of hash: at ten million values two of them would share a
    number in one of 370,000 tables.

    Source: Knuth, The Art of Computer Programming 3, 6.4 (open addressing; multiplicative hashing).
    """

    def __init__(self, values: Sequence[Sequence[str]]) -> None:
        """``values``: of each field, in the order of their numbers, from 1."""
        n = sum(map(len, values))
        size = 1 << max(4, (4 * n).bit_length())  # at most a quarter is taken
        self._shift, self._mask = np.uint64(65 - size.bit_length()), np.uint64(size - 1)
        self._keys, self._numbers = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        self._fields = np.arange(1, len(values) + 1, dtype=np.uint64) * _MIX
        for field, of_field in enumerate(values):
            if len(of_field):
                hashes = text_hashes(pa.array(of_field, pa.string()))
                self._insert(hashes ^ self._fields[field])

    def _insert(self, keys: Hashes) -> None:
        numbers = np.arange(1, len(keys) + 1, dtype=np.int32)
        places = (keys * _ODD) >> self._shift
        while len(keys):
            is_free = self._numbers[places] == 0
            free, first = np.unique(places[is_free], return_index=True)
            placed = np.flatnonzero(is_free)[first]
            self._keys[free], self._numbers[free] = keys[placed], numbers[placed]
            left = np.ones(len(keys), dtype=bool)
            left[placed] = False
            keys, numbers = keys[left], numbers[left]
            places = (places[left] + np.uint64(1)) & self._mask

    def look_up(self, texts: Any) -> NDArray[np.int32]:
        """An Arrow array of strings, row by row, to ``[rows, fields]``; 0: missing, or not among the values."""
        n_rows = len(texts) // len(self._fields)
        keys = (text_hashes(texts).reshape(n_rows, -1) ^ self._fields).ravel()
        places = (keys * _ODD) >> self._shift
        numbers = self._numbers.take(places)
        # empty slots end the search; where another value's key stands, the next slot is tried
        left = np.flatnonzero((self._keys.take(places) != keys) & (numbers != 0))
        places, keys = places[left], keys[left]
        while len(left):
            places = (places + np.uint64(1)) & self._mask
            found = self._numbers.take(places)
            is_next = (self._keys.take(places) != keys) & (found != 0)
            numbers[left] = found
            left, places, keys = left[is_next], places[is_next], keys[is_next]
        if texts.null_count:
            numbers[texts.is_null().to_numpy(zero_copy_only=False)] = 0
        return numbers.reshape(n_rows, -1)


def text_hashes(texts: Any) -> Hashes:
    """Of an Arrow array of strings, ``[rows]``: from their UTF-8, eight bytes at a time; a missing one is as an empty one.

    >>> text_hashes(pa.array(["a", "b", "a"])).tolist().count(text_hashes(pa.array(["a"]))[0])
    2
    """
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    starts, lengths = ends[:-1], np.diff(ends)
    n_bytes = int(ends[-1])
    padded = np.zeros(n_bytes + 8, np.uint8)
    if n_bytes:
        padded[:n_bytes] = np.frombuffer(content, np.uint8, n_bytes)
    words = np.ndarray((n_bytes + 1,), "<u8", padded.data, strides=(1,))  # one at each byte
    found = lengths.astype(np.uint64) * _MIX
    _mix(found, words, starts, lengths)
    longer, done = np.flatnonzero(lengths > 8), 8
    while len(longer):
        of_longer = found[longer]
        _mix(of_longer, words, starts[longer] + done, lengths[longer] - done)
        found[longer] = of_longer
        done += 8
        longer = longer[lengths[longer] > done]
    return found


def _mix(hashes: Hashes, words: Hashes, starts: NDArray[np.int32], left: NDArray[np.int32]) -> None:
    """One more word of each text into its hash, in place; bytes behind the text count as 0."""
    word = words[starts]  # `take` would copy all words first
    word &= _KEPT.take(np.minimum(left, 8))
    hashes ^= word
    hashes *= _MIX
    hashes ^= hashes >> _SHIFT
    hashes *= _ODD


_KEPT = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)  # of a little-endian word
