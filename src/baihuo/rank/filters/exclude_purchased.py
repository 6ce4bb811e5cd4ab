"""Exclude purchased products from discovery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Filter


@dataclass(frozen=True)
class ExcludePurchased(Filter):
    """With ``discover``, drop products that the visitor bought within the last year."""

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        if not context.query.discover:
            return np.ones(len(candidates), dtype=bool)
        return ~np.isin(candidates.rows, context.purchased.rows)
