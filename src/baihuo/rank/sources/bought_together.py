"""Products often bought with those the visitor bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.bundle import Purchases
from baihuo.index import Generation
from baihuo.models import CANDIDATE_SOURCES
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class BoughtTogether(Source):
    """The best of EASE, co-purchases and similar titles, over the purchases of the visitor."""

    purchases: Purchases
    generation: Generation
    k: int = 100  # of each score

    def find(self, context: RequestContext) -> Found:
        look = context.look
        if look is None:
            return NOTHING
        ids, row_of = self.purchases.product_ids, self.generation.row_of
        numbers, scores = [], []
        for source in CANDIDATE_SOURCES:
            scores_of_source = look.scores[source][0]
            k = min(self.k, len(scores_of_source))
            top = np.argpartition(-scores_of_source, k - 1)[:k]
            numbers.append(top)
            scores.append(scores_of_source[top] / (scores_of_source.max(initial=0.0) + 1e-9))
        number = np.concatenate(numbers)
        rows = np.array([row_of.get(p, -1) for p in ids[number].tolist()], dtype=np.int32)
        return found(rows, np.concatenate(scores), k=len(CANDIDATE_SOURCES) * self.k)
