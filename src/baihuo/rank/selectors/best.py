"""The best candidates by score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Best(Selector):
    """The ``k`` candidates with the largest scores, best first."""

    k: int = 1_000

    def reads(self) -> set[str]:
        return {"score"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        return Selection(np.argsort(-candidates.columns["score"], kind="stable")[: self.k])
