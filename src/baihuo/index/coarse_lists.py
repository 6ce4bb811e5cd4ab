"""Spherical k-means: puts each vector into the list of the centroid with the largest cosine, lists that are alike side by side."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress

Floats = NDArray[np.float32]

_SEED = 20090611  # any; fixed, so that a catalogue gives the same lists
_ROUNDS = 8
_SAMPLE_OF_A_LIST = 24  # vectors that a centroid is fitted on
_BLOCK = 4_096  # vectors whose products with all centroids are in memory at once
_LISTS_OF_ROOT = 3  # more lists than √n: short ones leave out more, and too many cost a lookup each


def n_lists_for(n_vectors: int) -> int:
    """How many lists: about 950 for 100,000 vectors, 1,650 for 300,000."""
    return max(1, round(_LISTS_OF_ROOT * math.sqrt(n_vectors)))


def list_of_each(
    vectors: Floats, n_lists: int, *, progress: Progress = no_progress
) -> NDArray[np.int32]:
    """The list of each of ``[n, dim]`` vectors of length 1: ``[n]``, from 0 to ``n_lists - 1``.

    Centroids are fitted on a sample, and every vector then goes to the nearest. Source: Dhillon and Modha (2001). Lists are numbered so
    that most are next to one like them: what a query reads stands in fewer runs.
    """
    rng = np.random.default_rng(_SEED)
    order = rng.permutation(len(vectors))
    sample = np.asarray(vectors[np.sort(order[: n_lists * _SAMPLE_OF_A_LIST])])
    steps = _ROUNDS * len(sample) + len(vectors)
    centroids = np.array(vectors[order[:n_lists]])
    for done in range(_ROUNDS):
        progress("lists", done * len(sample), steps)
        centroids = _means(sample, _nearest(sample, centroids), centroids)
    progress("lists", _ROUNDS * len(sample), steps)
    nearest = _nearest(vectors, centroids[_chained(centroids)])
    progress("lists", steps, steps)
    return nearest


def _nearest(vectors: Floats, centroids: Floats) -> NDArray[np.int32]:
    blocks = [
        (vectors[at : at + _BLOCK] @ centroids.T).argmax(axis=1)
        for at in range(0, len(vectors), _BLOCK)
    ]
    return np.concatenate([np.empty(0, np.int64), *blocks]).astype(np.int32)


def _means(vectors: Floats, of: NDArray[np.int32], before: Floats) -> Floats:
    """The mean direction of each list; an empty one keeps its centroid."""
    order = np.argsort(of, kind="stable")
    filled, first = np.unique(of[order], return_index=True)
    sums = np.add.reduceat(vectors[order], first, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    centroids = before.copy()
    centroids[filled] = sums / np.where(lengths > 0, lengths, 1)
    return centroids


def _chained(centroids: Floats) -> NDArray[np.intp]:
    """An order of centroids in which each is followed by the nearest of those that are left."""
    left, chain = np.ones(len(centroids), np.bool_), np.zeros(len(centroids), np.intp)
    for at in range(1, len(chain)):
        left[chain[at - 1]] = False
        chain[at] = int(np.where(left, centroids @ centroids[chain[at - 1]], -2).argmax())
    return chain
