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

    What visitors turn to next is often something else, so it has a vote only on products of the same category at a
    similar price. The click models learn from pages on which everything was similar, so they cannot know what is not:
    they decide which of several equally good substitutes takes a place, and never which place has a good one. Equally
    good: of the same category, as many attributes of the product of the page, as near to its price.
    """

    generation: Generation
    with_together: bool = True
    with_clicks: bool = False
    with_next_items: bool = False
    next_item_weight: float = 0.8
    most_price_ratio: float = 2.0  # of a substitute: at most twice the price, or half of it
    price_steps: int = 2  # of equally near prices, up to most_price_ratio
    falls_back_to: str | None = None

    def reads(self) -> set[str]:
        extra = {"from_co_interacted"} if self.with_together else set()
        extra |= {"click_order", "n_shared", "price_minor"} if self.with_clicks else set()
        extra |= {"next_item", "price_minor"} if self.with_next_items else set()
        return {"from_similar_by_embedding", "category", "taste", "popularity"} | extra

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        columns = candidates.columns
        votes = [(columns["from_similar_by_embedding"], 1.0), (columns["taste"], 0.35)]
        if self.with_together:
            votes.append((columns["from_co_interacted"], 0.5))
        category = self.generation.category_code[context.anchor_row]
        is_same = (columns["category"] == category) & (category >= 0)
        price_step = np.zeros(len(candidates), np.int64)
        if self.with_clicks or self.with_next_items:
            price_step = self._price_step(context, candidates)
        is_substitute = is_same & (price_step <= self.price_steps)
        if self.with_next_items:
            next_item = np.where(is_substitute, columns["next_item"], np.nan)
            votes.append((next_item, self.next_item_weight))
        popularity = np.where(columns["popularity"] > 0, columns["popularity"], np.nan)
        votes.append((popularity, 0.05))
        scores = fused(*votes) + 0.25 * is_same
        if not self.with_clicks:
            return scores
        equally_good = columns["n_shared"] * (self.price_steps + 1) + price_step
        classes = np.where(is_substitute, equally_good, -1)
        return within_classes(scores, classes, np.asarray(columns["click_order"], np.float64))

    def _price_step(self, context: RequestContext, candidates: Candidates) -> NDArray[np.int64]:
        """``[n]``: 0 the nearest, ``price_steps`` without a price to compare, more: too far to be a substitute."""
        anchor = float(self.generation.price_minor[context.anchor_row])
        prices = np.asarray(candidates.columns["price_minor"], np.float64)
        low, high = np.minimum(prices, anchor), np.maximum(prices, anchor)
        # Free products count as a hundredth: they are near to each other, and far from all others.
        ratio = np.log(np.maximum(high, 0.01) / np.maximum(low, 0.01)) / np.log(
            self.most_price_ratio
        )
        step = np.maximum(np.ceil(ratio * self.price_steps - 1e-9), 1).astype(np.int64) - 1
        step = np.where(step >= self.price_steps, self.price_steps + 1, step)
        return np.where(low < 0, self.price_steps, step)
