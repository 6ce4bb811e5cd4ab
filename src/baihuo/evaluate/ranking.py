"""Ranking metrics, by query and as a mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.bootstrap import Interval, bootstrap_mean

# Measure lists of products beyond hits: MRR, coverage, Gini, novelty, diversity, with intervals over visitors.


_N_DRAWS = 100


def list_measures(
    top: NDArray[np.integer[Any]],
    is_hit: NDArray[np.bool_],
    is_wanted: NDArray[np.bool_],
    *,
    n_knew: NDArray[np.int64],
    n_visitors: int,
    kinds: NDArray[np.integer[Any]] | None = None,
    clusters: NDArray[Any] | None = None,
    seed: int,
) -> dict[str, Interval]:
    """Return MRR of visitors with a wanted product, coverage and Gini of all lists, mean novelty and diversity of a list.

    Args:
        top: ``[visitors, places]``, best first.
        is_hit: ``[visitors, places]``, whether the visitor wanted it.
        is_wanted: ``[visitors]``, whether there was a product to find.
        n_knew: ``[products]``, visitors who bought each before, of ``n_visitors``.
        kinds: ``[products]``, the number of the category; None: no diversity.
        clusters: ``[visitors]``, lists drawn together; None: each alone.
    """
    n, k = top.shape
    places = np.tile(np.arange(k, 0, -1.0), n)
    found = reciprocal_rank_by_group(
        is_hit.astype(np.float64).ravel(), places, np.repeat(np.arange(n), k), k=k
    )
    by_list = {
        "mrr": np.where(is_wanted, np.nan_to_num(found), np.nan),
        "novelty": novelty_by_list(top, n_knew, n_visitors),
    }
    if kinds is not None:
        by_list["diversity"] = diversity_by_list(top, kinds)
    measured = {
        name: bootstrap_mean(values, seed=seed, clusters=clusters, n_resamples=500)
        for name, values in by_list.items()
        if not np.isnan(values).all()
    }
    n_products = len(n_knew)
    for name, measure in (("coverage", coverage), ("gini", gini)):
        measured[name] = _bootstrap_interval(top, n_products, measure, seed)
    return measured


def _bootstrap_interval(
    top: NDArray[np.integer[Any]],
    n_products: int,
    measure: Callable[[NDArray[np.int64]], float],
    seed: int,
) -> Interval:
    """Return the value of all lists ± 1.96 standard deviations over drawn visitors: a draw repeats lists, so its own mean would be too
    low."""
    rng, n = np.random.default_rng(seed), len(top)
    value = measure(np.bincount(top.ravel(), minlength=n_products))
    drawn = [
        measure(np.bincount(top[rng.integers(0, n, n)].ravel(), minlength=n_products))
        for _ in range(_N_DRAWS)
    ]
    wide = 1.96 * float(np.std(drawn))
    return Interval(value, max(0.0, value - wide), min(1.0, value + wide))


# How lists cover a catalogue: coverage, Gini, novelty, diversity.


def coverage(exposures: NDArray[Any]) -> float:
    """Share of the catalogue that was shown at all: 1.0 is every product.

    Args:
        exposures: ``[products]``, how often each was shown, of the whole catalogue.

    Raises:
        ValueError: there is no product, or a count is negative or NaN.
    """
    return float((_counts(exposures) > 0).mean())


def gini(exposures: NDArray[Any]) -> float:
    """Inequality of what was shown: 0.0 shows every product as often, towards 1.0 one product has it all.

    Arguments and errors as in :func:`coverage`; NaN where nothing was shown.

    Source: Gini (1912); Fleder and Hosanagar (2009) for recommendations.
    """
    counts = np.sort(_counts(exposures))
    if not counts.sum():
        return float("nan")
    n = len(counts)
    return float((2 * np.arange(1, n + 1) - n - 1) @ counts / (n * counts.sum()))


def novelty_by_list(
    lists: NDArray[np.integer[Any]], n_knew: NDArray[Any], n_visitors: int
) -> Floats:
    """Mean surprise of each list in bits: a product that one visitor in 1,024 knew counts 10.

    Args:
        lists: ``[lists, places]``, product numbers; -1 is an empty place.
        n_knew: ``[products]``, visitors who bought or saw each before.
        n_visitors: All visitors. An unknown product counts as known by half a visitor.

    Returns:
        ``[lists]``; NaN of an empty list.

    Source: Zhou et al. (2010), self-information; Vargas and Castells (2011).
    """
    share = np.maximum(np.asarray(n_knew, dtype=np.float64), 0.5) / n_visitors
    surprise = -np.log2(np.minimum(share, 1.0))
    return _mean_of_lists(np.where(lists >= 0, surprise[np.maximum(lists, 0)], np.nan))


def diversity_by_list(lists: NDArray[np.integer[Any]], kinds: NDArray[np.integer[Any]]) -> Floats:
    """Share of the pairs of each list that are of different kinds: 1.0 repeats no kind, 0.0 has one.

    Args:
        lists: ``[lists, places]``, product numbers; -1 is an empty place.
        kinds: ``[products]``, such as the number of the category.

    Returns:
        ``[lists]``; NaN of a list with fewer than two products.

    Source: intra-list distance of Ziegler et al. (2005), with distance 1 between kinds.
    """
    placed = np.where(lists >= 0, kinds[np.maximum(lists, 0)].astype(np.float64), np.nan)
    n = (~np.isnan(placed)).sum(axis=1)
    same = np.zeros(len(placed))
    for first in range(placed.shape[1]):
        same += (placed[:, first + 1 :] == placed[:, first, None]).sum(axis=1)
    pairs = n * (n - 1) / 2.0
    varied = np.full(len(placed), np.nan)
    np.divide(pairs - same, pairs, out=varied, where=pairs > 0)
    return varied


def _mean_of_lists(values: Floats) -> Floats:
    n = (~np.isnan(values)).sum(axis=1)
    mean = np.full(len(values), np.nan)
    np.divide(np.nansum(values, axis=1), n, out=mean, where=n > 0)
    return mean


def _counts(exposures: NDArray[Any]) -> Floats:
    counts = np.asarray(exposures, dtype=np.float64)
    if not len(counts) or not (counts >= 0).all():
        raise ValueError("exposures of no product, or a count that is negative or NaN")
    return counts


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
