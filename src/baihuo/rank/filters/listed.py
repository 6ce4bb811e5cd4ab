"""Only what is in the catalogue now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.asked import Asked
from baihuo.rank.stages import Filter


@dataclass(frozen=True)
class Listed(Filter):
    """Drop products that left the catalogue after the answer was cached or the model trained."""

    def reads(self) -> set[str]:
        return {"is_listed"}

    def keep(self, asked: Asked, candidates: Candidates) -> NDArray[np.bool_]:
        return np.asarray(candidates.columns["is_listed"], dtype=bool)
