"""What goes with everything the visitor bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.bundle.purchases import Purchases
from baihuo.index import Generation
from baihuo.models.candidate_features import SOURCES
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class BoughtTogether(Source):
    """The best of EASE, shared baskets and titles alike, over the visitor's own purchases."""

    purchases: Purchases
    generation: Generation
    k: int = 100  # of each kind of evidence

    def find(self, asked: RequestContext) -> Found:
        look = asked.look
        if look is None:
            return NOTHING
        ids, row_of = self.purchases.product_ids, self.generation.row_of
        numbers, scores = [], []
        for source in SOURCES:
            mine = look.scores[source][0]
            k = min(self.k, len(mine))
            top = np.argpartition(-mine, k - 1)[:k]
            numbers.append(top)
            scores.append(mine[top] / (mine.max(initial=0.0) + 1e-9))
        number = np.concatenate(numbers)
        rows = np.array([row_of.get(p, -1) for p in ids[number].tolist()], dtype=np.int32)
        return found(rows, np.concatenate(scores), k=len(SOURCES) * self.k)
