"""A product is not similar to itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.asked import Asked
from baihuo.rank.stages import Filter


@dataclass(frozen=True)
class NotThis(Filter):
    """Drop the product that is looked at."""

    def keep(self, asked: Asked, candidates: Candidates) -> NDArray[np.bool_]:
        return np.asarray(candidates.rows != asked.anchor_row)
