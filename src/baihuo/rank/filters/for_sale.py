"""Recommended products must be for sale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Filter


@dataclass(frozen=True)
class ForSale(Filter):
    """Keep products with a price and with stock; untracked stock (-1) counts as in stock."""

    def reads(self) -> set[str]:
        return {"price_minor", "stock_units"}

    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        columns = candidates.columns
        return np.asarray((columns["price_minor"] >= 0) & (columns["stock_units"] != 0))
