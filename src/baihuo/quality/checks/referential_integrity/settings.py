"""The section ``orphans`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field

from baihuo.quality.limits import Limits


class OrphansRules(Limits):
    """Events whose product the catalogue does not have."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    resolve: bool = True  # by code, variant or exact title, where exactly one product fits
