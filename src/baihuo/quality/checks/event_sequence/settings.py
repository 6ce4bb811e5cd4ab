"""The section ``order`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, NonNegativeInt

from baihuo.quality.limits import Limits


class OrderRules(Limits):
    """Events that cannot happen before another one has happened."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    tolerance_ms: NonNegativeInt = 2_000  # batching in clients reorders events by about this much
    # of purchases with a view before them; below it, the log does not hold the views
    min_view_share: float = Field(default=0.9, ge=0, le=1)
    # from the log's first day: what is cancelled may have been bought before it
    returns_days: int = Field(default=30, ge=0, le=3_650)
