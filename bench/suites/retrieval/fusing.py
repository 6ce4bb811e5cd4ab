"""What a source adds to others: lists of all are fused, with it and without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

N_BEST = 100  # of each source
_K = 20.0  # of reciprocal rank fusion, as pages have it


def votes(scores: NDArray[np.float32], came: NDArray[np.int32]) -> NDArray[np.float32]:
    """``[rows, items]``: reciprocal ranks of the best; what came stands last of those with its score; 0: not found."""
    values = scores.astype(np.float64)
    rows = np.arange(len(came))
    values[rows, came] = np.nextafter(values[rows, came], -np.inf)
    best = np.argpartition(-values, N_BEST - 1, axis=1)[:, :N_BEST]
    order = np.argsort(-np.take_along_axis(values, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    values_of_best = np.take_along_axis(scores, best, axis=1)
    is_found = np.isfinite(values_of_best) & (values_of_best > scores.min(axis=1, keepdims=True))
    found = np.zeros(scores.shape, np.float32)
    place = (_K / (_K + np.arange(N_BEST))).astype(np.float32)
    np.put_along_axis(found, best, np.where(is_found, place[None, :], 0.0), axis=1)
    return found


def fused(of: Mapping[str, NDArray[np.float32]], names: Iterable[str]) -> NDArray[np.float32]:
    """The sum of the votes of these sources."""
    return np.asarray(np.sum([of[name] for name in names], axis=0), np.float32)
