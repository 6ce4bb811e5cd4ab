"""Pictures whose hashes are nearly equal, found without comparing all with all."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

_N_BANDS = 8  # of 8 bits: pictures are compared where two neighbouring bands agree
# pictures of one bucket that are compared with each other; many plain ones share a bucket
_MAX_BUCKET = 256


def group_near(hashes: NDArray[np.uint64], near_bits: int) -> NDArray[np.int64]:
    """``[pictures]``: the lowest row number of the group that each picture belongs to.

    Args:
        hashes: ``[pictures, 2]``, difference hash and cosine hash. Sort them by something stable (the
            name): groups are chains, and a large bucket compares only its first ones.
        near_bits: Two pictures are the same where both hashes differ in at most so many bits.
    """
    unique, index, inverse = np.unique(hashes, axis=0, return_index=True, return_inverse=True)
    parent = list(range(len(unique)))
    for rows in _buckets(unique):
        members = np.array(rows[:_MAX_BUCKET])
        for i, row in enumerate(members[:-1]):
            others = members[i + 1 :]
            bits = _n_bits(unique[others] ^ unique[row])
            for other in others[(bits <= near_bits).all(axis=1)]:
                a, b = _root(parent, int(row)), _root(parent, int(other))
                parent[max(a, b)] = min(a, b)
    root = np.array([_root(parent, i) for i in range(len(unique))], np.int64)
    lowest = np.full(len(unique), len(hashes), np.int64)
    np.minimum.at(lowest, root, index)
    return lowest[root][inverse.ravel()]


def _buckets(unique: NDArray[np.uint64]) -> list[list[int]]:
    """Rows that agree in two neighbouring bytes of the difference hash: near ones nearly always do."""
    buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
    for band in range(_N_BANDS):
        shifts = np.uint64(8 * band), np.uint64(8 * ((band + 1) % _N_BANDS))
        low = (unique[:, 0] >> shifts[0]) & np.uint64(255)
        high = (unique[:, 0] >> shifts[1]) & np.uint64(255)
        for row, key in enumerate((low | (high << np.uint64(8))).tolist()):
            buckets[band, key].append(row)
    return [rows for rows in buckets.values() if len(rows) > 1]


def _n_bits(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many bits are set in each number."""
    octets = np.ascontiguousarray(numbers)[..., None].view(np.uint8)
    return np.asarray(np.unpackbits(octets, axis=-1).sum(axis=-1), np.int64)


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row
