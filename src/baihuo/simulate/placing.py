"""Which candidates go where on a page, with the exact probability of every free placement."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

P_UNIFORM = 0.08  # a whole page drawn evenly from the candidates
P_SWAP = 0.25  # places 1 and 2, 3 and 4, … change

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Placed:
    """A page, top first."""

    rows: Rows
    propensities: list[float | None]  # None: a place that was paid for


def place(n_candidates: int, page_size: int, rng: random.Random) -> tuple[list[int], list[float]]:
    """Which candidates (0 = best of the logging policy) go on the page, and P(placed there | policy).

    Returns ``page_size`` entries, or fewer where there are fewer candidates.
    """
    size = min(page_size, n_candidates)
    if rng.random() < P_UNIFORM:
        placed = rng.sample(range(n_candidates), size)
    else:
        placed = list(range(size))
        for i in range(0, size - 1, 2):
            if rng.random() < P_SWAP:
                placed[i], placed[i + 1] = placed[i + 1], placed[i]
    floor = P_UNIFORM / n_candidates if n_candidates else 0.0
    kept = 1 - P_UNIFORM
    propensities = []
    for position, candidate in enumerate(placed):
        partner = position ^ 1
        if candidate == position:
            share = 1.0 if partner >= size else 1 - P_SWAP
        else:
            share = P_SWAP if candidate == partner < size else 0.0
        propensities.append(kept * share + floor)
    return placed, propensities


def lay_out(candidates: Rows, paid: dict[int, int], page_size: int, rng: random.Random) -> Placed:
    """The page: paid rows at their places, candidates in the others.

    Args:
        candidates: Best first.
        paid: Place, 0-based → row. Decided before and without regard to the draw of the others, so the
            probability of a free placement is exact given the places that are paid for.
        page_size: Places.
        rng: Draws.
    """
    for row in paid.values():
        candidates = candidates[candidates != row]
    order, chances = place(len(candidates), page_size - len(paid), rng)
    rows = candidates[order].tolist()
    propensities: list[float | None] = list(chances)
    for position, row in sorted(paid.items()):
        if position <= len(rows):
            rows.insert(position, row)
            propensities.insert(position, None)
    return Placed(np.array(rows, np.int64), propensities)
