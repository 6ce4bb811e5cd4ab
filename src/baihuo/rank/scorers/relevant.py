"""The order of a search before any click was learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class Relevant(Scorer):
    """Hybrid relevance, and a little of the visitor's taste.

    ``of_taste`` is the most that taste can add, as a share of the spread of relevance among the
    candidates: enough to turn near ties, too little to lift what does not answer the words.
    """

    of_taste: float = 0.1

    def reads(self) -> set[str]:
        return {"from_matches", "taste"}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        relevance = np.asarray(candidates.columns["from_matches"], dtype=np.float64)
        taste = np.nan_to_num(candidates.columns["taste"])
        spread = float(np.ptp(relevance)) if len(relevance) else 0.0
        return relevance + self.of_taste * spread * np.clip(taste, 0.0, 1.0)
