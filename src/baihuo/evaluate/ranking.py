"""Ranking metrics, by query and as a mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ndcg_by_query(gains: Floats, *, k: int, ideal: Floats | None = None) -> Floats:
    """nDCG@k of each query: 1.0 is a perfect order, 0.0 finds nothing, NaN had nothing to find.

    Args:
        gains: ``[queries, positions]``, gain at each position, top of the page first.
            Pad short pages with 0. Positions past ``k`` still set the ideal order.
        k: How many positions count.
        ideal: ``[queries, judged]``, the gains of all judged products, in any order, padded with 0. None: those in ``gains``.

    Raises:
        ValueError: ``k`` < 1, or a gain is negative or NaN.

    Source: Järvelin and Kekäläinen (2002), with discount ``1 / log2(1 + position)``.
    """
    gains = _checked_gains(gains, k)
    best = np.sort(gains if ideal is None else _checked_gains(ideal, k), axis=1)[:, ::-1]
    reached, possible = _dcg(gains, k), _dcg(best, k)
    ndcg = np.full(len(gains), np.nan)
    np.divide(reached, possible, out=ndcg, where=possible > 0)
    return ndcg


def ndcg_by_group(gains: Floats, scores: Floats, groups: NDArray[Any], *, k: int) -> Floats:
    """nDCG@k of each group of rows ordered by ``scores``, best first; ties count as their average.

    Averaging over ties (McSherry and Najork, 2008) keeps constant scores from inheriting the log's order.

    Args:
        gains: ``[rows]``, not negative.
        scores: ``[rows]``, larger is better.
        groups: ``[rows]``, the query of each row, in any order.
        k: How many positions count.

    Returns:
        ``[distinct groups]`` in sorted order of the group; NaN where a group has no gain.

    Raises:
        ValueError: ``k`` < 1, or a gain or score is NaN, or a gain is negative.
    """
    gains = _checked_gains(np.asarray(gains, dtype=np.float64)[None, :], k)[0]
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    _, group = np.unique(groups, return_inverse=True)
    reached = _dcg_by_group(gains, np.asarray(scores, dtype=np.float64), group, k)
    possible = _dcg_by_group(gains, gains, group, k)
    ndcg = np.full(len(reached), np.nan)
    np.divide(reached, possible, out=ndcg, where=possible > 0)
    return ndcg


def reciprocal_rank_by_group(
    gains: Floats, scores: Floats, groups: NDArray[Any], *, k: int
) -> Floats:
    """Reciprocal rank of the first row with a gain, within each group: 1.0 at the top, 0.0 not among the first ``k``.

    Arguments, returns and errors as in :func:`ndcg_by_group`. Its mean is MRR@k. Ties count as the mean over
    their orders: with ``r`` rows that gain among ``t`` equal scores, the first is at position ``j`` of them with probability
    ``C(t - j, r - 1) / C(t, r)``.
    """
    rows = _ordered(gains, scores, groups, k)
    found = np.where(rows.n_gain > 0, 0.0, np.nan)
    for tie in rows.first_ties:
        n_tied, n_good, before = rows.tie_size[tie], rows.tie_good[tie], rows.tie_before[tie]
        places = np.arange(1, n_tied - n_good + 2)
        chance = np.array([comb(n_tied - j, n_good - 1) for j in places]) / comb(n_tied, n_good)
        rank = before + places
        found[rows.tie_group[tie]] = float((chance / rank)[rank <= k].sum())
    return found


def recall_by_group(gains: Floats, scores: Floats, groups: NDArray[Any], *, k: int) -> Floats:
    """Return the share of rows with a gain among the first ``k`` of their group; NaN without any.

    Arguments and errors as in :func:`ndcg_by_group`; ties count as the mean over their orders.
    """
    rows = _ordered(gains, scores, groups, k)
    room = np.clip(k - rows.tie_before, 0, rows.tie_size) / rows.tie_size
    among = np.bincount(rows.tie_group, rows.tie_good * room, minlength=len(rows.n_gain))
    recall = np.full(len(among), np.nan)
    np.divide(among, rows.n_gain, out=recall, where=rows.n_gain > 0)
    return recall


def recall_by_query(
    hits: NDArray[np.bool_], n_relevant: NDArray[np.int64], *, k: int, is_capped: bool = False
) -> Floats:
    """Return the share of relevant products among the first ``k``; NaN without any.

    Args:
        hits: ``[queries, positions]``, whether the product at each position is relevant.
        n_relevant: ``[queries]``, how many products are relevant, found or not.
        k: How many positions count.
        is_capped: Divide by ``min(n_relevant, k)``, so that 1.0 can be reached when more than
            ``k`` products are relevant.

    Raises:
        ValueError: ``k`` < 1, or a query found more than was relevant.
    """
    if k < 1:
        raise ValueError(f"k is {k}, must be at least 1")
    n_found = np.asarray(hits, dtype=bool)[:, :k].sum(axis=1)
    relevant = np.asarray(n_relevant, dtype=np.int64)
    if (n_found > relevant).any():
        raise ValueError("a query found more than was relevant: the same product twice?")
    possible = np.minimum(relevant, k) if is_capped else relevant
    recall = np.full(len(n_found), np.nan)
    np.divide(n_found, possible, out=recall, where=possible > 0)
    return recall


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """Rows of equal score within a group, best first."""

    tie_group: NDArray[np.intp]
    tie_size: NDArray[np.intp]
    tie_good: NDArray[np.intp]  # rows with a gain among them
    tie_before: NDArray[np.intp]  # rows of the group above them
    first_ties: NDArray[np.intp]  # by group with a gain, the best tie that has one
    n_gain: NDArray[np.intp]  # [groups]


def _ordered(gains: Floats, scores: Floats, groups: NDArray[Any], k: int) -> _Ties:
    gains = _checked_gains(np.asarray(gains, dtype=np.float64)[None, :], k)[0]
    scores = np.asarray(scores, dtype=np.float64)
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    _, group = np.unique(groups, return_inverse=True)
    order = np.lexsort((-scores, group))
    group, scores, is_good = group[order], scores[order], gains[order] > 0
    is_first = np.r_[True, group[1:] != group[:-1]]
    is_new = is_first | np.r_[True, scores[1:] != scores[:-1]]
    tie, starts = np.cumsum(is_new) - 1, np.flatnonzero(is_new)
    good = np.bincount(tie, is_good).astype(np.intp)
    tie_group = group[starts]
    before = starts - np.flatnonzero(is_first)[tie_group]
    has_good = np.flatnonzero(good)
    _, first = np.unique(tie_group[has_good], return_index=True)
    n_gain = np.bincount(group, is_good).astype(np.intp)
    return _Ties(tie_group, np.bincount(tie), good, before, has_good[first], n_gain)


def _dcg(gains: Floats, k: int) -> Floats:
    top = gains[:, :k]
    return np.asarray(top @ (1.0 / np.log2(np.arange(2, top.shape[1] + 2))), dtype=np.float64)


def _dcg_by_group(gains: Floats, scores: Floats, group: NDArray[np.intp], k: int) -> Floats:
    order = np.lexsort((-scores, group))
    ordered_group, ordered_scores = group[order], scores[order]
    is_first = np.r_[True, ordered_group[1:] != ordered_group[:-1]]
    position = np.arange(len(order)) - np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
    discount = np.where(position < k, 1.0 / np.log2(position + 2.0), 0.0)
    is_new = is_first | np.r_[True, ordered_scores[1:] != ordered_scores[:-1]]
    tie = np.cumsum(is_new) - 1
    averaged = (np.bincount(tie, discount) / np.bincount(tie))[tie]
    return np.bincount(ordered_group, gains[order] * averaged).astype(np.float64)


def _checked_gains(gains: Floats, k: int) -> Floats:
    if k < 1:
        raise ValueError(f"k is {k}, must be at least 1")
    gains = np.asarray(gains, dtype=np.float64)
    if gains.ndim != 2:
        raise ValueError(f"gains has {gains.ndim} dimensions, must be [queries, positions]")
    if np.isnan(gains).any() or (gains < 0).any():
        raise ValueError("a gain is negative or NaN")
    return gains
