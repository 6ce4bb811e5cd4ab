"""Products that others clicked in one visit with one product."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.bundle import Purchases
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found
from baihuo.rank.sources.item_neighbours import item_neighbours
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class CoInteracted(Source):
    """Products of the same visits as the product of the page, or as the last ones viewed, by lift."""

    purchases: Purchases
    generation: Generation
    k: int = 100

    def find(self, context: RequestContext) -> Found:
        near = self.purchases.co_clicked
        if near is None:
            return NOTHING
        return item_neighbours(context, near, self.purchases, self.generation, k=self.k)
