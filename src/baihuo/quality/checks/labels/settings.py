"""The section ``labels`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import ATTRIBUTION_MINUTES
from baihuo.quality.limits import Limits


class LabelsRules(Limits):
    """Outcomes that a model would learn wrongly."""

    # as train.attribution_minutes in shop.yaml
    attribution_minutes: PositiveFloat = ATTRIBUTION_MINUTES
    rating_gap: PositiveFloat = 2  # stars between two reviews of one purchase that contradict
    # without an order id: so close together they are of one purchase
    review_days: PositiveFloat = 30
    # of a surface's pages with shared positions: its layout
    layout_share: float = Field(default=0.1, gt=0, le=1)
    min_pages: PositiveInt = 20  # pages before that share counts
