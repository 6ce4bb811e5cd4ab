"""Exploration of the order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import RELEVANT_WITHIN
from baihuo.core import Candidates
from baihuo.rank.exploration import Exploration
from baihuo.rank.request_context import RequestContext
from baihuo.rank.selectors.in_tiers import is_sold_out, tiers
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Explore(Selector):
    """Swaps and a random slot, with exact propensities: see ``exploration.py``.

    Products move only among equally good answers: same tier (sold out, another colour than typed), same kind, as many typed words. Other
    neighbours do not swap. The random slot
    draws from the products that directly follow the first page, if they equal its last one and, with learned relevance, are less than
    ``RELEVANT_WITHIN`` below the best; it replaces only products that are not better. Sold-out products stay last: showing them teaches
    nothing.
    """

    exploration: Exploration
    seed: int

    def writes(self) -> set[str]:
        return {"propensity", "is_drawn", "may_move", *_DRAWN_WITH}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        n, may_move = len(candidates), ~is_sold_out(context, candidates)
        n_moving = int(np.count_nonzero(may_move))
        if not may_move[:n_moving].all():  # they are not sorted last
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
            "reach": np.full(n, exploration.reach),
            "n_fixed": np.full(n, exploration.n_fixed),
            "is_kept_apart": _marked(n, exploration.kept_apart),
            "may_move": may_move,
        }
        return Selection(np.concatenate([drawn.order, rest]), columns)

    def _within_reach(self, context: RequestContext, candidates: Candidates) -> Exploration:
        n, k = len(candidates), min(context.query.page_size, len(candidates))
        if not n:
            return self.exploration
        tier, lacking = tiers(context, candidates), _lacking(context, candidates)
        differs = (tier[1:] != tier[:-1]) | (lacking[1:] != lacking[:-1])
        is_like_last = (tier == tier[k - 1]) & (lacking == lacking[k - 1])
        is_far = ~is_like_last
        odds = candidates.columns.get("relevance_odds")
        if odds is not None and not np.isnan(odds).any():
            is_far |= odds <= odds.max() - RELEVANT_WITHIN
        better = np.flatnonzero(_is_better(tier[:k], lacking[:k]))
        return replace(
            self.exploration,
            reach=min(self.exploration.reach, _n_until(is_far[k:])),
            n_fixed=int(better[-1]) + 1 if len(better) else 0,
            kept_apart=tuple(np.flatnonzero(differs[: k - 1]).tolist()),
        )


_DRAWN_WITH = ("reach", "n_fixed", "is_kept_apart")


def _marked(n: int, places: tuple[int, ...]) -> NDArray[np.bool_]:
    is_marked = np.zeros(n, np.bool_)
    is_marked[[place for place in places if place < n]] = True
    return is_marked


def _lacking(context: RequestContext, candidates: Candidates) -> NDArray[np.int16]:
    if context.answer is None:
        return np.zeros(len(candidates), np.int16)
    return context.answer.lacking_of(candidates.rows)


def _is_better(tier: NDArray[np.int16], lacking: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return which products of the first page are better answers than its last."""
    return (tier < tier[-1]) | ((tier == tier[-1]) & (lacking < lacking[-1]))


def _n_until(is_far: NDArray[np.bool_]) -> int:
    return int(np.argmax(is_far)) if is_far.any() else len(is_far)
