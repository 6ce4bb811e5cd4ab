"""Keep only products that are in the catalogue now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Filter


@dataclass(frozen=True)
class InCatalogue(Filter):
    """Drop products that left the catalogue after the answer was cached or the model trained."""

    def reads(self) -> set[str]:
        return {"is_listed"}

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        return np.asarray(candidates.columns["is_listed"], dtype=bool)
