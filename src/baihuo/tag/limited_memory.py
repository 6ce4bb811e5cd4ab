"""L-BFGS for smooth, strictly convex losses of very many weights: memory of few vectors, all in single precision.

scipy's L-BFGS-B keeps bounds that such losses do not have. With a million weights its own algebra took more than half of the time of a fit
(docs/decisions/0037).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
_MEMORY = 6  # pairs of a step and the change of the slope over it
_ENOUGH = 1e-4  # Armijo: share of the fall that the slope promises
_HALVINGS = 20


def lbfgs(
    loss: Callable[[Singles], tuple[float, Singles]],
    start: Singles,
    *,
    most_steps: int,
    tolerance: float = 0.0,
    progress: Callable[[int], None] = lambda done: None,
) -> Singles:
    """The weights with the least loss.

    Args:
        loss: of weights ``[n]``, the loss and its slope ``[n]``. Strictly convex, such as one with a penalty on squared weights.
        start: ``[n]``, where to begin.
        most_steps: how many steps at most.
        tolerance: stop when no slope is larger.
        progress: is called with the number of steps done.

    Source: Nocedal and Wright (2006), algorithm 7.5, with steps halved until the loss falls.
    """
    weights = start.astype(np.float32)
    value, slope = loss(weights)
    pairs: deque[tuple[Singles, Singles, float]] = deque(maxlen=_MEMORY)
    for step in range(most_steps):
        if float(np.abs(slope).max(initial=0.0)) <= tolerance:
            break
        direction = _direction(slope, pairs)
        promised = float(slope @ direction)
        length = 1.0
        for _ in range(_HALVINGS):
            tried = weights + np.float32(length) * direction
            new_value, new_slope = loss(tried)
            if new_value <= value + _ENOUGH * length * promised:
                break
            length *= 0.5
        else:
            break  # as low as single precision tells
        moved, bent = tried - weights, new_slope - slope
        curvature = float(moved @ bent)
        if curvature > 0:
            pairs.append((moved, bent, curvature))
        weights, value, slope = tried, new_value, new_slope
        progress(step + 1)
    return weights


def _direction(slope: Singles, pairs: Sequence[tuple[Singles, Singles, float]]) -> Singles:
    """Downhill, by the curvature that the last steps met; the first step has length 1 at most."""
    if not pairs:
        return -slope / np.float32(max(1.0, float(np.linalg.norm(slope))))
    rest = slope.copy()
    shares = []
    for moved, bent, curvature in reversed(pairs):
        share = float(moved @ rest) / curvature
        rest -= np.float32(share) * bent
        shares.append(share)
    _, bent, curvature = pairs[-1]
    rest *= np.float32(curvature / float(bent @ bent))
    for (moved, bent, curvature), share in zip(pairs, reversed(shares), strict=True):
        rest += np.float32(share - float(bent @ rest) / curvature) * moved
    return -rest
