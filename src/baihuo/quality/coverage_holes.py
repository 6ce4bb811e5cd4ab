"""Hours in which a log is silent though it should not be.

The whole log is held against the same hour of the weeks around it; one platform or type of event
against what the rest did in the same hours, so that a holiday or a sale is no hole. Counts come in
bursts (a visit makes thirty events), so the spread is measured, not assumed to be Poisson's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
WEEK, DAY = 168, 24
_SIDE_WEEKS = 4  # of weeks before, and after, that tell what is usual
_SIDE_HOURS = 14 * DAY  # before, and after, that tell what share a slice has


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of hours, ``[start, end)`` in hours of the counts, in which almost nothing came."""

    start: int
    end: int
    expected: float
    seen: float


def usual_week(counts: Counts) -> Counts:
    """What each hour should have: the median of the same hour in the four weeks before or in the
    four after, whichever is less; 0 where neither side has two weeks.
    """
    sides = []
    for sign in (1, -1):
        shifted = np.full((_SIDE_WEEKS, len(counts)), np.nan)
        for k in range(1, _SIDE_WEEKS + 1):
            lag = k * WEEK
            if lag < len(counts):
                if sign > 0:
                    shifted[k - 1, lag:] = counts[:-lag]
                else:
                    shifted[k - 1, :-lag] = counts[lag:]
        n_weeks = np.sum(~np.isnan(shifted), axis=0)
        filled = np.where(np.isnan(shifted), np.inf, shifted)
        filled.sort(axis=0)
        low = np.take_along_axis(filled, (np.maximum(n_weeks, 1) - 1)[None] // 2, axis=0)[0]
        high = np.take_along_axis(filled, np.maximum(n_weeks, 1)[None] // 2, axis=0)[0]
        sides.append(np.where(n_weeks >= 2, (low + high) / 2, np.inf))
    least = np.minimum(*sides)
    return np.where(np.isfinite(least), least, 0.0)


def usual_share(part: Counts, whole: Counts) -> Counts:
    """What a slice should have given the whole: its share in the two weeks before or in the two
    after, whichever is less, by hour of the day. Before its first event it owes nothing.
    """
    n = len(part)
    before_part, before_whole = np.concatenate([[0.0], np.cumsum(part)]), np.concatenate([[0.0], np.cumsum(whole)])  # fmt: skip
    at = np.arange(n)
    back, ahead = np.maximum(at - _SIDE_HOURS, 0), np.minimum(at + 1 + _SIDE_HOURS, n)

    def share(low: NDArray[np.int64], high: NDArray[np.int64]) -> Counts:
        return (before_part[high] - before_part[low]) / np.maximum(before_whole[high] - before_whole[low], 1)  # fmt: skip

    first = int(np.flatnonzero(part)[0])
    left, right = share(np.maximum(back, first), at), share(at + 1, ahead)
    left = np.where(at - first >= DAY, left, np.inf)
    right = np.where(n - 1 - at >= DAY, right, np.inf)
    local = np.minimum(left, right)
    hour = at % DAY
    overall = part.sum() / max(whole[first:].sum(), 1)
    prior = 50.0  # events: with fewer in an hour of the day, the day's share says more
    of_hour = (np.bincount(hour[first:], part[first:], DAY) + prior * overall) / (
        np.bincount(hour[first:], whole[first:], DAY) + prior
    )
    expected = np.where(np.isfinite(local), local, 0.0) * whole * (of_hour / max(overall, 1e-12))[hour]  # fmt: skip
    expected[: first + 1] = 0.0
    return np.minimum(expected, whole)


def holes(
    counts: Counts, expected: Counts, *, max_share: float, min_sigmas: float, must_be_open: bool
) -> list[Hole]:
    """Stretches with at most ``max_share`` of what was expected, too long for chance.

    Args:
        counts: ``[hours]``, events in each hour.
        expected: ``[hours]``; 0 where nothing is known or nothing is usual.
        max_share: 0 to 1.
        min_sigmas: how far below the expected number, in standard deviations as spread as the
            hours really are (signed root of the quasi-Poisson deviance).
        must_be_open: only stretches that begin and end within hours that are usually busy: a shop
            that closes at night may stay closed for a day.
    """
    spread = _spread(counts, expected)
    usual = expected[expected > 0].mean() if (expected > 0).any() else 0.0
    is_low = (expected > 0) & (counts <= max_share * expected)
    is_idle = (expected <= 0) & (counts <= 0)
    found = []
    for start, end in _runs(is_low | is_idle):
        lows = np.flatnonzero(is_low[start:end])
        if len(lows) == 0:
            continue
        start, end = start + int(lows[0]), start + int(lows[-1]) + 1
        owed, seen = float(expected[start:end].sum()), float(counts[start:end].sum())
        deviance = 2 * (owed - seen + (seen * np.log(seen / owed) if seen else 0.0))
        if seen >= owed or deviance < min_sigmas**2 * spread:
            continue
        if must_be_open and not (_is_open(counts, expected, start - 1, usual) and _is_open(counts, expected, end, usual)):  # fmt: skip
            continue
        found.append(Hole(start, end, owed, seen))
    return found


def _spread(counts: Counts, expected: Counts) -> float:
    """Variance over mean of the hourly counts; 1 is Poisson. The wildest hundredth is held back."""
    known = expected > 0
    if not known.any():
        return 1.0
    off = (counts[known] - expected[known]) ** 2
    off = np.minimum(off, np.quantile(off, 0.99))
    return max(1.0, float(off.sum() / expected[known].sum()))


def _is_open(counts: Counts, expected: Counts, hour: int, usual: float) -> bool:
    return 0 <= hour < len(counts) and expected[hour] > 0.05 * usual and counts[hour] > 0


def _runs(is_in: NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], is_in.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))  # fmt: skip
