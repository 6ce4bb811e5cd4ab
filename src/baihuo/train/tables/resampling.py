"""Which rows a training sees: all but a fold. Drawn by what is in a row, so that it is the same in every pass.

Equal rows share their lot, and so do rows of a group.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from baihuo.models import Rows

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_ODD = np.uint64(0x9E3779B97F4A7C15)


def fold_of(rows: Rows, n_folds: int, *, seed: int) -> NDArray[np.int64]:
    """The fold of each row, ``[rows]``."""
    found = (_mixed(_keys(rows, seed) ^ _ODD) >> np.uint64(11)) % np.uint64(n_folds)
    return found.astype(np.int64)


def without_fold(rows: Rows, fold: int, n_folds: int, *, seed: int) -> Rows:
    """The same rows, of which those of a fold have no weight."""
    is_kept = (fold_of(rows, n_folds, seed=seed) != fold).astype(np.float32)
    return replace(rows, weights=is_kept if rows.weights is None else rows.weights * is_kept)


def _keys(rows: Rows, seed: int) -> NDArray[np.uint64]:
    """64 bits of each row's group, else of all that is in it."""
    if rows.groups is not None:
        return _mixed(rows.groups.astype(np.uint64) + np.uint64(seed % 2**32))
    parts = [rows.categories, rows.numbers.view(np.int32)]
    if rows.labels is not None:
        parts.append(rows.labels[:, None].view(np.int32))
    values = np.concatenate(parts, axis=1).astype(np.uint64)
    factors = np.random.default_rng([seed, 77]).integers(0, 2**63, values.shape[1], dtype=np.uint64)
    return _mixed(values @ (factors * np.uint64(2) + np.uint64(1)))


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Bits that depend on all bits of a key (SplitMix64)."""
    keys = (keys ^ (keys >> np.uint64(30))) * _MIX[0]
    keys = (keys ^ (keys >> np.uint64(27))) * _MIX[1]
    return keys ^ (keys >> np.uint64(31))
