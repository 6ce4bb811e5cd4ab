"""Scores of the purchase model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import Purchases
from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.models import DISCOVER_MODE, HOME_MODE
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class PurchaseOrder(Hydrator):
    """``purchase_order``: larger is more likely to be bought next; NaN: visitor or product without purchases."""

    purchases: Purchases | None  # None: no purchase model
    generation: Generation

    def writes(self) -> set[str]:
        return {"purchase_order"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        order = np.full(len(candidates), np.nan)
        look = context.look
        if look is not None and self.purchases is not None:
            number_of = self.purchases.number_of
            ids = self.generation.product_ids[candidates.rows].tolist()
            numbers = np.array([number_of.get(p, -1) for p in ids], dtype=np.int32)
            known = np.flatnonzero(numbers >= 0)
            model = self.purchases.model
            features = model.candidate_features.features(
                look, np.zeros(len(known), np.int32), numbers[known]
            )
            mode = DISCOVER_MODE if context.query.discover else HOME_MODE
            order[known] = model.score_features(features, mode=mode)
        return {"purchase_order": order}
