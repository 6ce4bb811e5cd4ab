"""Off-policy evaluation: what another policy would have earned, from the log of one that explored.

Each estimator wants, for every logged row, the probability with which the product was placed there
(``propensities``) and the probability with which the policy in question would place it
(``target``). A log in which nothing was left to chance cannot answer, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.bootstrap import Interval, by_cluster
from baihuo.evaluate.score_interval import (
    difference_interval,
    score_interval,
    single_row_variance,
)
from baihuo.evaluate.support import effective_rows, importance_weights

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A policy's mean reward a row, and how much of the log really spoke about it."""

    value: Interval
    n_rows: int
    n_effective: float  # Kish: the number of unweighted rows that would be as informative
    mean_weight: float  # 1 in expectation; below it, the log never tries part of the policy
    gain: Interval | None = None  # value less what the log earned, on the same rows
    bound: float | None = None  # weights above it were cut to it; None: none was
    bias: float = 0.0  # what cutting lost, estimated: 0 or less; ``value.high`` allows for it


def on_policy(rewards: NDArray[Any], *, clusters: NDArray[Any] | None = None) -> Estimate:
    """What the logging policy itself earned: every row as it happened, so no chance is needed.

    Arguments as in :func:`inverse_propensity`.

    Raises:
        ValueError: there is no row, or a reward is negative or NaN.
    """
    reward = _rewards(rewards)
    n = len(reward)
    value = _served(reward, clusters)
    return Estimate(value=value, n_rows=n, n_effective=float(n), mean_weight=1.0)


def inverse_propensity(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    *,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Unbiased: mean of ``reward * target / propensity``.

    Args:
        rewards: ``[rows]``, what was earned: 0 or more.
        propensities: ``[rows]``, P(placed here | logging policy), over 0; NaN is "none logged".
        target: ``[rows]``, P(placed here | policy in question).
        clusters: ``[rows]``, rows that depend on each other (a visitor's or a page's); None: each row
            alone.

    Raises:
        Unsupported: the log cannot answer; see :func:`baihuo.evaluate.support.importance_weights`.
        ValueError: shapes differ, there is no row, or a reward is negative or NaN.

    Source: Horvitz and Thompson (1952).
    """
    reward, weights = _logged(rewards, propensities, target, clusters)
    return _estimate(weights * reward, None, weights, reward, clusters)


def self_normalised(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    *,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Weights divided by their own sum: slightly biased, steadier, never outside the rewards.

    Arguments and errors as in :func:`inverse_propensity`.

    Source: Swaminathan and Joachims (2015).
    """
    reward, weights = _logged(rewards, propensities, target, clusters)
    return _estimate(weights * reward, weights, weights, reward, clusters)


def clipped(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    *,
    bound: float | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Mean of ``reward * min(weight, bound)``: steadier than IPS, and low by what was cut.

    The loss is estimated as the share of the weight that was cut times the policy's mean reward
    (``bias``), and the upper end of the interval is raised by it. So the interval holds as long as
    what was cut earns no more than that mean.

    Args:
        bound: The largest weight; None: the one that minimises the estimated squared bias plus variance,
            of the largest weight and the quantiles of the weights. It sees no click, only their rate.

    Other arguments and errors as in :func:`inverse_propensity`.

    Raises:
        ValueError: ``bound`` is not above 0.

    Source: Ionides (2008); Bottou et al. (2013) for the interval.
    """
    if bound is not None and not bound > 0:
        raise ValueError(f"bound is {bound}, must be above 0")
    reward, weights = _logged(rewards, propensities, target, clusters)
    rate = float((weights * reward).sum() / weights.sum())
    most = _best_bound(weights, rate) if bound is None else bound
    kept = np.minimum(weights, most)
    lost = rate * (1.0 - float(kept.sum() / weights.sum()))
    found = _estimate(kept * reward, None, kept, reward, clusters, lost=lost)
    return replace(found, mean_weight=float(weights.mean()), bound=most, bias=-lost)


def doubly_robust(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    predicted: NDArray[Any],
    predicted_target: NDArray[Any],
    *,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """A reward model, corrected by what it got wrong: right if either half is right.

    Args:
        predicted: ``[rows]``, the model's reward of the product that was placed.
        predicted_target: ``[rows]``, the model's reward of the policy in question there: the sum
            over products of P(product | policy) times the model's reward of it.

    Other arguments and errors as in :func:`inverse_propensity`. The model must not have been fitted
    on these rows.

    Source: Dudík, Langford and Li (2011).
    """
    reward, weights = _logged(rewards, propensities, target, clusters)
    correction = weights * (reward - np.asarray(predicted, dtype=np.float64))
    terms = np.asarray(predicted_target, dtype=np.float64) + correction
    return _estimate(terms, None, weights, reward, clusters)


def _rewards(rewards: NDArray[Any]) -> Floats:
    reward = np.asarray(rewards, dtype=np.float64)
    if reward.ndim != 1 or not len(reward) or not (reward >= 0).all():
        raise ValueError("rewards must be one row or more, each 0 or more")
    return reward


def _logged(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    clusters: NDArray[Any] | None,
) -> tuple[Floats, Floats]:
    """Rewards and weights, ``[rows]`` each."""
    reward = _rewards(rewards)
    if reward.shape != np.shape(propensities):
        raise ValueError(f"{reward.shape} rewards, {np.shape(propensities)} propensities")
    return reward, importance_weights(propensities, target, clusters=clusters)


def _served(reward: Floats, clusters: NDArray[Any] | None) -> Interval:
    ones = np.ones_like(reward)
    single_row = single_row_variance(ones, reward, float(len(reward)))
    return score_interval(reward, ones, single_row=single_row, clusters=clusters)


def _estimate(
    terms: Floats,
    bases: Floats | None,
    weights: Floats,
    reward: Floats,
    clusters: NDArray[Any] | None,
    *,
    lost: float = 0.0,
) -> Estimate:
    """The ratio of ``terms`` to ``bases`` (None: a mean), ``lost`` more at its upper end; the gain over the log."""
    bases = np.ones_like(terms) if bases is None else bases
    total = float(bases.sum())
    single_row = single_row_variance(weights, reward, total)
    value = score_interval(terms, bases, single_row=single_row, clusters=clusters)
    value = Interval(value.mid, value.low, value.high + lost)
    served = _served(reward, clusters)
    correlation = _correlation(
        by_cluster(terms - value.mid * bases, clusters), by_cluster(reward - served.mid, clusters)
    )
    return Estimate(
        value=value,
        n_rows=len(terms),
        n_effective=effective_rows(weights),
        mean_weight=float(weights.mean()),
        gain=difference_interval(value, served, correlation=correlation),
    )


def _correlation(one: Floats, other: Floats) -> float:
    """Of residuals; 0 where either does not vary."""
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size else 0.0


def _best_bound(weights: Floats, rate: float) -> float:
    """The bound with the least squared bias plus variance, if what is cut earns the mean reward."""
    n, total = len(weights), float(weights.sum())
    candidates = np.unique(np.quantile(weights[weights > 0], np.linspace(0.5, 1.0, 101)))
    errors = []
    for bound in candidates:
        kept = np.minimum(weights, bound)
        lost = rate * (1.0 - float(kept.sum()) / total)
        errors.append(lost**2 + rate * float((kept**2).sum()) / n**2)
    # Without a reward every bound is as good, and the largest cuts nothing.
    return float(candidates[-1] if rate == 0 else candidates[int(np.argmin(errors))])
