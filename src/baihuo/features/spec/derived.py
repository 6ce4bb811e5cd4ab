"""Numpy functions that derive features from others: one copy, for training and serving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[np.floating[Any]]
DerivedFunction: TypeAlias = Callable[..., Any]

DERIVED_FUNCTIONS: Final[dict[str, DerivedFunction]] = {}
"""By name. A function takes float32 columns of one length, then constants; it works row by row."""


def derived_function(function: DerivedFunction) -> DerivedFunction:
    """Register a function by its name, before the features that use it are declared."""
    if function.__name__ in DERIVED_FUNCTIONS:
        raise ValueError(f"there is a derived function {function.__name__!r} already")
    DERIVED_FUNCTIONS[function.__name__] = function
    return function


@derived_function
def rate(n_outcomes: Column, n_chances: Column, prior: float, strength: float) -> Column:
    """Outcomes for each chance, shrunk to ``prior`` as by ``strength`` earlier chances. Outcomes may exceed chances (a purchase whose click
    was not logged): not cut off.
    """
    return (n_outcomes + np.float32(prior * strength)) / (n_chances + np.float32(strength))


@derived_function
def mean(total: Column, count: Column) -> Column:
    """``total / count``; 0 if nothing was counted."""
    return total / np.maximum(count, np.float32(1))


@derived_function
def share(part: Column, whole: Column) -> Column:
    """The part of the whole, 0 to 1 where part ≤ whole; towards 0 if the whole is nearly 0. The floor of the whole is far above totals that
    serving may forget, so forgetting has no effect.
    """
    return part / np.maximum(whole, np.float32(0.01))


@derived_function
def per_day(count: Column, window_days: float) -> Column:
    """How often a day."""
    return count / np.float32(window_days)


@derived_function
def freshness(days_since: Column, scale_days: float) -> Column:
    """``scale / (scale + days)``: 1 now, one half after ``scale_days``, towards 0."""
    return np.float32(scale_days) / (np.float32(scale_days) + days_since)


@derived_function
def trend(recent: Column, longer: Column, recent_days: float, longer_days: float) -> Column:
    """Log of the recent daily rate over the longer one, each with one event added: 0 is steady."""
    fast = (recent + np.float32(1)) / np.float32(recent_days)
    slow = (longer + np.float32(longer_days / recent_days)) / np.float32(longer_days)
    return np.log(fast / slow)


@derived_function
def log1p(count: Column) -> Column:
    """``log(1 + count)``."""
    return np.log1p(count)


@derived_function
def due(days_since: Column, n_purchases: Column, window_days: float) -> Column:
    """Time since the last purchase in units of the usual gap: 1 is "about now", 0 is never bought.

    The usual gap is ``window_days / n_purchases``.
    """
    return days_since * n_purchases / np.float32(window_days)
