"""Check whether a log can evaluate a policy, by its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate.score_interval import score_interval, weight_prior

Floats = NDArray[np.float64]

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
