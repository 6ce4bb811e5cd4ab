"""The section ``coverage`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat

from baihuo.quality.limits import Limits


class CoverageRules(Limits):
    """Completeness: what is missing from the log."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    # of the usual number of events: fewer are a gap
    max_share: float = Field(default=0.1, ge=0, lt=1)
    min_sigmas: PositiveFloat = 5  # standard deviations that a gap must be away from chance
