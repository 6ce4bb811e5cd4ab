"""Repeat purchase: the visitor's past purchases, a strong baseline for returning customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.popularity import Popularity


@dataclass(frozen=True, slots=True)
class RepeatPurchase:
    """Days of repeat purchases, decayed by ``half_life_days``; popular products fill the rest."""

    popularity: Popularity
    half_life_days: float

    @classmethod
    def fit(cls, baskets: Baskets, *, at_us: int, half_life_days: float = 60) -> RepeatPurchase:
        """Fit the popularity only: the visitor's purchases are the input."""
        return cls(Popularity.fit(baskets, at_us=at_us), half_life_days)

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """``[visitors, products]``: the decayed count, plus under 1e-3 for popularity."""
        past = baskets.before(at_us).once_a_day()
        repeat = past.matrix(0.5 ** (past.age_days(at_us) / self.half_life_days)).toarray()
        buyers = self.popularity.buyers
        # A purchase of two years ago is still above unpurchased products.
        popular_share = buyers / (buyers.max(initial=0.0) + 1.0) * 1e-4
        return np.asarray(repeat + (repeat > 0) * 1e-3 + popular_share[None, :], dtype=np.float32)
