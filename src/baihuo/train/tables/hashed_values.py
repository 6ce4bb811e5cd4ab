"""All values of all fields in one array, found by their hashes: thousands of values a request, in a few steps of numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbouring hashes end far apart


class HashedValues:
    """Numbers of values by field, from the values' 64-bit hashes as Python makes them: for one process only.

    Two values of a field with the same hash would share a number: at ten million values once in 370,000 processes.

    Source: Knuth, The Art of Computer Programming 3, 6.4 (open addressing; multiplicative hashing).
    """

    def __init__(self, values: Sequence[Sequence[str]]) -> None:
        """``values``: of each field, in the order of their numbers, from 1."""
        n = sum(map(len, values))
        self._bits = np.uint64(64 - max(4, (4 * n).bit_length()))  # at most a quarter is taken
        size = 1 << (64 - int(self._bits))
        self._mask = np.uint64(size - 1)
        # a hash beside its number: one line of the processor's cache holds both
        self._slots = np.zeros((size, 2), dtype=np.uint64)
        self._fields = np.arange(1, len(values) + 1, dtype=np.uint64) * _ODD
        for field, of_field in enumerate(values):
            hashes = np.fromiter(map(hash, of_field), np.int64, len(of_field))
            self._insert(hashes.view(np.uint64) ^ self._fields[field])

    def _insert(self, keys: Hashes) -> None:
        numbers = np.arange(1, len(keys) + 1, dtype=np.uint64)
        places = self._first(keys)
        while len(keys):
            is_free = self._slots[places, 1] == 0
            free, first = np.unique(places[is_free], return_index=True)
            placed = np.flatnonzero(is_free)[first]
            self._slots[free, 0], self._slots[free, 1] = keys[placed], numbers[placed]
            left = np.ones(len(keys), dtype=bool)
            left[placed] = False
            keys, numbers = keys[left], numbers[left]
            places = (places[left] + np.uint64(1)) & self._mask

    def _first(self, keys: Hashes) -> Hashes:
        return (keys * _ODD) >> self._bits

    def look_up(self, hashes: NDArray[np.int64]) -> NDArray[np.int32]:
        """``[rows, fields]`` hashes to numbers; 0: not among the values."""
        keys = (hashes.view(np.uint64) ^ self._fields).ravel()
        places = self._first(keys)
        found = self._slots[places]
        numbers = found[:, 1].astype(np.int32)
        is_other = found[:, 0] != keys
        numbers[is_other] = 0
        left = np.flatnonzero(is_other & (found[:, 1] != 0))  # another value's slot: try the next
        places = places[left]
        while len(left):
            places = (places + np.uint64(1)) & self._mask
            found = self._slots[places]
            is_mine = found[:, 0] == keys[left]
            numbers[left[is_mine]] = found[is_mine, 1]
            is_next = ~is_mine & (found[:, 1] != 0)
            left, places = left[is_next], places[is_next]
        return numbers.reshape(hashes.shape)
