"""Exploration of the order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from baihuo.bundle import RELEVANT_WITHIN
from baihuo.core import Candidates
from baihuo.rank.exploration import Exploration
from baihuo.rank.request_context import RequestContext
from baihuo.rank.selectors.in_tiers import tiers
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Explore(Selector):
    """Swaps and a random slot, with exact propensities: see ``exploration.py``.

    The random slot draws from the products after the first page, down to the first one of a lower tier (sold out,
    another colour than was typed) or, where relevance was learned, ``RELEVANT_WITHIN`` or more below the best: a random
    product must still be an answer.
    """

    exploration: Exploration
    seed: int

    def writes(self) -> set[str]:
        return {"propensity", "is_drawn", "reach"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        exploration = self._within_reach(context, candidates)
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

    def _within_reach(self, context: RequestContext, candidates: Candidates) -> Exploration:
        if not len(candidates):
            return self.exploration
        tier = tiers(context, candidates)
        is_far = tier > tier.min()
        odds = candidates.columns.get("relevance_odds")
        if odds is not None and not np.isnan(odds).any():
            is_far = is_far | (odds <= odds.max() - RELEVANT_WITHIN)
        n_near = int(np.argmax(is_far)) if is_far.any() else len(candidates)
        n_left = max(0, n_near - context.query.page_size)
        return replace(self.exploration, reach=min(self.exploration.reach, n_left))
