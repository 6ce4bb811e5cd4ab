"""New products without clicks yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import Found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class NewArrivals(Source):
    """The newest products without any popularity: exploration places some of them on pages."""

    popularity_index: PopularityIndex
    k: int = 30

    def find(self, context: RequestContext) -> Found:
        snapshot = self.popularity_index.snapshot()
        rows = snapshot.newest[snapshot.popularity[snapshot.newest] <= 0][: self.k]
        return rows, 1.0 / np.arange(1, len(rows) + 1, dtype=np.float64)
