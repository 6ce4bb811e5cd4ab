"""Transitions: counts of ordered pairs, alone and shared with items of similar texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from baihuo.models.contract import Floats
from baihuo.models.sequences import Sequences

_FADE = 0.7  # of a pair, for each item between its two
_WINDOW = 10  # items between the two, at most
_SHRINK = 2.0  # prior weight in pairs of an item
_LENT_SHRINK = 0.5
_N_ALIKE = 20  # items with similar texts that share their pairs
_ALIKE_SCALE = 0.1  # of a cosine: an item a tenth less similar lends a third


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Ordered pairs of items, nearer ones counting more.

    An item with few pairs borrows those of items with similar texts, on both ends: similar items have similar transitions.
    """

    pairs: scipy.sparse.csr_matrix  # [items, items] fading counts
    alike: scipy.sparse.csr_matrix  # [items, items] shares of lending, each row summing to 1

    @classmethod
    def fit(cls, sequences: Sequences, vectors: Floats) -> Transitions:
        """From sequences, and ``[items, dim]`` vectors of length 1 of the items' texts."""
        return cls(_pairs(sequences), _alike(vectors))

    def turned(self) -> Transitions:
        """Return pairs in reverse order."""
        return Transitions(self.pairs.T.tocsr(), self.alike)

    def scores(self, histories: scipy.sparse.csr_matrix) -> Floats:
        """``[histories, items]`` (fading) to P(next), shrunk to 0 for few pairs, summed over the history."""
        return np.asarray((histories @ _rows_shrunk(self.pairs, _SHRINK)).toarray(), np.float32)

    def lent(self, histories: scipy.sparse.csr_matrix, *, both_ways: float = 0.0) -> Floats:
        """Return scores with shared pairs. ``both_ways``: the weight of pairs in the other order."""
        pairs = self.pairs + both_ways * self.pairs.T if both_ways else self.pairs
        total = np.asarray(self.alike @ (pairs @ np.asarray(self.alike.sum(axis=0)).ravel()))
        scale = scipy.sparse.diags((1 / (total + _LENT_SHRINK)).astype(np.float32))
        lending = (histories @ scale @ self.alike) @ pairs  # sparse, and small
        return np.asarray((lending @ self.alike.T).toarray(), np.float32)


def _pairs(sequences: Sequences) -> scipy.sparse.csr_matrix:
    first, second, weight = [], [], []
    for items in sequences:
        for gap in range(1, min(_WINDOW, len(items) - 1) + 1):
            first.append(items[:-gap])
            second.append(items[gap:])
            weight.append(np.full(len(items) - gap, _FADE ** (gap - 1), np.float32))
    shape = (sequences.n_items, sequences.n_items)
    if not first:
        return scipy.sparse.csr_matrix(shape, dtype=np.float32)
    rows, columns, values = (np.concatenate(parts) for parts in (first, second, weight))
    other = rows != columns
    return scipy.sparse.csr_matrix((values[other], (rows[other], columns[other])), shape=shape)


def _alike(vectors: Floats) -> scipy.sparse.csr_matrix:
    n = len(vectors)
    k = min(_N_ALIKE, n)
    rows, columns, values = [], [], []
    for start in range(0, n, 1024):
        cosines = vectors[start : start + 1024] @ vectors.T
        at = np.arange(len(cosines))
        cosines[at, start + at] = 1.0
        near = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        share = np.exp((np.take_along_axis(cosines, near, axis=1) - 1) / _ALIKE_SCALE)
        rows.append(np.repeat(start + at, k))
        columns.append(near.ravel())
        values.append((share / share.sum(axis=1, keepdims=True)).ravel())
    if not rows:
        return scipy.sparse.csr_matrix((0, 0), dtype=np.float32)
    parts = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_matrix(parts, shape=(n, n), dtype=np.float32)


def _rows_shrunk(counts: scipy.sparse.csr_matrix, shrink: float) -> scipy.sparse.csr_matrix:
    total = np.asarray(counts.sum(axis=1)).ravel() + shrink
    return scipy.sparse.diags((1 / total).astype(np.float32)) @ counts
