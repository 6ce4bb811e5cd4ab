"""Ranking metrics, by query and as a mean."""

from __future__ import annotations

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
        ideal: ``[queries, judged]``, the gains of everything that could have been found, in any
            order, padded with 0. None: what is in ``gains`` is all there was.

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

    Averaging over ties (McSherry and Najork, 2008) keeps a model that scores everything alike from
    inheriting the order in which the log happened to show things.

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


def recall_by_query(
    hits: NDArray[np.bool_], n_relevant: NDArray[np.int64], *, k: int, is_capped: bool = False
) -> Floats:
    """Share of what is relevant that is among the first ``k``; NaN where nothing is relevant.

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
