"""The section ``traffic`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class TrafficRules(Limits):
    """Traffic that no shopper made: floods, bots, clicks on ads."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    flood_acts: PositiveInt = 100  # clicks, pages, orders, … of one visitor …
    flood_per_second: PositiveFloat = 2  # … at this rate: no hand keeps that up
    crowd_clicks: PositiveInt = (
        100  # on one product within an hour, of visitors who did nothing else
    )
    crowd_share: float = Field(default=0.8, gt=0.5, le=1)  # of the clicks then, by such visitors
    bot_acts: PositiveInt = 60  # fewer user actions without a pause are not judged
    bot_pause_hours: PositiveFloat = 3  # a rest this long ends a period
    bot_score: float = Field(default=0.9, gt=0.5, le=1)  # quarantine from here
    human_acts_per_minute: PositiveFloat = 12  # a quick shopper; 2.5 times that is no shopper
    # the same ad clicked again within this, and not shown again: only the first click counts
    ad_repeat_minutes: PositiveFloat = 30
    # of a platform's visitors who clicked an ad, had been shown it; below it, shown ads are not logged
    min_shown_share: float = Field(default=0.75, ge=0, le=1)
