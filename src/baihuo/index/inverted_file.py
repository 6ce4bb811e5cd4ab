"""Vectors in lists around centroids (IVF): a query reads the lists that may hold what is near to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.index.coarse_lists import list_of_each, n_lists_for
from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.value_rows import mapped

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SPREAD = (
    1.6  # of the standard deviation inside a list: queries lie apart from what lists are made of
)
_MISSED = 0.02  # share of the expected rows that may be in lists that are not read
_FEWEST_READ = 1e-9  # a list expected to hold fewer is never read for it
_SHORT = 96  # rows: reading so many costs as much as one more call
_LISTS_ASKED = 192  # of all lists: which cosine the nearest reach
_HALVINGS = 8  # of the range of cosines; its precision is 0.008
_ARRAYS = ("rows", "starts", "means", "spreads", "covariance")


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A query beside the lists: the cosines of a list's rows are taken as normal."""

    vector: Floats  # [dim]
    means: Floats  # [lists]
    deviations: Floats  # [lists]


@dataclass(frozen=True, slots=True, eq=False)
class InvertedFile:
    """8-bit vectors in the order of their lists, with what is known of each list.

    The cosines of a query with the vectors of a list are taken as normal: their mean is that with the mean
    vector, their deviation that of the list along the query. So a list holds an expected number of rows above any cosine, and
    the lists that hold all but 2% of these are read. How many that is depends on the query, not on a setting.
    """

    stored: Int8Vectors  # in the order of the lists
    rows: NDArray[np.int32]  # [n]: position in ``stored`` → row
    starts: NDArray[np.int64]  # [lists + 1]: positions of a list
    means: Floats  # [lists, dim]: mean vector
    spreads: Floats  # [lists]: root of the mean squared distance from the mean vector
    covariance: Floats  # [dim, dim]: of differences from means, each divided by its spread
    positions: NDArray[np.int32]  # [n]: row → position
    coarse: Int8Vectors  # ``means`` in 8 bits: every query reads all of them

    @staticmethod
    def of(
        vectors: Floats, *, n_lists: int | None = None, progress: Progress = no_progress
    ) -> InvertedFile:
        """Put ``[n, dim]`` vectors of length 1 into lists; zeros get a list that is never read for its cosines.

        Args:
            vectors: one a row.
            n_lists: None: by the number of vectors.
            progress: called as they are made.
        """
        has_vector = np.asarray(np.abs(vectors).max(axis=1, initial=0.0) > 0)
        known = np.flatnonzero(has_vector)
        n_lists = min(n_lists or n_lists_for(len(known)), max(len(known), 1))
        of = np.full(len(vectors), n_lists, np.int32)
        if len(known):
            having = vectors if len(known) == len(vectors) else vectors[known]
            of[known] = list_of_each(having, n_lists, progress=progress)
        rows = np.argsort(of, kind="stable").astype(np.int32)
        ordered = np.asarray(vectors[rows], np.float32)
        starts = np.searchsorted(of[rows], np.arange(n_lists + 2)).astype(np.int64)
        means, spreads, covariance = _described(ordered, starts)
        stored, coarse = Int8Vectors.of(ordered), Int8Vectors.of(means)
        described = means, spreads, covariance
        return InvertedFile(stored, rows, starts, *described, _inverse(rows), coarse)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_lists(self) -> int:
        """With the list of rows that have no vector."""
        return len(self.starts) - 1

    def dot(self, vector: Floats) -> Floats:
        """Dot products of all vectors with one: ``[n]``, by row, exact to 8 bits."""
        out = np.empty(len(self), np.float32)
        out[self.rows] = self.stored.dot(vector)
        return out

    def take(self, rows: NDArray[Any]) -> Int8Vectors:
        """The vectors of ``rows``."""
        return self.stored.take(self.positions[rows])

    def probe(self, vector: Floats) -> Probe:
        """What is expected of a query's cosines in each list."""
        along = float(np.sqrt(max(float(vector @ self.covariance @ vector), 1e-12)))
        deviations = _SPREAD * along * self.spreads + np.float32(1e-6)
        return Probe(vector, self.coarse.dot(vector), deviations)

    def lists_above(self, probe: Probe, cosine: float, sizes: NDArray[Any] | None = None) -> Mask:
        """``[lists]``: those to read for rows with at least that cosine. ``sizes``: rows of each that count."""
        sizes = np.diff(self.starts) if sizes is None else sizes
        share = scipy.special.ndtr((probe.means - cosine) / probe.deviations)
        expected = share * sizes
        order = np.argsort(-share)
        left = expected.sum() - np.cumsum(expected[order])
        n_read = int(np.searchsorted(-left, -_MISSED * float(expected.sum()))) + 1
        is_read = np.zeros(self.n_lists, np.bool_)
        is_read[order[:n_read]] = True
        return is_read & (expected > _FEWEST_READ)

    def cosine_of_the(self, k: int, probe: Probe, sizes: NDArray[Any] | None = None) -> float:
        """The cosine that about ``k`` rows are expected to reach."""
        sizes = np.diff(self.starts) if sizes is None else sizes
        best: Any = slice(None)
        if self.n_lists > 2 * _LISTS_ASKED:  # others hold next to none of the nearest
            may_reach = probe.means + 2 * probe.deviations
            best = np.argpartition(may_reach, -_LISTS_ASKED)[-_LISTS_ASKED:]
        means, deviations, sizes = probe.means[best], probe.deviations[best], sizes[best]
        low, high = -1.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if float(scipy.special.ndtr((means - middle) / deviations) @ sizes) > k:
                low = middle
            else:
                high = middle
        return low

    def to_read(self, lists: Mask, beside: Mask) -> Mask:
        """Some lists, and short ones between them, which cost less to read than to leave out; none that was read ``beside``."""
        wanted = lists & ~beside
        on = np.flatnonzero(wanted)
        between = self.starts[on[1:]] - self.starts[on[:-1] + 1]
        for at in np.flatnonzero((between > 0) & (between <= _SHORT)).tolist():
            wanted[on[at] : on[at + 1]] = True
        return wanted & ~beside

    def read(self, lists: Mask, vector: Floats) -> tuple[NDArray[np.int32], Floats]:
        """The rows of some lists, and their dot products with one vector."""
        runs = self._runs(lists)
        rows = np.concatenate([self.rows[:0], *(self.rows[run] for run in runs)])
        return rows, self.stored.dots_of_runs(runs, vector)

    def rows_in(self, lists: Mask, rows: NDArray[Any]) -> NDArray[Any]:
        """Those of some rows that are in some lists."""
        is_in = np.zeros(len(self), np.bool_)
        for run in self._runs(lists):
            is_in[run] = True
        return rows.compress(is_in.take(self.positions.take(rows)))

    def n_rows(self, lists: Mask) -> int:
        """How many rows some lists have."""
        return int(np.diff(self.starts).compress(lists).sum())

    def _runs(self, lists: Mask) -> list[slice]:
        """The positions of some lists, those next to each other as one."""
        beside = np.zeros(self.n_lists + 2, np.bool_)  # with a list at each end that is not read
        beside[1:-1] = lists
        ends = self.starts[np.flatnonzero(beside[1:] != beside[:-1])].tolist()
        return [slice(*run) for run in zip(ends[::2], ends[1::2], strict=True)]

    def sizes_of(self, allowed: Mask) -> NDArray[np.int64]:
        """How many rows of each list are allowed: ``[lists]``."""
        counted = np.concatenate([[0], np.cumsum(allowed[self.rows])])
        return np.asarray(np.diff(counted[self.starts]))

    def save(self, folder: Path, name: str) -> None:
        """Write codes and scales in the order of the lists, and an array a field of the lists."""
        self.stored.save(folder, f"{name}.lists")
        for part in _ARRAYS:
            np.save(folder / f"lists.{name}.{part}.npy", getattr(self, part))

    @staticmethod
    def load(folder: Path, name: str) -> InvertedFile:
        """Load what :meth:`save` wrote; vectors are memory-mapped: workers share the pages."""
        parts = {part: mapped(folder / f"lists.{name}.{part}.npy") for part in _ARRAYS}
        stored = Int8Vectors.load(folder, f"{name}.lists")
        coarse = Int8Vectors.of(parts["means"])
        return InvertedFile(stored, **parts, positions=_inverse(parts["rows"]), coarse=coarse)


def load_vectors(folder: Path, name: str) -> Int8Vectors | InvertedFile:
    """The 8-bit vectors of one encoder in a generation, with lists where it has them."""
    has_lists = (folder / f"lists.{name}.starts.npy").exists()
    return InvertedFile.load(folder, name) if has_lists else Int8Vectors.load(folder, name)


def _described(ordered: Floats, starts: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Mean vectors and spreads of the lists, and the covariance that they share."""
    sizes = np.diff(starts)
    of = np.repeat(np.arange(len(sizes)), sizes)
    means = np.zeros((len(sizes), ordered.shape[1]), np.float32)
    filled = np.flatnonzero(sizes)
    if len(filled):
        means[filled] = np.add.reduceat(ordered, starts[filled], axis=0) / sizes[filled, None]
    squares = np.zeros(len(sizes))
    covariance = np.zeros((ordered.shape[1],) * 2, np.float32)
    for at in range(0, len(ordered), 8_192):
        part = of[at : at + 8_192]
        apart = ordered[at : at + 8_192] - means[part]
        squares += np.bincount(part, (apart * apart).sum(axis=1), minlength=len(sizes))
    spreads = np.sqrt(squares / np.maximum(sizes, 1)).astype(np.float32)
    for at in range(0, len(ordered), 8_192):
        part = of[at : at + 8_192]
        apart = ordered[at : at + 8_192] - means[part]
        apart /= np.maximum(spreads[part], 1e-6)[:, None]
        covariance += apart.T @ apart
    return means, spreads, covariance / np.float32(max(len(ordered), 1))


def _inverse(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    positions = np.empty(len(rows), np.int32)
    positions[rows] = np.arange(len(rows), dtype=np.int32)
    return positions
