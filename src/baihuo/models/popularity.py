"""Popularity: products most visitors bought recently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import DAY_US, Baskets


@dataclass(frozen=True, slots=True)
class Popularity:
    """The same order for everybody: distinct buyers in the last days, all-time buyers break ties."""

    buyers: NDArray[np.float64]  # [products]

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, window_days: float = 28) -> Popularity:
        """From the lines before ``at_us``."""
        past = baskets.before(at_us)
        ever = past.n_buyers()
        recent = past.take(past.at_us >= at_us - int(window_days * DAY_US)).n_buyers()
        return cls(recent + ever / (ever.max(initial=0.0) + 1.0))

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """``[visitors, products]``: buyers of each product, alike for every visitor."""
        return np.tile(self.buyers.astype(np.float32), (baskets.n_visitors, 1))
