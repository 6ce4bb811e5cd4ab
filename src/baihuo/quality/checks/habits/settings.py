"""The section ``habits`` of ``quality.yaml``."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from baihuo.quality.limits import Limits, Share

FEW: Final = 50
"""Listings with a value: of fewer nothing is learned."""


class HabitRules(Limits):
    """Cells of listings that are unlike the rest of the catalogue; all of it is noted only."""

    warn_above: Share | None = 0.2
    stop_above: Share | None = None
    # of listings that break a habit of the catalogue: more, and it is none
    max_share: float = Field(default=0.02, gt=0, lt=0.5)
