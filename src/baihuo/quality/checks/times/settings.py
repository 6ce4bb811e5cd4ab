"""The section ``times`` of ``quality.yaml``."""

from __future__ import annotations

from datetime import date

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class TimesRules(Limits):
    """Clocks: the visitor's may be wrong, ours decides."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    jitter_seconds: NonNegativeFloat = 60  # a clock this far ahead is left alone
    max_ahead_minutes: PositiveFloat = 60  # up to here ours is taken instead, beyond: quarantine
    max_delay_days: PositiveFloat = 90  # an app may be offline for weeks, not for a season
    not_before: date = date(1995, 1, 1)  # before the first web shop: a clock that was never set
    stuck_events: PositiveInt = 5  # of one visitor at one instant …
    stuck_seconds: PositiveFloat = 30  # … that reached us over this time: the clock stood still
    # clicks, searches, … of one visitor at one instant, where our time is a copy of theirs
    frozen_events: PositiveInt = 20
    skew_events: PositiveInt = (
        10  # of one visitor's device, and most of what is off, off by the same amount
    )
    skew_seconds: PositiveFloat = 120  # the same amount: this far from their middle
    constant_share: float = Field(default=0.8, gt=0.5, le=1)  # of a platform's day, off by one zone
    constant_hours: PositiveFloat = (
        6  # a clock behind must be so for this long: a queue would not be
    )
    min_behind_minutes: PositiveFloat = (
        30  # less behind than this is a slow connection, not a clock
    )
    max_skew_days: PositiveFloat = 400  # further off, a clock was never set
    group_rows: PositiveInt = 20  # of a platform's day before a zone is the whole platform's
