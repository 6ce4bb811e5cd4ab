"""Names as numbers: 64-bit keys of the names of a row, their crosses, and feature hashing to buckets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

CrossKeys: TypeAlias = NDArray[np.uint64]
"""``[rows]``: a name as 64 bits. Equal names have equal keys on every machine and in every version; two of a million names collide with
probability 1 in 40 million."""

NO_KEY: Final = np.uint64(0)
"""The key of a missing name, such as a product without a brand."""


@lru_cache(maxsize=65_536)
def cross_key(name: str) -> int:
    """The key of a name; the empty name has :data:`NO_KEY`.

    >>> cross_key("") == 0, cross_key("phones") == cross_key("phones"), cross_key("phones") == cross_key("cases")
    (True, True, False)
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) if name else 0


def cross_keys(names: Iterable[str | None]) -> CrossKeys:
    """Return ``[names]`` keys; None is the empty name."""
    return np.array([cross_key(name or "") for name in names], np.uint64)


def cross(parts: Sequence[CrossKeys]) -> CrossKeys:
    """Return a key for each row's combination of parts, in order; one part is its own key. Missing parts count, too: "no brand, phones" is
    a combination.
    """
    total = parts[0]
    for part in parts[1:]:
        total = _mixed(total * np.uint64(0x9E3779B97F4A7C15) + part)
    return total


def buckets(keys_of_rows: CrossKeys, n_buckets: int) -> NDArray[np.int64]:
    """Return the bucket of each key, 0 to ``n_buckets - 1``, evenly and independently.

    Source: Weinberger et al. (2009), feature hashing, without its sign: trees need none.
    """
    return (_mixed(keys_of_rows) % np.uint64(n_buckets)).astype(np.int64)


def _mixed(x: CrossKeys) -> CrossKeys:
    """splitmix64's finaliser (Steele, Lea and Flood, 2014): every bit depends on every bit."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
