"""Ranking of similar products without a click model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.scorers.fused import fused
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class SimilarFusion(Scorer):
    """Similarity of texts, co-interactions, same category, and a little taste and popularity."""

    generation: Generation
    with_together: bool = True

    def reads(self) -> set[str]:
        extra = {"from_co_interacted"} if self.with_together else set()
        return {"from_similar_by_embedding", "category", "taste", "popularity"} | extra

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        columns = candidates.columns
        votes = [(columns["from_similar_by_embedding"], 1.0), (columns["taste"], 0.35)]
        if self.with_together:
            votes.append((columns["from_co_interacted"], 0.5))
        category = self.generation.category_code[context.anchor_row]
        is_same = (columns["category"] == category) & (category >= 0)
        popularity = np.where(columns["popularity"] > 0, columns["popularity"], np.nan)
        votes.append((popularity, 0.05))
        return fused(*votes) + 0.25 * is_same
