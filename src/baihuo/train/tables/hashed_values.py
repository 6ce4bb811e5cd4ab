"""All values of all fields in one table, found by their hashes: thousands of values a request, in a few steps of numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]
Keys = NDArray[np.uint64]
_SLOT = np.dtype([("key", np.uint64), ("number", np.uint64)])  # side by side: one miss of the cache
_ODD, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD)  # with irregular bits


class HashedValues:
    """Numbers of values by field. Hashes are those of Python's ``hash``: for one process only.

    A value is known by its 64 bits: at ten million values two of a field would share a number in one of 370,000 processes.

    Source: Knuth, The Art of Computer Programming 3, 6.4 (open addressing; multiplicative hashing).
    """

    def __init__(self, values: Sequence[Sequence[str]]) -> None:
        """``values``: of each field, in the order of their numbers, from 1."""
        n = sum(map(len, values))
        size = 1 << max(4, (4 * n).bit_length())  # at most a quarter is taken
        self._shift, self._mask = np.uint64(65 - size.bit_length()), np.uint64(size - 1)
        self._slots = np.zeros(size, _SLOT)  # number 0: free
        self._fields = np.arange(1, len(values) + 1, dtype=np.uint64) * _MIX
        for field, of_field in enumerate(values):
            hashes = np.fromiter(map(hash, of_field), np.int64, len(of_field))
            self._insert(hashes.view(np.uint64) ^ self._fields[field])

    def _insert(self, keys: Keys) -> None:
        numbers = np.arange(1, len(keys) + 1, dtype=np.int32)
        places = (keys * _ODD) >> self._shift
        while len(keys):
            is_free = self._slots["number"][places] == 0
            free, first = np.unique(places[is_free], return_index=True)
            placed = np.flatnonzero(is_free)[first]
            self._slots["key"][free], self._slots["number"][free] = keys[placed], numbers[placed]
            left = np.ones(len(keys), dtype=bool)
            left[placed] = False
            keys, numbers = keys[left], numbers[left]
            places = (places[left] + np.uint64(1)) & self._mask

    def look_up(self, hashes: Hashes) -> NDArray[np.int32]:
        """``[rows, fields]`` to the same shape; 0: not among the values."""
        keys = (hashes.view(np.uint64) ^ self._fields).ravel()
        places = (keys * _ODD) >> self._shift
        slots = self._slots.take(places)
        numbers = slots["number"].astype(np.int32)
        # empty slots end the search; where another value's key stands, the next slot is tried
        left = np.flatnonzero((slots["key"] != keys) & (numbers != 0))
        places, keys = places[left], keys[left]
        while len(left):
            places = (places + np.uint64(1)) & self._mask
            slots = self._slots.take(places)
            found = slots["number"].astype(np.int32)
            is_next = (slots["key"] != keys) & (found != 0)
            numbers[left] = found
            left, places, keys = left[is_next], places[is_next], keys[is_next]
        return numbers.reshape(hashes.shape)
