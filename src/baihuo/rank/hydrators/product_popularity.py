"""Current popularity of each candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class ProductPopularity(Hydrator):
    """``popularity``: decayed clicks and purchases of all visitors; 0 for new products."""

    popularity_index: PopularityIndex

    def writes(self) -> set[str]:
        return {"popularity"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        popularity = self.popularity_index.snapshot().popularity
        values = np.zeros(len(candidates))
        is_known = candidates.rows < len(popularity)
        values[is_known] = popularity[candidates.rows[is_known]]
        return {"popularity": values}
