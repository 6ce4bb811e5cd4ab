"""Incrementality: what a campaign adds, from a held-out share of visitors for whom its ads are ghosts.

A visitor who is held out for a campaign takes part in its auctions like any other. Where its ad would have won, the auction
logs a *ghost* and is run again without it, so the visitor sees what would have been shown if the campaign did not exist. Those
who saw the ad are compared with those who met a ghost: both are the visitors whom the campaign reaches, and only a
draw tells them apart. Visitors who never came near the ad add no noise.

Source: Johnson, Lewis and Nubbemeyer (2017), "Ghost ads: improving the economics of measuring online ad effectiveness",
Journal of Marketing Research 54(6).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import blake2b
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.ads.attribution import PURCHASES
from baihuo.ads.campaign import DAY_US
from baihuo.ads.columns import codes, columns_of
from baihuo.core import BadInput, Unsupported
from baihuo.evaluate import (
    Interval,
    clustered_mean,
    difference_interval,
    score_interval,
    weight_prior,
)

Floats = NDArray[np.float64]

EXPOSURES = pa.schema(
    [
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("at_us", pa.int64(), nullable=False),
        pa.field("is_ghost", pa.bool_(), nullable=False),  # the ad won and was not shown
        pa.field("spend_minor", pa.float64()),  # charged for it, later clicks included
    ]
)

ALL_CAMPAIGNS = ""
"""In place of a campaign: a visitor is held out of the ads of all of them."""
MIN_VISITORS = 30
"""Minimum visitors on each side, and minimum visitors who bought on both together."""
_UNLIKELY = (
    1e-4  # a log whose share of ghosts is as far off by chance in one of ten thousand is wrong
)


def is_held_out(visitor_id: str, campaign_id: str, *, share: float, salt: str = "") -> bool:
    """Whether the ads of this campaign are ghosts for this visitor: always the same answer, independent between campaigns.

    Args:
        share: Of visitors, 0 to 1. A larger share holds out those of a smaller one and more.
        salt: Of the experiment; another one draws anew.
    """
    if share <= 0:
        return False
    text = f"{salt}\0{campaign_id}\0{visitor_id}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") < share * 2**64


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reached:
    """Visitors whom one campaign reached, or would have: a value each. Outcomes count from the first (ghost) exposure."""

    is_shown: NDArray[np.bool_]
    purchases: Floats
    sales_minor: Floats
    spend_minor: Floats  # 0 of those held out
    sales_before_minor: Floats  # of the same products, before the first exposure


def reached_visitors(
    exposures: pa.Table,
    purchases: pa.Table,
    *,
    window_days: int = 30,
    before_days: int = 30,
) -> Reached:
    """Join the exposures of one campaign to the purchases that it is about.

    Args:
        exposures: Columns of :data:`EXPOSURES`, of shown ads and of ghosts.
        purchases: Columns of :data:`baihuo.ads.attribution.PURCHASES`, of the products in question (the campaign's, its brand's,
            or all), whoever bought.
        window_days: Counted from a visitor's first exposure.
        before_days: Before it, for the adjustment.

    Raises:
        BadInput: a column or value is missing, or a visitor has both shown ads and ghosts.
    """
    met = columns_of(exposures, "exposures", EXPOSURES)
    bought = columns_of(purchases, "purchases", PURCHASES)
    visitor, buyer = codes(met["visitor_id"], bought["visitor_id"])
    n = int(visitor.max()) + 1 if len(visitor) else 0
    ghosts = np.bincount(visitor, met["is_ghost"].astype(bool), minlength=n)
    seen = np.bincount(visitor, minlength=n)
    if ((ghosts > 0) & (ghosts < seen)).any():
        mixed = int(np.flatnonzero((ghosts > 0) & (ghosts < seen))[0])
        raise BadInput(
            f"visitor {met['visitor_id'][visitor == mixed][0]!r} met the ad and its ghost",
            fix="give the log since the salt or share of the holdout last changed",
        )
    first_us = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(first_us, visitor, met["at_us"])
    is_reached = buyer < n  # visitors are numbered first
    who, value = buyer[is_reached], bought["value_minor"][is_reached].astype(np.float64)
    age_us = bought["at_us"][is_reached] - first_us[who]
    is_after = (age_us >= 0) & (age_us < window_days * DAY_US)
    is_before = (age_us < 0) & (age_us >= -before_days * DAY_US)
    spend = np.nan_to_num(met.get("spend_minor", np.zeros(len(visitor))))

    def summed(code: NDArray[np.int64], values: NDArray[Any]) -> Floats:
        return np.bincount(code, values, minlength=n).astype(np.float64)

    return Reached(
        is_shown=ghosts == 0,
        purchases=summed(who, is_after),
        sales_minor=summed(who, value * is_after),
        spend_minor=summed(visitor, spend),
        sales_before_minor=summed(who, value * is_before),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the ad changed in one outcome, with 95% intervals."""

    shown: float  # mean of a visitor who saw the ad
    ghost: float  # of one who would have
    per_visitor: Interval
    total: Interval  # over all who saw it
    lift: Interval  # relative to ``ghost``; ±infinity where that may be 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incrementality:
    """What a campaign added. ``incremental_return``: added sales for each unit of spend (iROAS); NaN without spend."""

    n_shown: int
    n_ghost: int
    purchases: Effect
    sales_minor: Effect
    incremental_return: Interval
    spend_minor: float
    is_adjusted: bool

    def to_json(self) -> dict[str, Any]:
        """As written into reports."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEffect:
    """What ads did to a shop: visitors who saw any beside those who would have, each from the first one on."""

    n_shown: int
    n_ghost: int
    organic_clicks: Effect  # on products that nobody paid for
    returned: Effect  # share of visitors who came back a day or more later
    sales_minor: Effect

    def to_json(self) -> dict[str, Any]:
        """As written into reports."""
        return asdict(self)


def effect_on_shop(visitors: pa.Table, *, share: float) -> ShopEffect:
    """Compare visitors who saw ads with those who were held out, with 95% intervals.

    Args:
        visitors: A row for each reached visitor: ``is_ghost``, ``organic_clicks``, ``returned`` (0 or 1), ``sales_minor``.
        share: Held out, to check that the log has about as many.

    Raises:
        Unsupported: too few visitors, or far more or fewer held out than ``share``.
    """
    shown = ~visitors["is_ghost"].to_numpy(zero_copy_only=False)
    _refuse_sides(shown, share)
    outcomes = {
        name: _effect(visitors[name].to_numpy(), shown, None)[0]
        for name in ("organic_clicks", "returned", "sales_minor")
    }
    return ShopEffect(n_shown=int(shown.sum()), n_ghost=int((~shown).sum()), **outcomes)


def incrementality(
    reached: Reached, *, share: float | None = None, is_adjusted: bool = True
) -> Incrementality:
    """Estimate what the campaign added to purchases and sales, with 95% intervals over visitors.

    Intention to treat among those whom the campaign reached: the difference of means between visitors who saw the ad and those who
    met its ghost. The interval is that of one look: stop at a date decided before.

    Args:
        share: Held out, to check that the log has about as many ghosts; None: not checked.
        is_adjusted: Whether each outcome is adjusted for sales before the first exposure, which narrows the interval
            and, because only a draw divides the visitors, biases nothing.

    Raises:
        Unsupported: too few visitors or purchases, or far more or fewer ghosts than ``share``.

    Source: Deng et al. (2013) for the adjustment (CUPED), with a slope for each side as in Lin (2013); the interval of rare purchases is
    that of evaluate/score_interval.py for each side, joined as in Zou and Donner (2008).
    """
    _refuse(reached, share)
    before = reached.sales_before_minor
    covariate = before - before.mean() if is_adjusted and before.any() else None
    shown = reached.is_shown
    n_shown = int(shown.sum())
    purchases, _, _ = _effect(reached.purchases, shown, covariate)
    sales, error, residual = _effect(reached.sales_minor, shown, covariate)
    spend = reached.spend_minor[shown]
    cost = clustered_mean(spend)
    covariance = float(residual @ (spend - cost.mid)) / n_shown / (n_shown - 1)
    both = error * cost.error
    return Incrementality(
        n_shown=n_shown,
        n_ghost=len(shown) - n_shown,
        purchases=purchases,
        sales_minor=sales,
        incremental_return=ratio_interval(
            sales.per_visitor,
            cost.interval(0.95),
            correlation=covariance / both if both else 0.0,
        ),
        spend_minor=float(spend.sum()),
        is_adjusted=covariate is not None,
    )


def _refuse(reached: Reached, share: float | None) -> None:
    n_buyers = int((reached.purchases > 0).sum())
    _refuse_sides(reached.is_shown, share)
    _refuse_few(n_buyers, "bought")


def _refuse_few(count: int, what: str) -> None:
    if count < MIN_VISITORS:
        raise Unsupported(
            f"{count} visitors {what}, and at least {MIN_VISITORS} are needed",
            fix="wait, or set a larger ads.holdout_share in shop.yaml",
        )


def _refuse_sides(is_shown: NDArray[np.bool_], share: float | None) -> None:
    n, n_shown = len(is_shown), int(is_shown.sum())
    n_ghost = n - n_shown
    _refuse_few(n_shown, "saw the ad")
    _refuse_few(n_ghost, "met its ghost")
    if share is not None and 0 < share < 1:
        off = abs(n_ghost - share * n) / np.sqrt(n * share * (1 - share))
        if 2 * NormalDist().cdf(-off) < _UNLIKELY:
            raise Unsupported(
                f"{n_ghost} of {n} visitors met a ghost, and {share:.1%} were to be held out: the two sides differ in "
                "more than the ad",
                fix="look for exposures or ghosts that are not logged, and for programs among the visitors",
            )


def _effect(
    outcome: Floats, shown: NDArray[np.bool_], covariate: Floats | None
) -> tuple[Effect, float, Floats]:
    """The effect, its standard error, and what the covariate leaves of the outcome of those who saw the ad."""
    means, plain, adjusted, slopes, residuals, alone = [], 0.0, 0.0, [], [], []
    for side in (shown, ~shown):
        y, n = outcome[side], int(side.sum())
        ones = np.ones(n)
        alone.append(score_interval(y, ones, prior=weight_prior(ones, y, float(n))))
        plain += float(y.var()) / (n - 1)
        slope = 0.0
        if covariate is not None and (x := covariate[side]).any():
            x_off = x - x.mean()
            slope = float(x_off @ (y - y.mean())) / max(float(x_off @ x_off), 1e-300)
            y = y - slope * x
        adjusted += float(y.var()) / (n - 1 - (slope != 0))
        means.append(float(y.mean()))
        slopes.append(slope)
        residuals.append(y - y.mean())
    if covariate is not None:  # its mean is that of these visitors, not of all
        adjusted += (slopes[0] - slopes[1]) ** 2 * float(covariate.var()) / len(covariate)
    # As long to each side as without the adjustment, scaled to the smaller error: means of rare purchases vary upwards.
    scale = (adjusted / plain) ** 0.5 if plain else 1.0
    of_side = [_around(mid, side, scale) for mid, side in zip(means, alone, strict=True)]
    per_visitor = difference_interval(*of_side, correlation=0.0)
    n_shown = int(shown.sum())
    ratio = ratio_interval(*of_side)
    effect = Effect(
        shown=means[0],
        ghost=means[1],
        per_visitor=per_visitor,
        total=Interval(*(end * n_shown for end in _ends(per_visitor))),
        lift=Interval(*(end - 1 for end in _ends(ratio))),
    )
    return effect, adjusted**0.5, residuals[0]


def _ends(interval: Interval) -> tuple[float, float, float]:
    return interval.mid, interval.low, interval.high


def _around(mid: float, of: Interval, scale: float) -> Interval:
    return Interval(mid, mid - scale * (of.mid - of.low), mid + scale * (of.high - of.mid))


def ratio_interval(part: Interval, whole: Interval, *, correlation: float = 0.0) -> Interval:
    """``part / whole`` of two estimates with its interval; ±infinity where ``whole`` may be 0; NaN where it is.

    Args:
        part, whole: With intervals of the same confidence. ``whole`` is positive.
        correlation: Of the two estimates.

    Source: Fieller (1954), Some problems in interval estimation; with ends of their own lengths as Donner and Zou (2012),
    Closed-form confidence intervals for functions of the normal mean and standard deviation.
    """
    if whole.mid == 0:
        return Interval(float("nan"), -np.inf, np.inf)
    ends = []
    for sign, of_part, of_whole in (
        (-1.0, part.mid - part.low, whole.high - whole.mid),
        (1.0, part.high - part.mid, whole.mid - whole.low),
    ):
        a = whole.mid**2 - of_whole**2
        b = part.mid * whole.mid - correlation * of_part * of_whole
        root = b**2 - a * (part.mid**2 - of_part**2)
        if a <= 0 or root < 0:
            return Interval(part.mid / whole.mid, -np.inf, np.inf)
        ends.append((b + sign * float(np.sqrt(root))) / a)
    return Interval(part.mid / whole.mid, *ends)
