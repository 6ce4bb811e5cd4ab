"""Similarity of each candidate to the products the visitor viewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.features import request
from baihuo.index import Generation
from baihuo.models import DAY_US
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class Affinity(Hydrator):
    """``taste``: the larger cosine with the decayed mean of viewed products and with the last one; NaN: none viewed."""

    generation: Generation

    def writes(self) -> set[str]:
        return {"taste"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        viewed = context.viewed
        if not len(viewed.rows):
            return {"taste": np.full(len(candidates), np.nan)}
        vectors = self.generation.taste_vectors
        ages = ((context.query.at_us - viewed.at_us) / DAY_US).astype(np.float32)
        candidate_vectors = vectors[candidates.rows]
        mean = request.cosine(request.taste(vectors[viewed.rows], ages), candidate_vectors)
        last = request.cosine(vectors[viewed.rows[0]], candidate_vectors)
        return {"taste": np.maximum(mean, last).astype(np.float64)}
