"""Exploration of the order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from baihuo.bundle import RELEVANT_WITHIN
from baihuo.core import Candidates
from baihuo.rank.exploration import Exploration
from baihuo.rank.request_context import RequestContext
from baihuo.rank.selectors.in_tiers import is_sold_out, tiers
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Explore(Selector):
    """Swaps and a random slot, with exact propensities: see ``exploration.py``.

    The random slot draws from the products after the first page, down to the first one of a lower tier (another
    colour than was typed) or, where relevance was learned, ``RELEVANT_WITHIN`` or more below the best: a random
    product must still be an answer.
    Sold-out products keep their places behind the others: nothing is learned from showing them.
    """

    exploration: Exploration
    seed: int

    def writes(self) -> set[str]:
        return {"propensity", "is_drawn", "may_move", "reach"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        n, may_move = len(candidates), ~is_sold_out(context, candidates)
        n_moving = int(np.count_nonzero(may_move))
        if not may_move[:n_moving].all():  # they are not behind the others
            n_moving, may_move = n, np.ones(n, np.bool_)
        exploration = self._within_reach(context, candidates)
        drawn = exploration.explore(
            n_moving,
            page_size=context.query.page_size,
            seed=self.seed,
            query_id=context.query.query_id,
        )
        rest = np.arange(n_moving, n)
        columns = {
            "propensity": np.concatenate([drawn.propensity, np.ones(len(rest))]),
            "is_drawn": np.arange(n) == drawn.random_position - 1,
            "may_move": may_move,
            "reach": np.full(n, exploration.reach),
        }
        return Selection(np.concatenate([drawn.order, rest]), columns)

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
