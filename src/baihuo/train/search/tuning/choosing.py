"""Chooses a tuning on some queries: one change after the other, each only if it surely seems to pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from baihuo.index import SearchTuning

Values = Callable[[SearchTuning], NDArray[np.float64]]
"""``[queries]`` of a tuning: larger is better."""

_FACTORS = (0.0, 0.5, 2.0, 4.0)  # of the weight now
_WEIGHTS = (
    "description",
    "coverage",
    "nearness",
    "feedback",
    "neighbours",
)
"""Not BM25, which is the unit, nor the kind: another kind of product never comes before the right one."""
_DENSE, _WORDS = (0.2, 0.5, 0.65), (0.5, 1.0)
_LEAST_ERRORS, _LEAST_GAIN = 1.0, 0.001
_MOST_CHANGES = 4
_TOP = 6.0  # a weight is at most as large as that of the kind


def neighbours_of(tuning: SearchTuning) -> Iterator[SearchTuning]:
    """The tunings that differ from one in one weight or one threshold."""
    for name in _WEIGHTS:
        now = getattr(tuning.weights, name)
        values = {min(now * f, _TOP) for f in _FACTORS} if now else {0.25, 0.5, 1.0}
        for value in sorted(values - {now}):
            yield replace(tuning, weights=replace(tuning.weights, **{name: value}))
    for value in _DENSE:
        if value != tuning.dense_probability:
            yield replace(tuning, dense_probability=value)
    for value in _WORDS:
        if value != tuning.min_should_match:
            yield replace(tuning, min_should_match=value)


def choose(
    values: Values,
    start: SearchTuning,
    queries: NDArray[np.intp],
    *,
    is_time_up: Callable[[], bool] = lambda: False,
    most_changes: int = _MOST_CHANGES,
) -> SearchTuning:
    """The tuning that is best on ``queries``, some changes away from ``start``.

    Each step takes the neighbour with the highest gain in units of its own standard error over queries (a paired t), and ends
    where no gain exceeds one of these: the largest of many differences is large by chance.

    Args:
        values: of all queries; only ``queries`` are looked at.
        is_time_up: ends the search with what was found.
    """
    now = start
    for _ in range(most_changes):
        here = values(now)[queries]
        best, best_t = now, _LEAST_ERRORS
        for other in neighbours_of(now):
            if is_time_up():
                return now
            gained = values(other)[queries] - here
            error = float(gained.std(ddof=1)) / np.sqrt(len(gained)) if len(gained) > 1 else 0.0
            t = float(gained.mean()) / error if error > 0 else 0.0
            if t > best_t and gained.mean() >= _LEAST_GAIN:
                best, best_t = other, t
        if best is now:
            return now
        now = best
    return now
