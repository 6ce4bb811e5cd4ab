"""The section ``labels`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import ATTRIBUTION_MINUTES
from baihuo.quality.limits import Limits


class LabelsRules(Limits):
    """Outcomes that a model would learn wrongly."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    # an outcome counts within this time; set it as in shop.yaml
    attribution_minutes: PositiveFloat = ATTRIBUTION_MINUTES
    rating_gap: PositiveFloat = 2  # stars between two reviews of one purchase that contradict
    review_days: PositiveFloat = 30  # without an order id: so close, reviews are of one purchase
    layout_share: float = Field(default=0.1, gt=0, le=1)  # of a surface's pages: its layout
    min_pages: PositiveInt = 20  # pages before that share counts
