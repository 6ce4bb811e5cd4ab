"""Alarms with a bound: a day is held against an order statistic of the scores of accepted days.

A statistic's residual is its distance from the middle of the last same weekdays. A day's score is its largest residual over the
statistics of one promise, each in units of its own spread, so that many checks share one rate without a correction for their number. The
threshold is the largest order statistic of the accepted days' scores that a new day exceeds too often (more than promised) with a probability of
at most 5%, whatever the distribution, if days are exchangeable.

Source: Wilks, Determination of sample sizes for setting tolerance limits (1941); history-based constraints as in Auto-Validate-by-History
(arXiv 2306.02421).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, comb, log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
DAYS_A_MONTH = 30.4375
_SAME_WEEKDAYS, _FEWEST_WEEKDAYS = 4, 2
CONFIDENCE = 0.95  # that the rate is not above the promise
_TAIL, _NORMAL_TAIL = (
    0.95,
    1.96,
)  # the spread is read at the tail: one statistic with heavy tails would else drown all others
_TAIL_BEGINS, _NORMAL_TAIL_BEGINS = 0.9, 1.64  # of a statistic's days are no tail
_STEEPEST = 10.0  # power by which a tail falls
MOST_DAYS = 400  # that thresholds are learned from: a year, with all its seasons


@dataclass(frozen=True, slots=True, eq=False)
class DailyStatistics:
    """One row a day without gaps, one column a statistic, on a scale where its spread does not depend on its size."""

    first_day: int  # since 1970-01-01
    names: tuple[str, ...]  # "counts.app"
    values: Floats  # [days, statistics]; NaN: not known for that day
    least_spread: Floats  # [days, statistics]: of chance alone

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one day."""

    is_alarm: bool
    p_value: float
    missing_days: int = 0  # more accepted days that the promise needs; above 0: not judged


def needed_days(alarms_per_month: float) -> int:
    """Accepted days that a promise of so few alarms needs.

    >>> needed_days(1.0), needed_days(4.0), needed_days(0.5)
    (90, 22, 181)
    """
    return ceil(log(1 - CONFIDENCE) / log(1 - alarms_per_month / DAYS_A_MONTH))


def allowed_rank(n_days: int, alarms_per_month: float) -> int:
    """Which of ``n_days`` scores, from the largest, is the threshold; 0: too few days for any.

    >>> allowed_rank(89, 1.0), allowed_rank(90, 1.0), allowed_rank(365, 1.0)
    (0, 1, 7)
    """
    share, rank, below = alarms_per_month / DAYS_A_MONTH, 0, 0.0
    while (
        rank < n_days
    ):  # P(at most ``rank`` of the days exceed what the promised share of all days exceeds)
        below += comb(n_days, rank) * share**rank * (1 - share) ** (n_days - rank)
        if below > 1 - CONFIDENCE:
            break
        rank += 1
    return rank


def residuals(statistics: DailyStatistics, usable: Mask) -> Floats:
    """``[days, statistics]``: each value less the median of up to four same weekdays before it that are usable; NaN with fewer than two."""
    values = np.where(usable[:, None], statistics.values, np.nan)
    found = np.full(values.shape, np.nan)
    for day in range(len(values)):
        before: list[Floats] = []
        for weeks in range(1, 2 * _SAME_WEEKDAYS + 1):
            at = day - 7 * weeks
            if at < 0 or len(before) == _SAME_WEEKDAYS:
                break
            if usable[at]:
                before.append(values[at])
        if len(before) >= _FEWEST_WEEKDAYS:
            found[day] = statistics.values[day] - np.median(np.stack(before), axis=0)
    return found


def judge(
    of_residuals: Floats, least_spread: Floats, usable: Mask, day: int, *, alarms_per_month: float
) -> tuple[Verdict, Floats]:
    """The verdict of one day, and its statistics in units of their spread ``[statistics]``.

    Args:
        of_residuals: ``[days, statistics]`` of one promise.
        least_spread: the same, of chance alone.
        usable: ``[days]`` that may be learned from.
    """
    past = np.flatnonzero(usable[:day] & ~np.isnan(of_residuals[:day]).all(axis=1))[-MOST_DAYS:]
    rows = np.append(
        past, day
    )  # the spread is of all, the judged day too: else it would not be one of them
    some = of_residuals[rows]
    spread = np.maximum(
        _quantile(np.abs(some), _TAIL) / _NORMAL_TAIL, _quantile(least_spread[rows], 0.5)
    )
    units = np.nan_to_num(np.abs(some) / np.maximum(spread, 1e-9), nan=0.0)
    scores = _surprise(units).max(axis=1, initial=0.0)
    n_past = len(past)
    n_larger = int((scores[:-1] >= scores[-1]).sum())
    p_value = (n_larger + 1) / (n_past + 1)
    rank = allowed_rank(n_past, alarms_per_month)
    if rank == 0:
        return Verdict(False, p_value, needed_days(alarms_per_month) - n_past), units[-1]
    return Verdict(n_larger < rank and scores[-1] > 0, p_value), units[-1]


def _surprise(units: Floats) -> Floats:
    """``[days, statistics]``: minus the logarithm of how often a day is so far out, by the statistic's own tail.

    Beyond the largest tenth of its days a statistic's tail falls by a power that those days tell (B. Hill, A simple general approach to
    inference about the tail of a distribution, 1975): six spreads are ordinary where days differ much, and never seen elsewhere.
    """
    begins = np.maximum(np.quantile(units, _TAIL_BEGINS, axis=0), _NORMAL_TAIL_BEGINS)
    beyond = np.log(np.maximum(units / begins, 1.0))
    n_beyond = (beyond > 0).sum(axis=0)
    n_tail = np.maximum(n_beyond, (1 - _TAIL_BEGINS) * len(units))
    # of a statistic that chance moves more than its days, the tail that is not there is light
    mean = (beyond.sum(axis=0) + (n_tail - n_beyond) / _STEEPEST) / n_tail
    return np.asarray(beyond / np.maximum(mean, 1 / _STEEPEST), np.float64)


def _quantile(values: Floats, share: float) -> Floats:
    """``[statistics]``, NaN left out; 0 where there is nothing else."""
    known = ~np.isnan(values)
    filled = np.where(known.any(axis=0), values, 0.0)
    return np.asarray(np.nanquantile(filled, share, axis=0), np.float64)
