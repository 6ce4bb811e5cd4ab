"""The values of a field and their numbers: 0 is unknown; new values get new numbers, old ones stay."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Ids = NDArray[np.int32]

MISSING = ""
"""The value of a row that has none: no text of a file is empty."""


class Vocabulary:
    """Of one field, counted or hashed."""

    def __init__(self, *, hash_size: int | None = None) -> None:
        self.hash_size = hash_size
        self._ids: dict[str | None, int] = {None: 0}
        self._counts = np.zeros(1 if hash_size is None else hash_size + 1, dtype=np.int64)

    @property
    def size(self) -> int:
        """Numbers in use, with 0."""
        return len(self._ids) if self.hash_size is None else self.hash_size + 1

    def look_up(self, values: Sequence[str | None], *, grow: bool) -> Ids:
        """Numbers of values; with ``grow`` unseen ones get new numbers.

        >>> v = Vocabulary()
        >>> v.look_up(["a", "b", None], grow=True).tolist(), v.look_up(["b", "c"], grow=False).tolist()
        ([1, 2, 0], [2, 0])
        """
        if self.hash_size is not None:
            n = self.hash_size
            hashed = [0 if v is None else 1 + zlib.crc32(v.encode()) % n for v in values]
            return np.array(hashed, dtype=np.int32)
        ids = self._ids
        if grow:  # in steps of C: a Python step for each new value took as long as reading it
            new = [v for v in dict.fromkeys(values) if v not in ids]
            ids.update(zip(new, range(len(ids), len(ids) + len(new)), strict=True))
        found = map(ids.__getitem__, values) if grow else map(ids.get, values, repeat(0))
        return np.fromiter(found, np.int32, len(values))

    def count(self, ids: Ids) -> None:
        """Count rows."""
        found = np.bincount(ids, minlength=max(self.size, len(self._counts)))
        found[: len(self._counts)] += self._counts
        self._counts = found

    def cut(self, min_count: int) -> Ids | None:
        """Forget values that are in fewer rows: for each old number the new one; None: nothing changes.

        A hashed field keeps its rows: the values behind them are not known.
        """
        if self.hash_size is not None or min_count <= 1:
            return None
        is_kept = self._counts[: self.size] >= min_count
        is_kept[0] = False
        new = np.where(is_kept, np.cumsum(is_kept), 0).astype(np.int32)
        lost = int(self._counts[: self.size][~is_kept].sum())
        kept = {v: int(new[i]) for v, i in self._ids.items() if new[i]}
        self._ids = {None: 0, **kept}
        self._counts = np.concatenate([[lost], self._counts[: len(is_kept)][is_kept]])
        return new

    def values(self) -> list[str]:
        """Values in the order of their numbers, from 1."""
        return [v for v in self._ids if v is not None]


def write_vocabularies(path: Path, vocabularies: Sequence[Vocabulary]) -> None:
    """All values of all fields as one Parquet file: ``field`` (its place), ``value``, ``id``."""
    values = [v.values() for v in vocabularies]
    field = np.repeat(np.arange(len(values), dtype=np.int32), [len(v) for v in values])
    ids = np.concatenate([np.empty(0, np.int64), *(np.arange(1, len(v) + 1) for v in values)])
    flat = pa.array([one for v in values for one in v], pa.string())
    table = pa.table({"field": field, "id": ids.astype(np.int32), "value": flat})
    pq.write_table(table, path)


def read_vocabularies(path: Path, hash_sizes: Sequence[int | None]) -> list[Vocabulary]:
    """The inverse of :func:`write_vocabularies`."""
    table = pq.read_table(path)
    field = table.column("field").to_numpy()
    found = []
    for place, hash_size in enumerate(hash_sizes):
        one = Vocabulary(hash_size=hash_size)
        low, high = np.searchsorted(field, [place, place + 1])
        one.look_up(table.column("value").slice(low, high - low).to_pylist(), grow=True)
        found.append(one)
    return found
