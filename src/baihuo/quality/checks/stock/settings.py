"""The section ``stock`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class StockRules(Limits):
    """Stock figures that are out of date."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    fresh_days: PositiveFloat = 14  # half of all figures must be newer than this at the log's end
    stale_days: PositiveFloat = 45  # a figure older than this is stale
    min_fresh_share: float = Field(default=0.8, gt=0.5, le=1)  # of its category is fresh
    min_rows: PositiveInt = 20  # products of a category before it is compared with
