"""Products that others bought or clicked together with one product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.bundle import Purchases
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class CoInteracted(Source):
    """Products of the same baskets and visits as the product of the page, or as the last ones viewed."""

    purchases: Purchases
    generation: Generation
    k: int = 100
    n_viewed: int = 8

    def find(self, context: RequestContext) -> Found:
        anchors = [context.anchor_row] if context.anchor_row >= 0 else context.viewed.rows.tolist()
        kinds = [self.purchases.model.candidate_features.co_purchase, self.purchases.co_clicked]
        numbers, scores = [], []
        for index, anchor in enumerate(anchors[: self.n_viewed]):
            number = self.purchases.number_of.get(str(self.generation.product_ids[anchor]), -1)
            for kind in kinds:
                if number < 0 or kind is None:
                    continue
                near, weights = kind.nearest(number)
                if len(near):
                    numbers.append(near[: self.k])
                    scores.append(weights[: self.k] / weights[0] / (1 + index))
        if not numbers:
            return NOTHING
        ids = self.purchases.product_ids[np.concatenate(numbers)].tolist()
        row_of = self.generation.row_of
        rows = np.array([row_of.get(p, -1) for p in ids], dtype=np.int32)
        return found(rows, np.concatenate(scores), k=self.k)
