"""Gaps: hours in which a log is silent though it should not be.

The whole log is compared with the same hour of the weeks around it; one platform or type of event
with what the rest did in the same hours, so that a holiday or a sale is no gap. Counts come in
bursts (a visit makes thirty events), so dispersion is measured, not assumed to be Poisson's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
WEEK, DAY = 168, 24
_SIDE_WEEKS = 4  # of weeks before, and after, that the usual count is taken from
_SIDE_HOURS = 14 * DAY  # before, and after, that the share of a slice is taken from


@dataclass(frozen=True, slots=True)
class Gap:
    """A range of hours, ``[start, end)`` in hours of the counts, with almost no events."""

    start: int
    end: int
    expected: float  # events
    seen: float  # events
    sigmas: float  # standard deviations below the expected number


def weeks_around(values: Counts) -> tuple[Counts, Counts]:
    """``[weeks, hours]``: of the same hour in the four weeks before, and in the four after; infinite where the log has none."""
    before, after = (np.full((_SIDE_WEEKS, len(values)), np.inf) for _ in range(2))
    for k in range(1, _SIDE_WEEKS + 1):
        if (lag := k * WEEK) < len(values):
            before[k - 1, lag:], after[k - 1, :-lag] = values[:-lag], values[lag:]
    return before, after


def usual_week(counts: Counts) -> Counts:
    """Expected events of each hour: the median of the same hour in the four weeks before or in the
    four after, whichever is less; 0 where neither side has two weeks.
    """
    sides = []
    for side in weeks_around(counts):
        n_weeks = np.isfinite(side).sum(axis=0)
        ordered = np.sort(side, axis=0)
        at = np.maximum(n_weeks, 1)[None]
        low, high = (np.take_along_axis(ordered, i, axis=0)[0] for i in ((at - 1) // 2, at // 2))
        sides.append(np.where(n_weeks >= 2, (low + high) / 2, np.inf))
    least = np.minimum(*sides)
    return np.where(np.isfinite(least), least, 0.0)


def sums_of(counts: Counts, n_hours: int) -> Counts:
    """``[windows]``: of so many hours from each hour on."""
    cumulative = np.concatenate([[0.0], np.cumsum(counts)])
    sums: Counts = cumulative[n_hours:] - cumulative[:-n_hours]
    return sums


def usual_share(part: Counts, whole: Counts) -> Counts:
    """Expected events of a slice, given the whole: its share in the two weeks before or in the two
    after, whichever is less, by hour of the day. Before its first event it is 0. After its last event it
    follows the share before, for two weeks; then the slice no longer exists.
    """
    n = len(part)
    sum_part, sum_whole = (
        np.concatenate([[0.0], np.cumsum(part)]),
        np.concatenate([[0.0], np.cumsum(whole)]),
    )
    at = np.arange(n)
    back, ahead = np.maximum(at - _SIDE_HOURS, 0), np.minimum(at + 1 + _SIDE_HOURS, n)

    def share(low: NDArray[np.int64], high: NDArray[np.int64]) -> Counts:
        return (sum_part[high] - sum_part[low]) / np.maximum(sum_whole[high] - sum_whole[low], 1)

    busy = np.flatnonzero(part)
    first, last = int(busy[0]), int(busy[-1])
    left, right = share(np.maximum(back, first), at), share(at + 1, ahead)
    left = np.where(at - first >= DAY, left, np.inf)
    right = np.where((n - 1 - at >= DAY) & (at <= last), right, np.inf)
    local = np.minimum(left, right)
    hour = at % DAY
    overall = part.sum() / max(whole[first:].sum(), 1)
    prior = 50.0  # events: with fewer in an hour of the day, the share of the whole day counts more
    share_of_hour = (np.bincount(hour[first:], part[first:], DAY) + prior * overall) / (
        np.bincount(hour[first:], whole[first:], DAY) + prior
    )
    expected = (
        np.where(np.isfinite(local), local, 0.0)
        * whole
        * (share_of_hour / max(overall, 1e-12))[hour]
    )
    expected[: first + 1] = 0.0
    return np.minimum(expected, 0.98 * whole)


def gaps_in(
    counts: Counts, expected: Counts, *, whole: Counts | None, max_share: float, min_sigmas: float
) -> list[Gap]:
    """Ranges of hours with at most ``max_share`` of the expected events, too long for chance.

    Args:
        counts: ``[hours]``, events in each hour.
        expected: ``[hours]``; 0 where nothing is known or nothing is usual.
        whole: ``[hours]``, what the slice is a part of. None: it is the whole log, and only ranges
            count that begin and end while people are there: a shop that closes at night may stay closed
            for a day, and no visitor was there the hour before; unless it was never closed on any other day.
        max_share: 0 to 1.
        min_sigmas: how far below the expected number, in standard deviations as wide as the hours
            really spread (signed root of the quasi-Poisson or, in a part, quasi-binomial deviance).
    """
    is_known = expected > 0
    mean_expected = expected[is_known].mean() if is_known.any() else 0.0
    is_low = is_known & (counts <= max_share * expected)
    is_idle = ~is_known & (counts <= 0)
    gaps = []
    for start, end in _runs(is_low | is_idle):
        low_hours = np.flatnonzero(is_low[start:end])
        if len(low_hours) == 0:
            continue
        start, end = start + int(low_hours[0]), start + int(low_hours[-1]) + 1
        n_expected, n_seen = float(expected[start:end].sum()), float(counts[start:end].sum())
        if whole is None:  # hours of few visits have a low median each, and together a usual sum
            n_expected = float(usual_week(sums_of(counts, end - start))[start]) or n_expected
        n_whole = None if whole is None else float(whole[start:end].sum())
        deviance = _deviance(n_expected, n_seen, n_whole)
        if n_seen >= n_expected or deviance < min_sigmas**2:
            continue
        is_other = is_known.copy()
        is_other[start:end] = False
        dispersion = _dispersion(counts, expected, whole, is_other, (start, end))
        sigmas = sqrt(deviance / dispersion)
        if sigmas < min_sigmas:
            continue
        edges = (start - 1, end)
        if whole is None and not (
            _is_open(counts, expected, edges, mean_expected) or _never_closes(counts, start, end)
        ):
            continue
        gaps.append(Gap(start, end, n_expected, n_seen, sigmas))
    return gaps


def _deviance(n_expected: float, n_seen: float, n_whole: float | None) -> float:
    """Twice the log likelihood ratio of ``n_seen`` as the mean to ``n_expected``: Poisson, or binomial
    where the slice is a part of ``n_whole``."""
    log_ratio = n_seen * log(n_seen / n_expected) if n_seen else 0.0
    if n_whole is None:
        return 2 * (n_expected - n_seen + log_ratio)
    n_rest = n_whole - n_seen
    rest = n_rest * log(n_rest / (n_whole - n_expected)) if n_whole > n_seen else 0.0
    return 2 * (log_ratio + rest)


def _dispersion(
    counts: Counts,
    expected: Counts,
    whole: Counts | None,
    is_other: NDArray[np.bool_],
    gap_hours: tuple[int, int],
) -> float:
    """Variance of the hourly counts over Poisson's (of a part, over the binomial); 1 where rows come
    one by one. Squared errors are capped at their 99th percentile.

    Measured in the other hours, and of those in hours as busy as the hours of the gap usually are:
    by night a single visit is an outlier, by day it is not.
    """
    if not is_other.any():
        return 1.0
    level = expected if whole is None else whole
    limits = np.quantile(level[is_other], [0.25, 0.5, 0.75])
    quartile_of = np.searchsorted(limits, level)
    variance = expected if whole is None else expected * (1 - expected / np.maximum(whole, 1e-9))
    squared_error = (counts - expected) ** 2
    squared_error = np.minimum(squared_error, np.quantile(squared_error[is_other], 0.99))
    observed, theoretical = [], []
    start, end = gap_hours
    for quartile, n_hours in zip(
        *np.unique(quartile_of[start:end], return_counts=True), strict=True
    ):
        is_like = is_other & (quartile_of == quartile)
        if is_like.any():
            observed.append(n_hours * float(squared_error[is_like].mean()))
            theoretical.append(n_hours * max(float(variance[is_like].mean()), 1e-9))
    if not observed:
        return 1.0
    if whole is None:  # the sum over the gap is tested: the variances of its hours add up
        return max(1.0, sum(observed) / sum(theoretical))
    return max(1.0, *(o / t for o, t in zip(observed, theoretical, strict=True)))


def _is_open(
    counts: Counts, expected: Counts, edges: tuple[int, int], mean_expected: float
) -> bool:
    """Whether people were there before and after, and at one end many, or in an hour when many are usual."""
    if edges[0] < 0 or edges[1] >= len(counts):
        return False
    at_edges = [(counts[e], expected[e]) for e in edges]
    return all(n > 0 for n, _ in at_edges) and any(
        max(n, n_usual) > 0.05 * mean_expected for n, n_usual in at_edges
    )


def _never_closes(counts: Counts, start: int, end: int) -> bool:
    """Whether a silent day is the only one: in three weeks or more every other day, of each weekday, had people.

    A shop that closes at night has no visitors at either edge of a day that is lost, and none of a holiday either. But one that
    is open seven days a week and was never closed before or after has lost that day. Days are counted from ``start``.
    """
    if end - start < DAY // 2:
        return False
    cumulative = np.concatenate([[0.0], np.cumsum(counts)])
    starts = np.arange(start % DAY, len(counts) - DAY + 1, DAY)
    others = starts[(starts + DAY <= start) | (starts >= end)]
    if len(others) < 3 * WEEK // DAY - 1 or start < others[0] or end > others[-1]:
        return False
    sums = cumulative[others + DAY] - cumulative[others]
    return bool((sums > 0.2 * np.median(sums)).all())


def _runs(is_in: NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], is_in.astype(np.int8), [0]]))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    )
