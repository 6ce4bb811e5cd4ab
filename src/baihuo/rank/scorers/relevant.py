"""Ranking of a search without a click model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Scorer

_MOST_SPREAD = 4.0  # of relevance without the kind: see baihuo.index.relevance


@dataclass(frozen=True)
class Relevant(Scorer):
    """Hybrid relevance, and a little of the visitor's taste.

    ``taste_weight`` is the most that taste can add, as a share of the range of relevance among the
    candidates: enough for near ties, too little to promote poor matches.
    """

    taste_weight: float = 0.1

    def reads(self) -> set[str]:
        return {"from_matches", "taste"}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        relevance = np.asarray(candidates.columns["from_matches"], dtype=np.float64)
        taste = candidates.columns["taste"]
        if np.isnan(taste).all():  # unknown visitor
            return relevance
        taste = np.nan_to_num(taste)
        # Evidence for the kind counts as much as all other: taste must not outweigh the typed words.
        spread = min(float(np.ptp(relevance)), _MOST_SPREAD) if len(relevance) else 0.0
        return relevance + self.taste_weight * spread * np.clip(taste, 0.0, 1.0)
