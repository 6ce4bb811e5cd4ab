"""Money that kinds of dirt cost, less noisily than by prices alone.

Prices are heavy-tailed: one expensive product dominates the sum by chance. So a kind's loss has two parts: lost products at the mean price,
and the effect of their prices. The second is shrunk by its signal share over all kinds (empirical Bayes): near 0 in a small shop, near 1
with much test data.
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
    """A kind's loss by tested visitor, minor units."""

    at_mean_price: Floats  # [visitors]
    at_own_prices: Floats  # [visitors]

    @property
    def by_price(self) -> Floats:
        """``[visitors]``: the effect of prices."""
        return self.at_own_prices - self.at_mean_price


def price_share(lost: Sequence[MoneyLost], visitors: NDArray[np.int64]) -> float:
    """Return the signal share of the effect of prices: 0 to 1, one number for all kinds.

    Args:
        visitors: ``[visitors]``, visitor of each row, one over all folds.

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
    """Return each kind's loss for each visitor, with 95% intervals over visitors."""
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
    """Return the standard error of the mean, clustered by visitor."""
    _, of = np.unique(visitors, return_inverse=True)
    return float(np.sqrt((np.bincount(of, values - values.mean()) ** 2).sum()) / len(values))
