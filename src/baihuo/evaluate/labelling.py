"""Choose the pair to judge next: the one whose judgement is expected to change the metric most (active learning).

Each pair (query, product) has a belief: the probability of each grade. The metric is
``M = nDCG@k(ours) - nDCG@k(theirs)`` of the pair's query (or nDCG@k of ours alone), over expected
gains ``2 ** grade - 1``. One more judgement ``y`` of the pair by a rater with known error rates turns the
belief into ``belief | y`` and the metric into ``M | y``. Asking is worth

    value = Σ_y P(y) · (M | y  -  Σ_y' P(y') · M | y')²

the expected reduction of the metric's variance (law of total variance), where M is
taken at the expected gains. Pairs at equal positions in both orders, certain pairs, and raters who guess are worth 0.

Source: Cohn, Ghahramani and Jordan (1996) for asking where expected variance falls most; Carterette,
Allan and Sitaraman (2006) for judging where two orders differ. The ideal order is moved, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.rater_agreement import MISSING, dawid_skene, grade_posterior, prior_rater

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_BAND_STRENGTH = 10.0  # pairs that the overall prior weighs against those of a band or query
_QUERY_STRENGTH = 5.0


def judgement_value(
    beliefs: Floats,
    confusion: Floats,
    queries: NDArray[Any],
    ours: Rows,
    theirs: Rows | None = None,
    *,
    k: int = 10,
) -> Floats:
    """``[pairs]``, the expected reduction of the metric's variance by one more judgement. Values of different queries are comparable: the
    metric's mean weighs queries alike.

    Args:
        beliefs: ``[pairs, grades]``, each row sums to 1.
        confusion: ``[true grades, given grades]``, of the rater.
        queries: ``[pairs]``, the query of each.
        ours: ``[pairs]``, 1-based position in our order; 0: absent.
        theirs: ``[pairs]``, in the order that ours is compared with; None: ours alone.
        k: How many positions count.
    """
    n_grades = beliefs.shape[1]
    gains = 2.0 ** np.arange(n_grades) - 1
    p_said = beliefs @ confusion  # [pairs, given]
    joint = beliefs[:, :, None] * confusion[None]  # [pairs, true, given]
    after = np.einsum("pts,t->ps", joint, gains) / np.maximum(p_said, 1e-300)
    now = beliefs @ gains
    weights = _discounts(ours, k) - (0.0 if theirs is None else _discounts(theirs, k))
    _, query = np.unique(queries, return_inverse=True)
    values = np.zeros(len(beliefs))
    for rows in _by_query(query):
        metric = _after_each(now[rows], after[rows], weights[rows], k)
        p = p_said[rows]
        mean = (p * metric).sum(axis=1, keepdims=True)
        values[rows] = (p * (metric - mean) ** 2).sum(axis=1)
    return values


def metric_by_query(
    beliefs: Floats, queries: NDArray[Any], ours: Rows, theirs: Rows | None = None, *, k: int = 10
) -> Floats:
    """``[distinct queries]`` in sorted order, the metric over expected gains; NaN without any gain. Arguments as in
    :func:`judgement_value`; grades that are known are beliefs
    of 1.
    """
    now = beliefs @ (2.0 ** np.arange(beliefs.shape[1]) - 1)
    weights = _discounts(ours, k) - (0.0 if theirs is None else _discounts(theirs, k))
    _, query = np.unique(queries, return_inverse=True)
    metrics = []
    for rows in _by_query(query):
        ideal = _ideal(now[rows][None], k)[0]
        metrics.append(float(now[rows] @ weights[rows]) / ideal if ideal > 0 else np.nan)
    return np.array(metrics)


def grade_beliefs(
    ratings: NDArray[Any], queries: NDArray[Any], positions: Rows, *, n_grades: int
) -> tuple[Floats, Floats]:
    """Return the probability of each grade of every pair, judged or not, and each rater's confusion matrix.

    Raters' matrices come from :func:`baihuo.evaluate.rater_agreement.dawid_skene` over judged pairs. An unjudged pair is predicted from
    judged pairs at similar positions and of its query, both shrunk to the grades of all.

    Args:
        ratings: ``[pairs, raters]``, -1 where not judged.
        queries: ``[pairs]``.
        positions: ``[pairs]``, the better of its 1-based positions; 0: in no order.
        n_grades: How many grades there are.

    Returns:
        ``[pairs, grades]`` beliefs and ``[raters, true grades, given grades]`` confusion.
    """
    ratings = np.asarray(ratings, dtype=np.int64)
    confusion = np.broadcast_to(
        prior_rater(n_grades), (ratings.shape[1], n_grades, n_grades)
    ).copy()
    is_judged = (
        (ratings != MISSING).any(axis=1) if ratings.shape[1] else np.zeros(len(ratings), bool)
    )
    if not is_judged.any():
        return np.full((len(ratings), n_grades), 1.0 / n_grades), confusion
    consensus = dawid_skene(ratings[is_judged], n_grades=n_grades, strength=50.0)
    seen = np.zeros((len(ratings), n_grades))
    seen[is_judged] = consensus.probabilities
    overall = (seen.sum(axis=0) + 1.0) / (is_judged.sum() + n_grades)
    bands = np.where(positions > 0, np.log2(np.maximum(positions, 1)).astype(np.int64), 99)
    prior = np.log(overall)[None].repeat(len(ratings), axis=0)
    for groups, strength in ((bands, _BAND_STRENGTH), (queries, _QUERY_STRENGTH)):
        prior += np.log(_shrunk(seen, is_judged, groups, overall, strength) / overall)
    prior = np.exp(prior - prior.max(axis=1, keepdims=True))
    prior /= prior.sum(axis=1, keepdims=True)
    return grade_posterior(ratings, prior, consensus.confusion), consensus.confusion


def _shrunk(
    seen: Floats,
    is_judged: NDArray[np.bool_],
    groups: NDArray[Any],
    overall: Floats,
    strength: float,
) -> Floats:
    """``[pairs, grades]``, the grades of each pair's group without the pair, shrunk to all."""
    _, group = np.unique(groups, return_inverse=True)
    sums = np.stack([np.bincount(group, seen[:, g]) for g in range(seen.shape[1])], axis=1)
    n = np.bincount(group, is_judged.astype(np.float64))
    others, n_others = sums[group] - seen, n[group] - is_judged
    drawn: Floats = (others + strength * overall) / (n_others + strength)[:, None]
    return drawn


def _after_each(now: Floats, after: Floats, weights: Floats, k: int) -> Floats:
    """Return ``[pairs, given]``, the query's metric after each possible judgement."""
    n, n_said = after.shape
    moved = np.broadcast_to(now, (n, n_said, n)).copy()
    moved[np.arange(n), :, np.arange(n)] = after
    ideal = _ideal(moved.reshape(n * n_said, n), k).reshape(n, n_said)
    reached = (now @ weights) + (after - now[:, None]) * weights[:, None]
    return np.divide(reached, ideal, out=np.zeros_like(reached), where=ideal > 0)


def _ideal(gains: Floats, k: int) -> Floats:
    top = gains if gains.shape[1] <= k else -np.partition(-gains, k - 1, axis=1)[:, :k]
    best = -np.sort(-top, axis=1)
    ideal: Floats = best @ (1.0 / np.log2(np.arange(2, best.shape[1] + 2)))
    return ideal


def _discounts(positions: Rows, k: int) -> Floats:
    is_counted = (positions >= 1) & (positions <= k)
    return np.where(is_counted, 1.0 / np.log2(np.maximum(positions, 1) + 1.0), 0.0)


def _by_query(query: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    order = np.argsort(query, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(query[order])) + 1)
