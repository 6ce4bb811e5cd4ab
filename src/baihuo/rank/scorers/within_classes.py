"""Reorder products inside classes; the classes keep their positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def within_classes(
    scores: NDArray[np.float64], classes: NDArray[np.integer[Any]], by: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ``[n]`` scores permuted within each class so that the best by ``by`` gets the highest. Each position keeps its class. Equal
    values of ``by`` keep their order.

    Args:
        scores: ``[n]``, larger first.
        classes: ``[n]``; a product of class -1 keeps its score.
        by: ``[n]``, larger is better, on any scale; NaN comes last in its class.
    """
    known = np.where(np.isnan(by), -np.inf, by)
    places = np.lexsort((-scores, classes))
    takers = np.lexsort((-scores, -known, classes))
    out = np.array(scores, dtype=np.float64)
    out[takers] = scores[places]
    return np.where(classes < 0, scores, out)
