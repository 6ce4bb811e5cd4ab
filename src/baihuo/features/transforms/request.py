"""Features of the request: numpy functions called by trainer and ranker, over one request's candidates, the visitor's history and vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def price_position(
    prices_minor: NDArray[np.int64], *, among: NDArray[np.int64] | None = None
) -> Floats:
    """Return each price's position among the candidates: 0 the cheapest, 1 the most expensive, ties in the middle.

    Args:
        prices_minor: ``[n]``; a negative price is unknown.
        among: The candidates' prices; None: ``prices_minor``.

    Returns:
        ``[n]``; 0.5 if the price is unknown or the only one.
    """
    position = np.full(len(prices_minor), 0.5, np.float32)
    known = prices_minor >= 0
    prices = np.asarray(prices_minor)[known]
    ordered = np.sort(prices if among is None else among[among >= 0])
    if len(ordered) > 1:
        below = np.searchsorted(ordered, prices, side="left")
        up_to = np.searchsorted(ordered, prices, side="right")
        position[known] = np.clip((below + up_to - 1) / 2 / (len(ordered) - 1), 0, 1)
    return position


def price_ratio(prices_minor: NDArray[np.int64], usual_minor: float) -> Floats:
    """Return the log of each price over the visitor's usual price, within ±3; 0 if either is unknown."""
    ratio = np.zeros(len(prices_minor), np.float32)
    known = np.asarray(prices_minor) > 0
    if usual_minor > 0:
        ratio[known] = np.clip(np.log(np.asarray(prices_minor)[known] / usual_minor), -3, 3)
    return ratio


def cosine(query_vector: Floats, product_vectors: Floats) -> Floats:
    """Cosine of one vector with many: 1 the same direction, 0 orthogonal or a zero vector.

    Args:
        query_vector: ``[dim]``, any length.
        product_vectors: ``[n, dim]``, any lengths.
    """
    dots = product_vectors @ query_vector
    lengths = np.linalg.norm(product_vectors, axis=1) * np.linalg.norm(query_vector)
    return np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0).astype(np.float32)


def taste(
    history_vectors: Floats, ages_days: Floats, *, half_life_days: float = 7.0, most: int = 50
) -> Floats:
    """Return a visitor's taste as a unit vector: the decayed mean of products clicked or bought.

    Args:
        history_vectors: ``[n, dim]``, newest first; those after ``most`` are left out.
        ages_days: ``[n]``, days since each.

    Returns:
        ``[dim]``; zeros for a visitor without history.
    """
    vectors = history_vectors[:most]
    weights = np.exp2(-np.asarray(ages_days[:most], np.float32) / np.float32(half_life_days))
    mixed = weights @ vectors if len(vectors) else np.zeros(history_vectors.shape[1], np.float32)
    length = float(np.linalg.norm(mixed))
    return (mixed / length if length > 0 else mixed).astype(np.float32)
