"""Ranking of similar products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.scorers.fused import fused
from baihuo.rank.scorers.within_classes import within_classes
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class SimilarFusion(Scorer):
    """Similarity of texts, co-interactions, same category, a little taste and popularity, and the next item among
    substitutes; clicks among products that are equally good substitutes.

    The next item is often of another kind, so it counts only for products of the same category at a similar price. Click models learn only
    from pages of similar products, so they may only reorder equally good substitutes: those sharing as many attributes with the anchor.
    """

    generation: Generation
    with_together: bool = True
    with_clicks: bool = False
    with_next_items: bool = False
    clicks_weight: float = 2.0  # weight of their order among equals; the order without them has 1
    next_item_weight: float = 0.8
    most_price_ratio: float = 2.0  # of a substitute: at most twice the price, or half of it
    falls_back_to: str | None = None

    def reads(self) -> set[str]:
        extra = {"from_bought_with", "from_co_interacted"} if self.with_together else set()
        extra |= {"click_order", "n_shared", "price_minor"} if self.with_clicks else set()
        extra |= {"next_item", "price_minor"} if self.with_next_items else set()
        return {"from_similar_by_embedding", "category", "taste", "popularity"} | extra

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        columns = candidates.columns
        votes = [(columns["from_similar_by_embedding"], 1.0), (columns["taste"], 0.35)]
        if self.with_together:
            together = np.fmax(columns["from_bought_with"], columns["from_co_interacted"])
            votes.append((together, 0.5))
        category = self.generation.snapshot.category_code[context.anchor_row]
        is_same = (columns["category"] == category) & (category >= 0)
        is_substitute = is_same
        if self.with_clicks or self.with_next_items:
            is_substitute = is_same & self._is_near_in_price(context, candidates)
        if self.with_next_items:
            next_item = np.where(is_substitute, columns["next_item"], np.nan)
            votes.append((next_item, self.next_item_weight))
        popularity = np.where(columns["popularity"] > 0, columns["popularity"], np.nan)
        votes.append((popularity, 0.05))
        scores = fused(*votes) + 0.25 * is_same
        if not self.with_clicks:
            return scores
        clicks = np.where(is_substitute, columns["click_order"], np.nan)
        by = fused((scores, 1.0), (clicks, self.clicks_weight))
        return within_classes(scores, np.where(is_substitute, columns["n_shared"], -1), by)

    def _is_near_in_price(
        self, context: RequestContext, candidates: Candidates
    ) -> NDArray[np.bool_]:
        """Return which prices are similar; missing ones are."""
        anchor = self.generation.snapshot.price_minor[context.anchor_row]
        prices = candidates.columns["price_minor"]
        low, high = np.minimum(prices, anchor), np.maximum(prices, anchor)
        return np.asarray((low < 0) | (high <= self.most_price_ratio * low))
