"""Exclude the anchor: a product is not similar to itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Filter


@dataclass(frozen=True)
class ExcludeAnchor(Filter):
    """Drop the anchor: the product of the page."""

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        return np.asarray(candidates.rows != context.anchor_row)
