"""The order of the home page where no click model orders it."""

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
    """The ranker of purchases for who bought, taste for who only looked, the board for the rest.

    A visitor with purchases and no clicks gets exactly the ranker's order; every click since then
    pulls towards it.
    """

    of_taste: float = 0.7
    of_board: float = 0.05

    def reads(self) -> set[str]:
        return {"purchase_order", "taste", "from_popular", "from_bought_before"}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        columns = candidates.columns
        bought = columns["purchase_order"]
        if np.isnan(bought).all():
            bought = columns["from_bought_before"]
        votes = [(bought, 1.0), (columns["taste"], self.of_taste)]
        if np.isnan(bought).all():
            votes.append((columns["from_popular"], self.of_board * 4))
        else:
            votes.append((columns["from_popular"], self.of_board / 100))
        return fused(*votes)
