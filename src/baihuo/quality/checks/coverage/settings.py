"""The section ``coverage`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat

from baihuo.quality.limits import Limits


class CoverageRules(Limits):
    """Completeness (missing events), which is noted only."""

    # of the usual number of events: fewer are a gap
    max_share: float = Field(default=0.1, ge=0, lt=1)
    min_sigmas: PositiveFloat = 5  # standard deviations that a gap must be away from chance
