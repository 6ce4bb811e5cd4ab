"""Confidence intervals of weighted means of rare rewards, with rows that come in clusters.

In a log of 10,000 impressions with 40 clicks, a few weighted ones make up most of an off-policy estimate. A mean ± 1.96 standard errors,
and the percentile bootstrap too, then miss the truth in 7 to
19 of 100 logs instead of 5, nearly always from below: a log that happened to have few heavy clicks shows
a low mean and a small variance together. Here:

- the variance is that of the linearised mean, between clusters (visitors);
- it is taken at each candidate value and not at the estimate: a mean of counts varies in proportion to
  itself, which makes the interval longer upwards (the score interval of a Poisson rate);
- the proportion is steadied by three clicks' worth of what the weights of all rows imply;
- Student's quantile replaces the normal one, because that proportion is known from so few clicks.

In 1,000 logs each of seven worlds with known P(click) the 95% intervals hold the truth in 94% to 97% (docs/off_policy.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate.bootstrap import Interval, by_cluster

Floats = NDArray[np.float64]

# Measured: fewer undercover heavy weights, more make intervals of light ones too long.
_PRIOR_CLICKS = 3.0
_MANY_CLICKS = 1e12  # keeps squares finite where rows hardly vary


@dataclass(frozen=True, slots=True)
class WeightPrior:
    """The variance of a mean as implied by all weights; see :func:`weight_prior`."""

    per_unit: float  # variance of the mean for each unit of the mean
    # Relative variance of that proportion as one click shows it; 0: all weigh the same.
    spread: float


def score_interval(
    terms: Floats,
    bases: Floats,
    *,
    prior: WeightPrior,
    clusters: NDArray[Any] | None = None,
    confidence: float = 0.95,
) -> Interval:
    """``sum(terms) / sum(bases)`` with its interval, for terms that are 0 or more on average.

    Args:
        terms: ``[rows]``, such as weight × reward.
        bases: ``[rows]``, such as the weights, or ones.
        prior: Of the same mean.
        clusters: ``[rows]``, rows that depend on each other (a visitor's); None: each row alone.
        confidence: Mass between ``low`` and ``high``.

    Raises:
        ValueError: there is no row, or ``confidence`` is outside 0 to 1.
        Unsupported: all rows are of one cluster.

    Source: Wilson (1927) for the score interval; Taylor linearisation as in Särndal et al. (1992).
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, must be between 0 and 1")
    if not len(terms):
        raise ValueError("no row is left")
    total = float(bases.sum())
    mid = float(terms.sum()) / total
    residuals = by_cluster(terms - mid * bases, clusters)
    n = len(residuals)
    if n < 2:
        raise Unsupported(
            "every row is of one visitor, so nothing says how much visitors differ",
            fix="wait for more visitors",
        )
    variance = float((residuals**2).sum()) / total**2 * n / (n - 1)
    if variance == 0 and mid > 0:  # every cluster earned exactly the mean
        return Interval(mid, mid, mid)
    positive = max(mid, 0.0)
    n_clicks = min(positive**2 / variance, _MANY_CLICKS) if positive else 0.0
    per_unit = (positive + _PRIOR_CLICKS * prior.per_unit) / (n_clicks + _PRIOR_CLICKS)
    t = student_quantile((1 + confidence) / 2, _degrees(n_clicks, n, prior.spread))
    # Where (value - mid)² = t² × per_unit × value
    half = t * np.sqrt(per_unit * (positive + t**2 * per_unit / 4))
    centre = positive + t**2 * per_unit / 2
    return Interval(mid, min(mid, max(float(centre - half), 0.0)), float(centre + half))


def weight_prior(weights: Floats, rewards: Floats, total: float) -> WeightPrior:
    """The prior of a mean of ``weights * rewards`` over ``total``.

    Clicks are few and rows are many: of the clicks only two means are used, plain and weighted. They give the growth of reward with weight
    (a line that does not fall); squares are over all rows.

    Source: for a reward that does not depend on the weight it is Kish's (1965) 1 / effective sample size.
    """
    largest = float(weights.max())
    if largest == 0:
        return WeightPrior(0.0, 0.0)
    weights = weights / largest  # so that no square of a small one is 0
    mean, weighted = float(rewards.mean()), float((weights * rewards).mean())
    spread, middle = float(weights.var()), float(weights.mean())
    slope = max((weighted - mean * middle) / spread, 0.0) if spread > 0 else 0.0
    line = max(mean - slope * middle, 0.0) + slope * weights
    expected = float((weights * line).sum())
    earned = float(rewards.sum())
    if not (expected > 0 and earned > 0):  # nothing was earned
        line, expected = np.ones_like(weights), float(weights.sum())
    typical = float((rewards**2).sum()) / earned if earned else 1.0
    heavy = float((weights**2 * line).sum()) / expected  # a click's weight, by weight
    varying = float(((weights**2 - heavy * weights) ** 2 * line).sum()) * float(line.sum())
    spread = varying / (heavy * expected) ** 2
    return WeightPrior(largest * heavy / total * typical, spread)


def _degrees(n_clicks: float, n_clusters: int, spread: float) -> float:
    """Return the degrees of freedom of a variance estimated from clicks and weights.

    Source: Welch and Satterthwaite (1946). Where all clicks weigh about the same, few say as much as many.
    """
    known = n_clicks + _PRIOR_CLICKS
    degrees = max(known**2 / max(n_clicks, 1e-9), 2 * known / max(spread, 1e-9))
    return min(degrees, n_clusters - 1)


def student_quantile(p: float, degrees: float) -> float:
    """Student's t at probability ``p``; within 0.5% for 3 degrees or more at 95%.

    Source: Abramowitz and Stegun (1964), 26.7.5.
    """
    z, d = NormalDist().inv_cdf(p), degrees
    return (
        z
        + (z**3 + z) / (4 * d)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * d**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * d**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * d**4)
    )


def difference_interval(ours: Interval, theirs: Interval, *, correlation: float) -> Interval:
    """``ours - theirs`` with its interval, longer on the side on which either of them is.

    Args:
        ours, theirs: Means with intervals of the same confidence.
        correlation: Of the two estimates, because both come from the same rows.

    Source: Zou and Donner (2008), method of variance estimates recovery.
    """

    def both(a: float, b: float) -> float:
        return float(np.sqrt(max(a**2 + b**2 - 2 * correlation * a * b, 0.0)))

    mid = ours.mid - theirs.mid
    return Interval(
        mid,
        mid - both(ours.mid - ours.low, theirs.high - theirs.mid),
        mid + both(ours.high - ours.mid, theirs.mid - theirs.low),
    )
