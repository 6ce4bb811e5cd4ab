"""The section ``personal`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field

from baihuo.privacy import KINDS
from baihuo.quality.limits import Limits


class PersonalRules(Limits):
    """Personal data that people typed."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=None, ge=0, le=1)
    kinds: tuple[str, ...] = tuple(KINDS)  # masked in typed words and reviews
    listing_kinds: tuple[str, ...] = tuple(KINDS)  # masked in titles, descriptions and attributes
