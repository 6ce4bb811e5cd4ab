"""The section ``schema`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class SchemaRules(Limits):
    """Values that can be true at all."""

    warn_above: float | None = Field(default=0.01, ge=0, le=1)
    stop_above: float | None = Field(default=0.1, ge=0, le=1)
    # units in one line; wholesale orders are large
    max_quantity: PositiveInt = Field(default=100_000, le=10**9)
    max_price_minor: PositiveInt = Field(default=10**11, le=10**15)  # × 100 fits 64 bits
    max_position: PositiveInt = 10_000
    max_dwell_hours: PositiveFloat = Field(default=12, le=8_760)  # longer is a tab left open
    max_id_chars: PositiveInt = 256
    max_text_chars: PositiveInt = 20_000
    max_description_chars: PositiveInt = 200_000  # a longer one is a file in a cell
