"""The section ``prices`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits, Share


class PricesRules(Limits):
    """Prices far from the median, on the log scale."""

    warn_above: Share | None = 0.01
    stop_above: Share | None = 0.1
    max_deviations: PositiveFloat = 6  # robust standard deviations (1.4826 x MAD)
    min_ratio: float = Field(default=10, gt=1)  # and at least this many times dearer or cheaper
    # prices in a category (of one product: a quarter of it) before its median counts
    min_rows: PositiveInt = 20
    # an order line of this many times the usual pieces may be cheaper than any other
    bulk_ratio: float = Field(default=10, ge=1)
    # two prices within this factor agree: with each other, or when converted
    unit_slack: float = Field(default=1.5, gt=1)
    # of events in a currency that is not their listing's: above it the shop sells in several
    other_currency_share: Share = 0.02
