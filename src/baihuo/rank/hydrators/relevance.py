"""Learned relevance of each candidate of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import SearchOrder, word_match
from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.model_inputs import evidence_columns, knows_all_words
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class Relevance(Hydrator):
    """``relevance_odds``: calibrated log-odds of P(relevant | evidence of words), NaN without a query text;
    ``match_level``: how many typed words a product of the kind lacks, -1 for other kinds; ``is_word_found``: whether it has any of them, if
    some products have all."""

    order: SearchOrder
    generation: Generation

    def reads(self) -> set[str]:
        return {"price_minor"}

    def writes(self) -> set[str]:
        return {"relevance_odds", "match_level", "is_word_found"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        text = context.query.query_text
        if not text.strip():
            n = len(candidates)
            return {
                "relevance_odds": np.full(n, np.nan),
                "match_level": np.full(n, -1),
                "is_word_found": np.ones(n, np.bool_),
            }
        evidence = evidence_columns(self.generation, text, candidates.rows)
        odds = self.order.odds(evidence)
        level, is_found = word_match(
            evidence,
            candidates.columns["price_minor"] >= 0,
            is_known=knows_all_words(self.generation, text),
        )
        return {"relevance_odds": odds, "match_level": level, "is_word_found": is_found}
