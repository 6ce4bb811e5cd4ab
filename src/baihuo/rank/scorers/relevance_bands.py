"""Ranking of a search by learned relevance in bands, and by clicks within a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import OrderColumns, SearchOrder
from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class RelevanceBands(Scorer):
    """Bands of relevance, so that clicks never lift a poor match over a good one, fewer matching words over more, or a category over a
    better matching one. Without a query text clicks alone decide.
    """

    order: SearchOrder
    within: str = "click_order"  # the column that decides within a band
    falls_back_to: str | None = "from_matches"

    def reads(self) -> set[str]:
        return {
            "relevance_odds",
            "match_level",
            "is_word_found",
            "from_matches",
            "category",
            self.within,
        }

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        odds = np.asarray(candidates.columns["relevance_odds"], dtype=np.float64)
        within = np.asarray(candidates.columns[self.within], dtype=np.float64)
        if np.isnan(odds).any():
            return within
        ordered = OrderColumns(
            odds=odds,
            level=candidates.columns["match_level"],
            is_found=candidates.columns["is_word_found"],
            category=candidates.columns["category"],
            text=np.asarray(candidates.columns["from_matches"], dtype=np.float64),
            clicks=within,
        )
        return ordered.scores(self.order.band_width)
