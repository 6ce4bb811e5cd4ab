"""Products similar to the product of the page."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found, nearest
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class SimilarByEmbedding(Source):
    """Nearest neighbours of the product of the page, by embedding."""

    generation: Generation
    k: int = 200

    def find(self, context: RequestContext) -> Found:
        if context.anchor_row < 0:
            return NOTHING
        vectors = self.generation.taste_vectors
        return nearest(vectors[context.anchor_row], vectors, k=self.k)
