"""Pre-ranking: the cheap cut before the dear model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Candidates
from baihuo.rank.asked import Asked
from baihuo.rank.stages import Chosen, Selector


@dataclass(frozen=True)
class MostRelevant(Selector):
    """The first ``k`` of the answer set. The rest keeps its order behind them on later pages."""

    k: int = 200

    def reads(self) -> set[str]:
        return {"from_matches"}

    def choose(self, asked: Asked, candidates: Candidates) -> Chosen:
        order = np.argsort(-candidates.columns["from_matches"], kind="stable")
        return Chosen(order[: self.k])
