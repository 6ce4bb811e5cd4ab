"""Popular products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import Found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class Popular(Source):
    """The most popular products: the page of an unknown visitor."""

    popularity_index: PopularityIndex
    k: int = 200

    def find(self, context: RequestContext) -> Found:
        rows = self.popularity_index.snapshot().best[: self.k]
        return rows, 1.0 / np.arange(1, len(rows) + 1, dtype=np.float64)
