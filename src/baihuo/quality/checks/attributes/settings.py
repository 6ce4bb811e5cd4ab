"""The section ``attributes`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field

from baihuo.quality.limits import Limits


class AttributesRules(Limits):
    """Attributes that contradict each other, or a code that two products share."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    min_valid_codes: float = Field(default=0.9, gt=0, le=1)  # below, codes are no EAN, UPC, GTIN
