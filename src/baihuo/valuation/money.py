"""Money that kinds of dirt cost, less noisily than by prices alone.

Prices are heavy-tailed: whether one expensive product was found decides the sum, in both models and by chance. So the loss of a kind is
taken in two parts, the products that were no longer found at the mean price (of which every visitor says something), and what their own
prices add. The second is multiplied by the share of it, over all kinds, that is no chance (empirical Bayes): near 0 in a small
shop, near 1 where there is much to test on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import Interval, bootstrap_mean

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MoneyLost:
    """What a kind takes from each tested visitor, minor units."""

    at_mean_price: Floats  # [visitors]
    at_own_prices: Floats  # [visitors]

    @property
    def by_price(self) -> Floats:
        """``[visitors]``: what own prices add."""
        return self.at_own_prices - self.at_mean_price


def price_share(lost: Sequence[MoneyLost], visitors: NDArray[np.int64]) -> float:
    """How much of what own prices add is no chance: 0 to 1, one number for all kinds.

    Args:
        visitors: ``[visitors]``, who each row is of: a visitor of several folds is one.

    >>> same = MoneyLost(np.zeros(4), np.array([1.0, 1.0, 1.0, 1.0]))
    >>> price_share([same], np.arange(4)), price_share([], np.arange(4))
    (1.0, 0.0)
    """
    squares = [float(one.by_price.mean()) ** 2 for one in lost if one.by_price.any()]
    errors = [_error(one.by_price, visitors) ** 2 for one in lost if one.by_price.any()]
    total = sum(squares)
    return max(0.0, 1.0 - sum(errors) / total) if total else 0.0


def money_costs(
    lost: Sequence[MoneyLost], visitors: NDArray[np.int64], *, seed: int
) -> list[Interval]:
    """The loss of each kind a visitor, with 95% intervals over visitors."""
    share = price_share(lost, visitors)
    return [
        bootstrap_mean(
            one.at_mean_price + share * one.by_price,
            seed=seed,
            clusters=visitors,
            n_resamples=500,
        )
        for one in lost
    ]


def _error(values: Floats, visitors: NDArray[np.int64]) -> float:
    """The standard error of the mean, visitors drawn whole."""
    _, of = np.unique(visitors, return_inverse=True)
    return float(np.sqrt((np.bincount(of, values - values.mean()) ** 2).sum()) / len(values))
