"""Off-policy evaluation: what another policy would have earned, from the log of one that explored.

Each estimator wants, for every logged row, the probability with which the product was placed there
(``propensities``) and the probability with which the policy in question would place it
(``target``). A log in which nothing was left to chance cannot answer, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate.bootstrap import Interval, bootstrap_mean, by_cluster, interval, resampled_sums

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A policy's mean reward a row, and how much of the log really spoke about it."""

    value: Interval
    n_rows: int
    n_effective: float  # Kish: the number of unweighted rows that would be as informative
    mean_weight: float  # 1 in expectation; below it, the log never tries part of the policy


def on_policy(
    rewards: NDArray[Any], *, seed: int, clusters: NDArray[Any] | None = None
) -> Estimate:
    """What the logging policy itself earned: every row as it happened, so no chance is needed.

    Arguments as in :func:`inverse_propensity`.

    Raises:
        ValueError: there is no row.
    """
    value = bootstrap_mean(rewards, seed=seed, clusters=clusters)
    return Estimate(
        value=value, n_rows=len(rewards), n_effective=float(len(rewards)), mean_weight=1.0
    )


def inverse_propensity(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    *,
    seed: int,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Unbiased: mean of ``reward * target / propensity``.

    Args:
        rewards: ``[rows]``, what was earned.
        propensities: ``[rows]``, P(placed here | logging policy), over 0; NaN is "none logged".
        target: ``[rows]``, P(placed here | policy in question).
        seed: Of the bootstrap interval.
        clusters: ``[rows]``, drawn together (visitor or page); None: each row alone.

    Raises:
        Unsupported: the log has no propensities, chose without chance, or never tried a part of
            what the policy does.

    Source: Horvitz and Thompson (1952).
    """
    rewards, weights = _weights(rewards, propensities, target, seed)
    drawn = _drawn([rewards * weights, np.ones_like(weights)], clusters, seed)
    return _estimate(float((rewards * weights).mean()), drawn[:, 0] / drawn[:, 1], weights)


def self_normalised(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    *,
    seed: int,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Weights divided by their own sum: slightly biased, steadier, never outside the rewards.

    Arguments and errors as in :func:`inverse_propensity`.

    Source: Swaminathan and Joachims (2015).
    """
    rewards, weights = _weights(rewards, propensities, target, seed)
    drawn = _drawn([rewards * weights, weights], clusters, seed)
    mid = float((rewards * weights).sum() / weights.sum())
    return _estimate(mid, drawn[:, 0] / np.maximum(drawn[:, 1], 1e-300), weights)


def doubly_robust(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    predicted: NDArray[Any],
    predicted_target: NDArray[Any],
    *,
    seed: int,
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
    rewards, weights = _weights(rewards, propensities, target, seed)
    terms = np.asarray(predicted_target, dtype=np.float64) + weights * (
        rewards - np.asarray(predicted, dtype=np.float64)
    )
    drawn = _drawn([terms, np.ones_like(weights)], clusters, seed)
    return _estimate(float(terms.mean()), drawn[:, 0] / drawn[:, 1], weights)


def _weights(
    rewards: NDArray[Any], propensities: NDArray[Any], target: NDArray[Any], seed: int
) -> tuple[Floats, Floats]:
    reward = np.asarray(rewards, dtype=np.float64)
    logged, wanted = np.asarray(propensities, np.float64), np.asarray(target, np.float64)
    if not (reward.shape == logged.shape == wanted.shape) or reward.ndim != 1 or not len(reward):
        raise ValueError(
            f"{reward.shape} rewards, {logged.shape} propensities, {wanted.shape} target"
        )
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise ValueError("a target probability is outside [0, 1] or NaN")
    n_bad = int((~((logged > 0) & (logged <= 1))).sum())
    if n_bad:
        raise Unsupported(
            f"{n_bad} of {len(logged)} rows have no usable propensity",
            fix="estimate from pages served with exploration, and leave pinned products out",
        )
    if bool((logged == 1).all()):
        raise Unsupported(
            "every propensity is 1: the log chose without chance and cannot evaluate another policy",
            fix="set serve.exploration.slot_probability in shop.yaml above 0 and wait for clicks",
        )
    weights = wanted / logged
    drawn = resampled_sums(weights[:, None], seed=seed, n_resamples=500)[:, 0] / len(weights)
    reach = interval(float(weights.mean()), drawn, 0.99)
    if reach.high < 0.9:
        raise Unsupported(
            f"the log covers about {reach.mid:.0%} of what the policy does",
            fix="estimate a policy that places only what the logging policy may place",
        )
    return reward, weights


def _drawn(columns: list[Floats], clusters: NDArray[Any] | None, seed: int) -> Floats:
    stacked = np.stack([by_cluster(c, clusters) for c in columns], axis=1)
    return resampled_sums(stacked, seed=seed, n_resamples=2000)


def _estimate(mid: float, resampled: Floats, weights: Floats) -> Estimate:
    squares = float((weights**2).sum())
    return Estimate(
        value=interval(mid, resampled, 0.95),
        n_rows=len(weights),
        n_effective=float(weights.sum()) ** 2 / squares if squares else 0.0,
        mean_weight=float(weights.mean()),
    )
