"""Hours in which a log is silent though it should not be.

The whole log is held against the same hour of the weeks around it; one platform or type of event
against what the rest did in the same hours, so that a holiday or a sale is no hole. Counts come in
bursts (a visit makes thirty events), so the spread is measured, not assumed to be Poisson's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
WEEK, DAY = 168, 24
_SIDE_WEEKS = 4  # of weeks before, and after, that tell what is usual
_SIDE_HOURS = 14 * DAY  # before, and after, that tell what share a slice has


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of hours, ``[start, end)`` in hours of the counts, in which almost nothing came."""

    start: int
    end: int
    expected: float
    seen: float
    sigmas: float


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
    after, whichever is less, by hour of the day. Before its first event it owes nothing; after its
    last it owes what it had before, for two weeks: then it is no longer there.
    """
    n = len(part)
    before_part, before_whole = (
        np.concatenate([[0.0], np.cumsum(part)]),
        np.concatenate([[0.0], np.cumsum(whole)]),
    )
    at = np.arange(n)
    back, ahead = np.maximum(at - _SIDE_HOURS, 0), np.minimum(at + 1 + _SIDE_HOURS, n)

    def share(low: NDArray[np.int64], high: NDArray[np.int64]) -> Counts:
        return (before_part[high] - before_part[low]) / np.maximum(
            before_whole[high] - before_whole[low], 1
        )

    busy = np.flatnonzero(part)
    first, last = int(busy[0]), int(busy[-1])
    left, right = share(np.maximum(back, first), at), share(at + 1, ahead)
    left = np.where(at - first >= DAY, left, np.inf)
    right = np.where((n - 1 - at >= DAY) & (at <= last), right, np.inf)
    local = np.minimum(left, right)
    hour = at % DAY
    overall = part.sum() / max(whole[first:].sum(), 1)
    prior = 50.0  # events: with fewer in an hour of the day, the day's share says more
    of_hour = (np.bincount(hour[first:], part[first:], DAY) + prior * overall) / (
        np.bincount(hour[first:], whole[first:], DAY) + prior
    )
    expected = (
        np.where(np.isfinite(local), local, 0.0) * whole * (of_hour / max(overall, 1e-12))[hour]
    )
    expected[: first + 1] = 0.0
    return np.minimum(expected, 0.98 * whole)


def holes(
    counts: Counts,
    expected: Counts,
    *,
    whole: Counts | None,
    burst: float,
    max_share: float,
    min_sigmas: float,
) -> list[Gap]:
    """Stretches with at most ``max_share`` of what was expected, too long for chance.

    Args:
        counts: ``[hours]``, events in each hour.
        expected: ``[hours]``; 0 where nothing is known or nothing is usual.
        whole: ``[hours]``, what the slice is a part of. None: it is the whole log, and only stretches
            count that begin and end while people are there: a shop that closes at night may stay closed
            for a day, and nobody was there the hour before.
        burst: how many rows come at once where one comes (of a visit, say); 1 or more.
        max_share: 0 to 1.
        min_sigmas: how far below the expected number, in standard deviations as wide as the hours
            really spread (signed root of the quasi-Poisson or, in a part, quasi-binomial deviance).
    """
    usual = expected[expected > 0].mean() if (expected > 0).any() else 0.0
    is_low = (expected > 0) & (counts <= max_share * expected)
    is_idle = (expected <= 0) & (counts <= 0)
    known, found = expected > 0, []
    for start, end in _runs(is_low | is_idle):
        lows = np.flatnonzero(is_low[start:end])
        if len(lows) == 0:
            continue
        start, end = start + int(lows[0]), start + int(lows[-1]) + 1
        owed, seen = float(expected[start:end].sum()), float(counts[start:end].sum())
        if whole is None:  # hours of few visits have a low median each, and together a usual sum
            owed = _of_other_weeks(counts, start, end) or owed
        rest = None if whole is None else float(whole[start:end].sum())
        deviance = _deviance(owed, seen, rest)
        if seen >= owed or deviance < min_sigmas**2:
            continue
        others = known.copy()
        others[start:end] = False
        sigmas = sqrt(deviance / max(burst, _spread(counts, expected, whole, others, (start, end))))
        if sigmas < min_sigmas:
            continue
        edges = (start - 1, end)
        if whole is None and not _is_open(counts, expected, edges, usual):
            continue
        found.append(Gap(start, end, owed, seen, sigmas))
    return found


def _of_other_weeks(counts: Counts, start: int, end: int) -> float:
    """What the same hours have together in the weeks before or after, as in :func:`usual_week`; 0:
    not known."""
    so_far = np.concatenate([[0.0], np.cumsum(counts)])
    sides = []
    for sign in (-1, 1):
        lags = [sign * k * WEEK for k in range(1, _SIDE_WEEKS + 1)]
        sums = [
            so_far[end + at] - so_far[start + at]
            for at in lags
            if start + at >= 0 and end + at <= len(counts)
        ]
        if len(sums) >= 2:
            sides.append(float(np.median(sums)))
    return min(sides, default=0.0)


def _deviance(owed: float, seen: float, of: float | None) -> float:
    """Twice the log of how much likelier ``seen`` is as the mean than ``owed``; of ``of`` in all."""
    told = seen * log(seen / owed) if seen else 0.0
    if of is None:
        return 2 * (owed - seen + told)
    rest = (of - seen) * log((of - seen) / (of - owed)) if of > seen else 0.0
    return 2 * (told + rest)


def _spread(
    counts: Counts,
    expected: Counts,
    whole: Counts | None,
    others: NDArray[np.bool_],
    run: tuple[int, int],
) -> float:
    """Variance of the hourly counts over Poisson's (of a part, over the binomial); 1 where rows come
    one by one. The wildest hundredth is held back.

    Told by the ``others``, and among them by those as busy as the hours of the run are at some time:
    by night a single visit is an outlier, by day it is not.
    """
    if not others.any():
        return 1.0
    level = expected if whole is None else whole
    quartiles = np.quantile(level[others], [0.25, 0.5, 0.75])
    of = np.searchsorted(quartiles, level)
    chance = expected if whole is None else expected * (1 - expected / np.maximum(whole, 1e-9))
    off = (counts - expected) ** 2
    off = np.minimum(off, np.quantile(off[others], 0.99))
    offs, chances = [], []
    for quartile, n_hours in zip(*np.unique(of[run[0] : run[1]], return_counts=True), strict=True):
        its = others & (of == quartile)
        if its.any():
            offs.append(n_hours * float(off[its].mean()))
            chances.append(n_hours * max(float(chance[its].mean()), 1e-9))
    if not offs:
        return 1.0
    if whole is None:  # the run is judged by its sum: the hours' variances add up
        return max(1.0, sum(offs) / sum(chances))
    return max(1.0, *(o / c for o, c in zip(offs, chances, strict=True)))


def _is_open(counts: Counts, expected: Counts, edges: tuple[int, int], usual: float) -> bool:
    """Whether people were there before and after, and at one end many, or in an hour when many are usual."""
    if edges[0] < 0 or edges[1] >= len(counts):
        return False
    here = [(counts[e], expected[e]) for e in edges]
    return all(n > 0 for n, _ in here) and any(
        max(n, usually) > 0.05 * usual for n, usually in here
    )


def _runs(is_in: NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], is_in.astype(np.int8), [0]]))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    )
