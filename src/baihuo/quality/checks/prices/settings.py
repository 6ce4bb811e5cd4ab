"""The section ``prices`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class PricesRules(Limits):
    """Prices far from what such products cost, on the log scale, by median and MAD."""

    warn_above: float | None = Field(default=0.01, ge=0, le=1)
    stop_above: float | None = Field(default=0.1, ge=0, le=1)
    max_deviations: PositiveFloat = 6  # robust standard deviations from the median
    min_ratio: float = Field(default=10, gt=1)  # and at least this many times dearer or cheaper
    min_rows: PositiveInt = (
        20  # prices in a category (of a product: a quarter) before its median counts
    )
    bulk_ratio: float = Field(default=10, ge=1)  # times the usual pieces: a low price is a discount
    unit_slack: float = Field(default=1.5, gt=1)  # two prices within this factor agree
