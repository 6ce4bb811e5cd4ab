"""Pre-ranking: a cheap selection before the expensive model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.selectors.in_tiers import tiers
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class MostRelevant(Selector):
    """The ``k`` first of the answer set: by tier, then by relevance. The others keep their order after them
    on later pages."""

    k: int = 200

    def reads(self) -> set[str]:
        return {"from_matches"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        tier = tiers(context, candidates)
        return Selection(np.lexsort((-candidates.columns["from_matches"], tier))[: self.k])
