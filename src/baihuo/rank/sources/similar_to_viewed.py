"""Products similar to those viewed recently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.features import request
from baihuo.index import Generation
from baihuo.models import DAY_US
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, found, nearest
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class SimilarToViewed(Source):
    """Nearest neighbours of the mean of viewed products, and of the last one alone.

    The mean of a shirt and a phone is neither, so the last product is also used by itself.
    """

    generation: Generation
    k: int = 100

    def find(self, context: RequestContext) -> Found:
        viewed = context.viewed
        if not len(viewed.rows):
            return NOTHING
        vectors = self.generation.taste_vectors
        ages = ((context.query.at_us - viewed.at_us) / DAY_US).astype(np.float32)
        mean = request.taste(vectors[viewed.rows], ages)
        rows, scores = nearest(mean, vectors, k=self.k)
        near_last, near_scores = nearest(vectors[viewed.rows[0]], vectors, k=self.k)
        return found(
            np.concatenate([rows, near_last]), np.concatenate([scores, near_scores]), k=self.k
        )
