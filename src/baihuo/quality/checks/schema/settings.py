"""The section ``schema`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits, Share


class SchemaRules(Limits):
    """Values that can be true at all."""

    warn_above: Share | None = 0.01
    stop_above: Share | None = 0.1
    max_quantity: PositiveInt = Field(default=100_000, le=10**9)  # units in one line
    max_price_minor: PositiveInt = Field(default=10**11, le=10**15)
    max_position: PositiveInt = 10_000
    max_dwell_hours: PositiveFloat = Field(default=12, le=8_760)  # longer is a tab left open
    max_id_chars: PositiveInt = 256
    max_text_chars: PositiveInt = 20_000
    max_description_chars: PositiveInt = 200_000  # a longer one is a file in a cell, and left out
