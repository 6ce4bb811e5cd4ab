"""Products bought with one product more often than with any other."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.bundle import Purchases
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found
from baihuo.rank.sources.item_neighbours import item_neighbours
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class BoughtWith(Source):
    """Complements of the anchor, or of the last products viewed, by lift, so that best-sellers are not everything's complement."""

    purchases: Purchases | None  # None: a bundle trained without purchases
    generation: Generation
    k: int = 100

    def find(self, context: RequestContext) -> Found:
        if self.purchases is None:
            return NOTHING
        near = self.purchases.bought_with
        if near is None:  # an older bundle
            near = self.purchases.model.candidate_features.co_purchase
        return item_neighbours(context, near, self.purchases, self.generation, k=self.k)
