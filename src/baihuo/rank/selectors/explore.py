"""Exploration of the order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Candidates
from baihuo.rank.exploration import Exploration
from baihuo.rank.request_context import RequestContext
from baihuo.rank.selectors.in_tiers import is_sold_out
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Explore(Selector):
    """Swaps and a random slot, with exact propensities: see ``exploration.py``.

    Sold-out products keep their places behind the others: nothing is learned from showing them.
    """

    exploration: Exploration
    seed: int

    def writes(self) -> set[str]:
        return {"propensity", "is_drawn", "may_move"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        n, may_move = len(candidates), ~is_sold_out(context, candidates)
        n_moving = int(np.count_nonzero(may_move))
        if not may_move[:n_moving].all():  # they are not behind the others
            n_moving, may_move = n, np.ones(n, np.bool_)
        drawn = self.exploration.explore(
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
        }
        return Selection(np.concatenate([drawn.order, rest]), columns)
