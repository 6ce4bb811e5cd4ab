"""Exploration of the order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Candidates
from baihuo.rank.exploration import Exploration
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Explore(Selector):
    """Swaps and a random slot, with exact propensities: see ``exploration.py``."""

    exploration: Exploration
    seed: int

    def writes(self) -> set[str]:
        return {"propensity", "is_drawn"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        drawn = self.exploration.explore(
            len(candidates),
            page_size=context.query.page_size,
            seed=self.seed,
            query_id=context.query.query_id,
        )
        is_drawn = np.arange(len(candidates)) == drawn.random_position - 1
        return Selection(drawn.order, {"propensity": drawn.propensity, "is_drawn": is_drawn})
