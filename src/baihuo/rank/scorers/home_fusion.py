"""Ranking of the home page without a click model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.scorers.fused import fused
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class HomeFusion(Scorer):
    """The purchase model for visitors with purchases, taste for those with clicks, popularity for others.

    A visitor with purchases and no clicks gets exactly the order of the purchase model; clicks move
    similar products up.
    """

    taste_weight: float = 1.4
    popularity_weight: float = 0.05

    def reads(self) -> set[str]:
        return {"purchase_order", "taste", "from_popular", "from_bought_before"}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        columns = candidates.columns
        bought = columns["purchase_order"]
        if np.isnan(bought).all():
            bought = columns["from_bought_before"]
        votes = [(bought, 1.0), (columns["taste"], self.taste_weight)]
        if np.isnan(bought).all():
            votes.append((columns["from_popular"], self.popularity_weight * 4))
        else:
            votes.append((columns["from_popular"], self.popularity_weight / 100))
        return fused(*votes)
