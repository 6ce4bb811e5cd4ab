"""Vectors of one encoder over all segments, by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.inverted_file import InvertedFile, Probe
from baihuo.index.snapshot import Rows, Snapshot

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_FEW = (
    0.1  # share of the rows: fewer are compared one by one, which reads less than their lists would
)
_FEW_OF_LISTS = 0.4  # the same of the rows of lists, which are read side by side
_ROUNDS = 4  # of reading lists; the second is mostly the last


@dataclass(frozen=True, slots=True, eq=False)
class Cosines:
    """The same answers with lists of vectors and without, but for the few near rows of lists that were not read."""

    n: int  # rows of the index
    vector: Floats  # of the query
    values: Floats  # of the rows that were read; 0: no vector in the space of the query
    rows: NDArray[np.int32] | None = None  # that were read; None: all
    vectors: RowVectors | None = None  # None: no row has a vector in the space of the query
    lists: Mask | None = None  # which lists of the base were read; None: all rows were
    probe: Probe | None = None  # the query beside the lists, where there are any

    @property
    def near(self) -> Floats:
        """``[n]``; 0 where a row has no vector, or is in a list that was not read."""
        return self.values if self.rows is None else spread(self.rows, self.values, self.n)

    def of(self, rows: NDArray[Any]) -> Floats:
        """Cosines of some rows, whether they are near or not: ``[rows]``."""
        if self.rows is None or self.vectors is None:
            return self.values[rows]
        return self.vectors.cosines(rows, self.vector)

    def at_least(self, cosine: float, among: Mask | None = None) -> Mask:
        """``[n]``: the rows with at least this cosine. ``among``: other rows do not count; None: all do."""
        if self.rows is None or self.vectors is None or self.lists is None or self.probe is None:
            reached = self.values >= cosine
        elif cosine <= 0:  # what was not read has 0 here
            reached = (self.vectors @ self.vector) >= cosine
        else:
            reached = np.zeros(self.n, np.bool_)
            reached[self.rows.compress(self.values >= cosine)] = True
            rows, cosines = self.vectors.read_above(
                self.probe, cosine, beside=self.lists, among=among
            )
            reached[rows.compress(cosines >= cosine)] = True
        return reached if among is None else reached & among


def spread(rows: NDArray[Any], values: NDArray[Any], n: int) -> NDArray[Any]:
    """``[n]`` with the values of some rows in their places, 0 elsewhere."""
    out = np.zeros(n, values.dtype)
    out[rows] = values
    return out


class RowVectors:
    """Vectors of one encoder, as if they were one array ``[n, dim]``: index it with rows, or use
    ``@`` with one vector to get all cosines, to the precision of :mod:`baihuo.index.int8_vectors`.

    Large bases have lists (:mod:`baihuo.index.inverted_file`): :meth:`nearest` and :meth:`near` read
    some of them, and all of the deltas; other methods compare every row that they are asked about.
    """

    def __init__(self, snapshot: Snapshot, encoder_name: str) -> None:
        self._snapshot, self._name = snapshot, encoder_name
        dim = snapshot.segments[0].vectors[encoder_name].shape[1]
        self.shape = (snapshot.n, dim)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Floats:
        at = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows)
        if at.dtype == np.bool_:
            at = np.flatnonzero(at)
        flat = at.reshape(-1)
        segments = self._snapshot.segments
        locals_ = self._snapshot.local_of[flat]
        if len(segments) == 1:
            out = segments[0].vectors[self._name][locals_]
        else:
            out = np.empty((len(flat), self.shape[1]), np.float32)
            segment_of = self._snapshot.segment_of[flat]
            for number in np.unique(segment_of):
                in_segment = segment_of == number
                out[in_segment] = segments[number].vectors[self._name][locals_[in_segment]]
        return np.asarray(out).reshape(*at.shape, self.shape[1])

    def __matmul__(self, vector: Floats) -> Floats:
        snapshot = self._snapshot
        if len(snapshot.segments) == 1:
            return np.asarray(snapshot.segments[0].scan(self._name, vector))
        out = np.zeros(len(self), np.float32)
        for number, segment in enumerate(snapshot.segments):
            in_segment = snapshot.current(number)
            out[snapshot.segment_rows[number][in_segment]] = segment.scan(self._name, vector)[
                in_segment
            ]
        return out

    def taken(self, rows: NDArray[Any]) -> Int8Vectors:
        """The vectors of some rows in 8 bits."""
        snapshot = self._snapshot
        locals_ = snapshot.local_of[rows]
        if len(snapshot.segments) == 1:
            return snapshot.segments[0].int8_vectors[self._name].take(locals_)
        codes, scales = (
            np.empty((len(rows), self.shape[1]), np.int8),
            np.empty(len(rows), np.float32),
        )
        segment_of = snapshot.segment_of[rows]
        for number in np.unique(segment_of):
            in_segment = segment_of == number
            part = snapshot.segments[number].int8_vectors[self._name].take(locals_[in_segment])
            codes[in_segment], scales[in_segment] = part.codes, part.scales
        return Int8Vectors(codes, scales)

    def cosines(self, rows: NDArray[Any], vector: Floats) -> Floats:
        """Cosines of some rows with one vector, equal to the results of ``@``."""
        return self.taken(rows).dot(vector)

    def among(self, rows: NDArray[Any]) -> Floats:
        """Cosines of some rows with each other: ``[rows, rows]``."""
        return self.taken(rows).gram()

    def nearest(
        self, vector: Floats, k: int, *, allowed: Mask | None = None
    ) -> tuple[Rows, Floats]:
        """The ``k`` rows with the largest cosines and these, largest first; equal ones by row.

        Args:
            vector: ``[dim]``.
            k: how many; fewer where fewer are allowed.
            allowed: ``[n]``; None: every row.
        """
        n_allowed = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if n_allowed <= max(k, _FEW * len(self)) and allowed is not None:
            rows = np.flatnonzero(allowed).astype(np.int32)
            cosines = self.cosines(rows, vector)
        elif self._lists is None:
            cosines = self @ vector
            rows = np.arange(len(self), dtype=np.int32)
            if allowed is not None:
                rows, cosines = rows.compress(allowed), cosines.compress(allowed)
        else:
            _, rows, cosines = self._read_nearest(
                self._lists, self._lists.probe(vector), k, allowed
            )
        if len(rows) > k:
            lowest = np.partition(cosines, -k)[-k]
            is_best = cosines >= lowest
            rows, cosines = rows.compress(is_best), cosines.compress(is_best)
        order = np.lexsort((rows, -cosines))[:k]
        return rows[order], cosines[order]

    def near(self, vector: Floats, k: int) -> Cosines:
        """Cosines with one vector, known for at least the ``k`` nearest rows."""
        lists = self._lists
        if lists is None:
            return Cosines(len(self), vector, self @ vector, vectors=self)
        probe = lists.probe(vector)
        is_read, rows, cosines = self._read_nearest(lists, probe, k, None)
        return Cosines(len(self), vector, cosines, rows, self, is_read, probe)

    def read_above(
        self, probe: Probe, cosine: float, *, beside: Mask, among: Mask | None = None
    ) -> tuple[Rows, Floats]:
        """Rows and cosines of lists that may hold rows with at least ``cosine``, but for those read ``beside``.

        Args:
            probe: the query.
            cosine: the lowest that is asked for.
            beside: lists whose rows are known.
            among: ``[n]`` only these rows are asked for; None: all.
        """
        lists = self._lists
        if lists is None:
            raise ValueError("the index has no lists: every row was compared")
        wanted = lists.to_read(lists.lists_above(probe, cosine), beside)
        if among is not None:
            rows = np.flatnonzero(among).astype(np.int32)
            if len(self._snapshot.segments) > 1:
                rows = rows.compress(self._snapshot.segment_of[rows] == 0)
            rows = lists.rows_in(wanted, rows)
            if len(rows) < _FEW_OF_LISTS * lists.n_rows(wanted):
                return rows, self.cosines(rows, probe.vector)
        return self._current(*lists.read(wanted, probe.vector))

    @property
    def _lists(self) -> InvertedFile | None:
        stored = self._snapshot.segments[0].int8_vectors[self._name]
        return stored if isinstance(stored, InvertedFile) else None

    def _read_nearest(
        self, lists: InvertedFile, probe: Probe, k: int, allowed: Mask | None
    ) -> tuple[Mask, Rows, Floats]:
        """Which lists were read for the ``k`` nearest, and the rows and cosines in them and in the deltas."""
        base = self._base(allowed)
        sizes = None if base is None else lists.sizes_of(base)
        rows, cosines = self._in_deltas(probe.vector, allowed)
        is_read = np.zeros(lists.n_lists, np.bool_)
        lowest, is_expected = lists.cosine_of_the(k, probe, sizes), True
        for _ in range(_ROUNDS):
            wanted = lists.to_read(lists.lists_above(probe, lowest, sizes), is_read)
            is_read |= wanted
            found, their = lists.read(wanted, probe.vector)
            if base is not None:
                counts = base[found]
                found, their = found.compress(counts), their.compress(counts)
            rows, cosines = np.concatenate([rows, found]), np.concatenate([cosines, their])
            if len(cosines) < k:
                if is_read.all():
                    break
                lowest -= 0.05
                continue
            # The k-th of what was read is at most the k-th of all: lists were read for no larger cosine.
            reached = float(np.partition(cosines, -k)[-k])
            if reached >= lowest or not is_expected:
                break
            lowest, is_expected = reached, False
        return is_read, rows, cosines

    def _base(self, allowed: Mask | None) -> Mask | None:
        """Rows of the base that count, by their place in it; None: all."""
        snapshot = self._snapshot
        if len(snapshot.segments) == 1:
            return allowed
        counts = snapshot.current(0)
        return counts if allowed is None else counts & allowed[snapshot.segment_rows[0]]

    def _current(self, rows: Rows, cosines: Floats) -> tuple[Rows, Floats]:
        """Without rows of the base that a delta replaced."""
        if len(self._snapshot.segments) == 1:
            return rows, cosines
        counts = self._snapshot.segment_of[rows] == 0
        return rows.compress(counts), cosines.compress(counts)

    def _in_deltas(self, vector: Floats, allowed: Mask | None) -> tuple[Rows, Floats]:
        """All rows of the deltas that count, and their cosines."""
        snapshot, none = self._snapshot, (np.empty(0, np.int32), np.empty(0, np.float32))
        parts = [none]
        for number, segment in enumerate(snapshot.segments[1:], start=1):
            rows = snapshot.segment_rows[number]
            counts = snapshot.current(number)
            if allowed is not None:
                counts = counts & allowed[rows]
            parts.append((rows[counts], segment.scan(self._name, vector)[counts]))
        return np.concatenate([r for r, _ in parts]), np.concatenate([c for _, c in parts])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Floats:
        return self[np.arange(len(self))].astype(dtype or np.float32, copy=False)
