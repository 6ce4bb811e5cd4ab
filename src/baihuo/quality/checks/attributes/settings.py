"""The section ``attributes`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits


class AttributesRules(Limits):
    """Attributes that are missing, contradict each other, or a code that two products share."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    min_rows: PositiveInt = (
        20  # products of a category, or titles with a word, before they count as evidence
    )
    min_share: float = Field(default=0.96, gt=0.5, le=1)  # of a category have it: expected of all
    min_agreement: float = Field(
        default=0.8, gt=0.5, le=1
    )  # of titles with "red", the share of red products
    min_valid_codes: float = Field(default=0.9, gt=0, le=1)  # below, codes are no EAN, UPC, GTIN
