"""The section ``order`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, NonNegativeInt

from baihuo.quality.limits import Limits


class OrderRules(Limits):
    """What cannot happen before something else did."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    tolerance_ms: NonNegativeInt = 2_000  # batching in the client reorders by about this much
    min_view_share: float = Field(
        default=0.9, ge=0, le=1
    )  # of purchases; below, views are not logged
    # from the log's first: what is cancelled may have been bought before it
    returns_days: int = Field(default=30, ge=0, le=3_650)
