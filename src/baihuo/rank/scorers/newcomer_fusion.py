"""Ranking of a new visitor's first page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class NewcomerFusion(Scorer):
    """The learned order of first pages; products of other sources come after it."""

    falls_back_to: str | None = "from_popular"

    def reads(self) -> set[str]:
        return {"from_for_newcomers", "from_popular"}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        learned = candidates.columns["from_for_newcomers"]
        least = np.nanmin(learned, initial=0.0) - 1.0
        popular = np.nan_to_num(candidates.columns["from_popular"], nan=0.0)  # 0 to 1
        return np.where(np.isnan(learned), least - 1.0 + popular, learned)
