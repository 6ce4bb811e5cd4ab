"""The section ``sessions`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat

from baihuo.quality.limits import Limits


class SessionsRules(Limits):
    """Visits that go under several session ids."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=None, ge=0, le=1)  # never: a repaired id does no harm
    gap_minutes: PositiveFloat = 30  # a visit without a user action for this long has ended
    change_minutes: PositiveFloat = 5  # an id that changes again after a shorter pause is no visit
