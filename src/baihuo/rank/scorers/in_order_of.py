"""The order of one source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Scorer


@dataclass(frozen=True)
class InOrderOf(Scorer):
    """The score of the source, unchanged."""

    source: str  # its column

    def reads(self) -> set[str]:
        return {self.source}

    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        return np.nan_to_num(candidates.columns[self.source].astype(np.float64))
