"""The filters of the query, on surfaces without an answer set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates, Filters
from baihuo.index import FilterMasks, Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Filter

_NO_FILTERS = Filters()


@dataclass(frozen=True)
class QueryFilters(Filter):
    """Keep candidates that pass all filters of the query, by the same masks that search uses."""

    generation: Generation

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        if context.query.filters == _NO_FILTERS:
            return np.ones(len(candidates), dtype=bool)
        passing = FilterMasks(self.generation.snapshot, context.query.filters).rows()
        return np.asarray(passing[candidates.rows], dtype=bool)
