"""Ranking by the click model, and by what the visitor likes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class ClickModelScorer(Scorer):
    """The ranking score of the click model, on surfaces where the gate chose it."""

    falls_back_to: str | None = None
    with_tastes: bool = False

    def reads(self) -> set[str]:
        return {"click_order", "liked"} if self.with_tastes else {"click_order"}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        columns = candidates.columns
        liked = columns["liked"] if self.with_tastes else 0.0
        return np.asarray(columns["click_order"] + liked, dtype=np.float64)
