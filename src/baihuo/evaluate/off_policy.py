"""Off-policy evaluation: estimate another policy's reward from the log of one that explored.

Each estimator needs, for every logged row, the probability with which the product was placed there
(``propensities``) and the probability with which the policy in question would place it
(``target``). A log without randomisation is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate.bootstrap import Interval, by_cluster
from baihuo.evaluate.score_interval import difference_interval, score_interval, weight_prior

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A policy's mean reward for each row, and how much of the log supports it."""

    value: Interval
    n_rows: int
    n_effective: float  # Kish: the number of unweighted rows that would be as informative
    mean_weight: float  # 1 in expectation; lower if the log never tries part of the policy
    gain: Interval | None = None  # value minus the log's, on the same rows; None: it is the log
    bound: float | None = None  # larger weights were cut to it; None: not clipped
    bias: float = 0.0  # clipped minus IPS estimate: 0 or less; ``value.high`` allows for it


def on_policy(rewards: NDArray[Any], *, clusters: NDArray[Any] | None = None) -> Estimate:
    """Return the logging policy's own reward, which needs no randomisation.

    Arguments as in :func:`inverse_propensity`.

    Raises:
        ValueError: there is no row, or a reward is negative or NaN.
    """
    reward = _rewards(rewards)
    n = len(reward)
    value = _mean_of(reward, np.ones_like(reward), clusters)
    return Estimate(value, n_rows=n, n_effective=float(n), mean_weight=1.0)


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
        Unsupported: the log cannot answer; see :func:`baihuo.evaluate.off_policy.importance_weights`.
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
    """Mean of ``reward * min(weight, bound)``: steadier than IPS, but biased low. So the lower end of the interval is the clipped
    estimate's, and the upper end that of IPS.

    Args:
        bound: The largest weight; None: the one that minimises the estimated squared bias plus variance,
            as of :func:`best_bound`.

    Other arguments and errors as in :func:`inverse_propensity`.

    Raises:
        ValueError: ``bound`` is not above 0.

    Source: Ionides (2008); Bottou et al. (2013) for the interval.
    """
    if bound is not None and not bound > 0:
        raise ValueError(f"bound is {bound}, must be above 0")
    reward, weights = _logged(rewards, propensities, target, clusters)
    most = best_bound(weights, reward) if bound is None else bound
    kept = np.minimum(weights, most)
    value, gain = _intervals(kept * reward, None, kept, reward, clusters)
    whole, whole_gain = _intervals(weights * reward, None, weights, reward, clusters)
    return Estimate(
        value=_reaching(value, whole),
        n_rows=len(reward),
        n_effective=effective_rows(kept),
        mean_weight=float(weights.mean()),
        gain=_reaching(gain, whole_gain),
        bound=most,
        bias=value.mid - whole.mid,
    )


def doubly_robust(
    rewards: NDArray[Any],
    propensities: NDArray[Any],
    target: NDArray[Any],
    predicted: NDArray[Any],
    predicted_target: NDArray[Any],
    *,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Return a reward model's estimate corrected by its weighted errors: unbiased if either model or propensities are right.

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


def _mean_of(reward: Floats, weights: Floats, clusters: NDArray[Any] | None) -> Interval:
    """Mean of ``weights * reward`` with its interval."""
    prior = weight_prior(weights, reward, float(len(reward)))
    ones = np.ones_like(reward)
    return score_interval(weights * reward, ones, prior=prior, clusters=clusters)


def _estimate(
    terms: Floats,
    bases: Floats | None,
    weights: Floats,
    reward: Floats,
    clusters: NDArray[Any] | None,
) -> Estimate:
    value, gain = _intervals(terms, bases, weights, reward, clusters)
    return Estimate(
        value=value,
        n_rows=len(terms),
        n_effective=effective_rows(weights),
        mean_weight=float(weights.mean()),
        gain=gain,
    )


def _intervals(
    terms: Floats,
    bases: Floats | None,
    weights: Floats,
    reward: Floats,
    clusters: NDArray[Any] | None,
) -> tuple[Interval, Interval]:
    """The ratio of ``terms`` to ``bases`` (None: a mean), and its gain over the log."""
    bases = np.ones_like(terms) if bases is None else bases
    n, total = len(terms), float(bases.sum())
    prior = weight_prior(weights, reward, total)
    value = score_interval(terms, bases, prior=prior, clusters=clusters)
    earned = float(reward.mean())
    influences = (terms - value.mid * bases) * (n / total) - (reward - earned)
    gain = _gain(value.mid - earned, influences, weights * (n / total), reward, clusters)
    return value, gain


def _gain(
    mid: float,
    influences: Floats,
    weights: Floats,
    reward: Floats,
    clusters: NDArray[Any] | None,
) -> Interval:
    """The interval of a gain: as long to each side as that of ``(weight - 1) * reward``, scaled to ``influences``.

    What rows of a weight over 1 add and what the others take away are means of rare rewards of different
    rows, each with an interval of its own.
    """
    more, less = np.maximum(weights - 1, 0.0), np.maximum(1 - weights, 0.0)
    added, taken = _mean_of(reward, more, clusters), _mean_of(reward, less, clusters)
    of_added = by_cluster(more * reward - added.mid, clusters)
    of_taken = by_cluster(less * reward - taken.mid, clusters)
    plain = difference_interval(added, taken, correlation=_correlation(of_added, of_taken))
    ours, theirs = by_cluster(influences, clusters), of_added - of_taken
    size = float((theirs**2).sum())
    scale = float(np.sqrt((ours**2).sum() / size)) if size else 1.0
    return Interval(
        mid, mid - scale * (plain.mid - plain.low), mid + scale * (plain.high - plain.mid)
    )


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of residuals; 0 if either is constant."""
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size else 0.0


def _reaching(value: Interval, other: Interval) -> Interval:
    """Raise the upper end of ``value`` to at least that of ``other``."""
    return Interval(value.mid, value.low, max(value.high, other.high))


def best_bound(weights: Floats, reward: Floats) -> float:
    """Return the bound with the least estimated squared bias plus variance, between the median weight and the largest. The largest, which
    cuts nothing, without rewards.

    The cut part's reward is that of the log, smoothed by two clicks at the mean reward, because the heaviest weights have few clicks.
    """
    n, positive = len(weights), weights > 0
    w, r = weights[positive], reward[positive]
    rate = float((w * r).sum() / w.sum()) if len(w) else 0.0
    candidates = np.geomspace(np.median(w), w.max(), 26) if len(w) else np.ones(1)
    if rate == 0:
        return float(candidates[-1])
    errors = []
    for bound in candidates:
        kept = np.minimum(w, bound)
        cut = w - kept
        lost = _smoothed_loss(cut, r, rate) / n if cut.any() else 0.0
        errors.append(lost**2 + rate * float((kept**2).sum()) / n**2)
    return float(candidates[int(np.argmin(errors))])


def _smoothed_loss(cut: Floats, reward: Floats, rate: float) -> float:
    """Return the sum of ``cut * reward``, shrunk to its value at the mean ``rate`` by two clicks of a typical cut weight."""
    total = float(cut.sum())
    prior = 2 * float((cut**2).sum()) / total
    return (float((cut * reward).sum()) + prior) / (total + prior / rate) * total


# Check whether a log can evaluate a policy, by its weights.


MIN_EFFECTIVE = 100
"""Minimum effective rows; with fewer, intervals are too narrow."""
MIN_CLUSTERS = 10
"""Minimum visitors; fewer do not show how much visitors differ."""
_LEAST_COVERED = 0.9  # of the policy, over the whole log
_MOST_WEIGHT = 1.1  # on average; true propensities give 1
_LEAST_COVERED_PART = 0.5  # the same in one part of the log, such as one surface
_LEAST_SHARE = 0.05  # of the rows: smaller parts hardly change the estimate


def importance_weights(
    propensities: NDArray[Any], target: NDArray[Any], *, clusters: NDArray[Any] | None = None
) -> Floats:
    """``target / propensities``: how much more often the evaluated policy would do the same.

    Args:
        propensities: ``[rows]``, P(placed here | logging policy), over 0; NaN is "none logged".
        target: ``[rows]``, P(placed here | policy in question).
        clusters: ``[rows]``, rows that depend on each other; None: each row alone.

    Returns:
        ``[rows]``; their mean is 1 in expectation if the log covers the policy.

    Raises:
        Unsupported: the log has no propensities, is not randomised, never tried a part of the policy, or its propensities cannot be true.
        ValueError: shapes differ, there is no row, or a target probability is outside 0 to 1.
    """
    logged, wanted = np.asarray(propensities, np.float64), np.asarray(target, np.float64)
    if logged.shape != wanted.shape or logged.ndim != 1 or not len(logged):
        raise ValueError(f"{logged.shape} propensities, {wanted.shape} target")
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
            "every propensity is 1: the log is not randomised and cannot evaluate another policy",
            fix="set serve.exploration.slot_probability in shop.yaml above 0 and wait for clicks",
        )
    weights = wanted / logged
    low, mid, high = _covered(weights, clusters)
    if high < _LEAST_COVERED:
        raise Unsupported(
            f"the log covers about {mid:.0%} of what the policy does",
            fix="estimate a policy that places only what the logging policy may place",
        )
    if low > _MOST_WEIGHT:
        raise Unsupported(
            f"the weights average {mid:.2f}, and with true propensities they average 1",
            fix="log the probability with which the product came to this position, after every rule that "
            "may move it",
        )
    return weights


def check_support(
    weights: Floats,
    *,
    clusters: NDArray[Any] | None = None,
    contexts: Mapping[str, NDArray[Any]] | None = None,
) -> None:
    """Refuse an estimate from a handful of rows, or one that ignores a part of the log.

    Args:
        weights: ``[rows]``, of :func:`importance_weights`.
        clusters: ``[rows]``, rows that depend on each other.
        contexts: Columns known before a product is placed (such as ``surface``). The policy must be covered for every value, not only
            overall.

    Raises:
        Unsupported: there are fewer clusters than :data:`MIN_CLUSTERS`, the effective sample size is under
            :data:`MIN_EFFECTIVE`, or the log covers less than half of the policy for a value of at least 5% of the
            rows.
    """
    n_clusters = len(weights) if clusters is None else len(np.unique(clusters))
    if n_clusters < MIN_CLUSTERS:
        raise Unsupported(
            f"the log is of {n_clusters} visitors, and at least {MIN_CLUSTERS} are needed",
            fix="wait for more visitors",
        )
    if (n_effective := effective_rows(weights)) < MIN_EFFECTIVE:
        raise Unsupported(
            f"the log is worth {n_effective:.0f} rows for this policy, and at least {MIN_EFFECTIVE} are needed",
            fix="wait for more pages, or raise serve.exploration.slot_probability in shop.yaml",
        )
    for name, values in (contexts or {}).items():
        known, code, counts = np.unique(values, return_inverse=True, return_counts=True)
        for n in np.flatnonzero(counts >= _LEAST_SHARE * len(weights)):
            is_here = code.reshape(-1) == n
            # Rows alone, because a part may have few visitors; and the range of weights is that of the whole
            # log: rare exploration may be missing from a part by chance.
            _, mid, high = _covered(weights[is_here], None, weights)
            if high < _LEAST_COVERED_PART:
                raise Unsupported(
                    f"where {name} is {known[n]} ({counts[n] / len(weights):.0%} of the log), the log covers "
                    f"about {mid:.0%} of what the policy does",
                    fix="explore more there, leave it out (as with --surface), or test the policy on a part of the "
                    "traffic",
                )


def effective_rows(weights: Floats) -> float:
    """Number of unweighted rows that would be as informative; 0 if every weight is 0.

    Source: Kish (1965).
    """
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def _covered(
    weights: Floats, clusters: NDArray[Any] | None, whole: Floats | None = None
) -> tuple[float, float, float]:
    """Return the mean weight with its 99% interval: low, mid, high; ``whole``: all weights of the log."""
    ones, possible = np.ones_like(weights), weights if whole is None else whole
    found = score_interval(
        weights,
        ones,
        prior=weight_prior(possible, np.ones_like(possible), float(len(weights))),
        clusters=clusters,
        confidence=0.99,
    )
    return found.low, found.mid, found.high
