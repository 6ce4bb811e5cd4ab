"""The section ``sessions`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class SessionsRules(Limits):
    """Visits that go under several session ids, and ids that hold more than one visit."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(
        default=None, ge=0, le=1
    )  # never: a repaired id misleads nobody
    gap_minutes: PositiveFloat = 30  # a visit without a user action for this long has ended
    change_minutes: PositiveFloat = 5  # an id that changes after a shorter pause was no new visit …
    min_ids: PositiveInt = 3  # … if the visit had so many ids by then
    note_seconds: PositiveFloat = 60  # one change is noted where the pause was shorter than this
    max_idle_hours: PositiveFloat = 8  # no shop keeps a session open over a longer gap
    many_visitors: PositiveInt = 5  # under one id: it is a placeholder
    tolerance_ms: NonNegativeInt = 2_000  # events out of order by this much do not overlap
