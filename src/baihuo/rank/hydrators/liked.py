"""What the visitor likes of each candidate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.model_inputs import Traits, seen_by
from baihuo.models import TASTE_WEIGHT, Assortment, Tastes
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class Liked(Hydrator):
    """``liked``: log-odds for the candidate's category, brand and price, from all that the visitor saw and did in 90 days."""

    tastes: Tastes
    generation: Generation
    traits: Traits = field(init=False)
    assortment: Assortment = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "traits", Traits(self.generation))
        object.__setattr__(self, "assortment", self.traits.assortment(self.tastes))

    def writes(self) -> set[str]:
        return {"liked"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        return {"liked": TASTE_WEIGHT * self.factors(context, candidates.rows).sum(axis=0)}

    def factors(self, context: RequestContext, rows: NDArray[np.int32]) -> NDArray[np.float64]:
        """``[3, rows]``: category, brand and price."""
        seen_rows, counts = context.seen
        visitor = np.zeros(len(seen_rows), np.int64)
        seen = seen_by(visitor, self.traits.of(seen_rows), counts)
        interests = self.tastes.interests(seen, self.assortment)
        return interests.log_factors(0, *self.traits.of(rows))
