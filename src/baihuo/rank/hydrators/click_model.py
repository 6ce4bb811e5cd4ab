"""Scores of the bundle's click models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import ClickModels
from baihuo.core import Candidates
from baihuo.rank.hydrators.click_features import ClickFeatures
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class ClickModel(Hydrator):
    """``click_order``: the ranking score; ``p_click``: calibrated P(click) at the top of the page."""

    models: ClickModels
    features: ClickFeatures

    def reads(self) -> set[str]:
        return {"features"}

    def writes(self) -> set[str]:
        return {"click_order", "p_click"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        if not len(candidates):
            return {"click_order": np.empty(0), "p_click": np.empty(0)}
        order, p_click = self.of_page(context, candidates.columns["features"])
        return {"click_order": order, "p_click": p_click}

    def of_page(
        self, context: RequestContext, features: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Ranking score and P(click) of ``ClickFeatures.of_page``, with those beside the page in the same call."""
        beside, n = context.beside, len(features)
        if beside is None or beside.features is None or beside.n_page != n:
            return self.of(context, features)
        order, beside.p_click = self.of(context, beside.features)
        return order[:n], beside.p_click[:n]

    def of(
        self, context: RequestContext, features: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Ranking score and P(click) of rows of features."""
        scored = self.models.score(str(context.query.surface), features, self.features.names)
        return scored.order, scored.p_click
