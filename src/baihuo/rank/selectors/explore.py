"""Exploration of the order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from baihuo.bundle import RELEVANT_WITHIN
from baihuo.core import Candidates
from baihuo.rank.exploration import Exploration
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Explore(Selector):
    """Swaps and a random slot, with exact propensities: see ``exploration.py``.

    The random slot draws from the products after the first page. Where relevance was learned, only down to the first
    one that is ``RELEVANT_WITHIN`` or more below the best: a random product must still be an answer.
    """

    exploration: Exploration
    seed: int

    def writes(self) -> set[str]:
        return {"propensity", "is_drawn", "reach"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        exploration = self._within_reach(candidates, context.query.page_size)
        drawn = exploration.explore(
            len(candidates),
            page_size=context.query.page_size,
            seed=self.seed,
            query_id=context.query.query_id,
        )
        is_drawn = np.arange(len(candidates)) == drawn.random_position - 1
        reach = np.full(len(candidates), exploration.reach)
        columns = {"propensity": drawn.propensity, "is_drawn": is_drawn, "reach": reach}
        return Selection(drawn.order, columns)

    def _within_reach(self, candidates: Candidates, page_size: int) -> Exploration:
        odds = candidates.columns.get("relevance_odds")
        if odds is None or not len(odds) or np.isnan(odds).any():
            return self.exploration
        is_far = odds <= odds.max() - RELEVANT_WITHIN
        n_near = int(np.argmax(is_far)) if is_far.any() else len(odds)
        return replace(
            self.exploration, reach=min(self.exploration.reach, max(0, n_near - page_size))
        )
