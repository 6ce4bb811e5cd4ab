"""Days on which most visitors are missing, though rows, or the other platforms, look as usual.

Rows alone do not show it: one crawler, one import that came twice or one busy till makes up for a thousand shoppers. So
visitors are counted in each hour, and a day (any 24 hours in a row) is compared with what its rows, the other platforms, or the
same hours of other weeks lead one to expect. How much that varies from day to day is measured in the log itself.

A shop that was closed has neither visitors nor rows: days with hardly any visitors are left to the gaps of the whole log, which look at
the hours around them. So a holiday is no hole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.quality.checks.coverage.gaps import (
    DAY,
    WEEK,
    Counts,
    Gap,
    sums_of,
    usual_share,
    usual_week,
    weeks_around,
)

_MOST = 0.5  # of the expected visitors: fewer are "most are missing"
_CLOSED = 0.05  # of them: fewer, in the whole log, is a shop that was closed
_LEAST_OF_LOG = 20.0  # expected visitors of a day, to judge the whole log
_LEAST_OF_PLATFORM = 8.0


@dataclass(frozen=True, slots=True)
class MissingVisitors:
    """A range of hours, and which comparison shows it."""

    platform: str | None  # None: of the whole log
    than: str  # rows, platforms, weeks: what there are too few visitors for
    gap: Gap


def missing_visitors(
    rows: Counts, visitors: dict[str | None, Counts], *, min_sigmas: float
) -> list[MissingVisitors]:
    """The days on which most visitors of the log, or of a platform, are missing; of the log each once.

    Args:
        rows: ``[hours]``, events in each hour.
        visitors: ``[hours]``, visitors in each hour, by platform; None: all of them.
        min_sigmas: how far below the expected number, in standard deviations of the logarithm of seen over expected, as they are in
            the log itself; days of fewer visitors than usual vary by Poisson's more.
    """
    everybody = visitors[None]
    if len(everybody) < 2 * WEEK:
        return []
    given_rows = usual_share(everybody, rows)
    found = [
        MissingVisitors(None, "rows", gap)
        for gap in _shortfalls(
            everybody, given_rows, sums_of(given_rows, DAY), _LEAST_OF_LOG, min_sigmas
        )
    ]
    expected = _mean_of_weeks(everybody)
    found += [
        MissingVisitors(None, "weeks", gap)
        for gap in _shortfalls(
            everybody,
            expected,
            usual_week(sums_of(everybody, DAY)),
            _LEAST_OF_LOG,
            min_sigmas,
            _CLOSED,
        )
        if not any(_overlap(gap, other.gap) for other in found)
    ]
    for platform, counts in visitors.items():
        if platform is None or counts.sum() > 0.95 * everybody.sum():
            continue
        share = usual_share(counts, everybody)
        gaps = _shortfalls(counts, share, sums_of(share, DAY), _LEAST_OF_PLATFORM, min_sigmas)
        found += [MissingVisitors(platform, "platforms", gap) for gap in gaps]
    return found


def _shortfalls(
    counts: Counts,
    expected: Counts,
    expected_sums: Counts,
    least: float,
    min_sigmas: float,
    closed: float = 0.0,
) -> list[Gap]:
    """Ranges of hours around windows of a day with less than half of the visitors, too few for chance.

    Args:
        counts: ``[hours]``.
        expected: ``[hours]``, to find where a range begins and ends.
        expected_sums: ``[windows]``, of the 24 hours from each hour on; 0: not known.
        least: windows with fewer expected visitors are not judged.
        closed: ranges with a window below this share, or themselves, are left out; 0: none.
    """
    seen = sums_of(counts, DAY)
    is_known = expected_sums >= least
    if is_known.sum() < WEEK:
        return []
    ratio = np.log((seen + 0.5) / (expected_sums + 0.5))
    middle = float(np.median(ratio[is_known]))
    spread = 1.4826 * float(np.median(np.abs(ratio[is_known] - middle)))
    chance = 1 / np.maximum(expected_sums, 1.0)  # Poisson's, which the spread has in it
    more = max(spread**2 - float(np.median(chance[is_known])), 0.0)
    sigmas = (middle - ratio) / np.sqrt(chance + more)
    is_few = is_known & (ratio - middle < np.log(_MOST))
    is_closed = is_known & (seen < closed * expected_sums)
    gaps = []
    for windows in _groups(np.flatnonzero(is_few | is_closed)):
        furthest = float(sigmas[windows].max())
        if furthest < min_sigmas or is_closed[windows].any():
            continue
        start, end = _deepest(counts, expected, int(windows[0]), int(windows[-1]) + DAY)
        n_expected, n_seen = expected[start:end].sum(), counts[start:end].sum()
        if n_seen >= closed * n_expected:  # else it closed, or the log ended, within a day
            gaps.append(Gap(start, end, n_expected, n_seen, furthest))
    return gaps


def _deepest(counts: Counts, expected: Counts, start: int, end: int) -> tuple[int, int]:
    """The range within ``[start, end)`` that misses most beyond half of what was expected."""
    missing = np.cumsum(np.concatenate([[0.0], _MOST * expected[start:end] - counts[start:end]]))
    lowest_before = np.minimum.accumulate(missing)
    last = int(np.argmax(missing - lowest_before))
    first = int(np.argmin(missing[: last + 1]))
    return (start + first, start + last) if last > first else (start, end)


def _groups(windows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Windows that overlap, together."""
    if not len(windows):
        return []
    return np.split(windows, np.flatnonzero(np.diff(windows) > DAY) + 1)


def _mean_of_weeks(counts: Counts) -> Counts:
    """Of each hour the mean of the same hour in the weeks around; medians of hours with few visitors are 0."""
    around = np.concatenate(weeks_around(counts))
    is_known = np.isfinite(around)
    sums = np.where(is_known, around, 0.0).sum(axis=0)
    mean: Counts = sums / np.maximum(is_known.sum(axis=0), 1)
    return mean


def _overlap(one: Gap, other: Gap) -> bool:
    return one.start < other.end and other.start < one.end
