"""The section ``traffic`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class TrafficRules(Limits):
    """Traffic that no shopper made: floods, bots, click fraud."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    flood_acts: PositiveInt = 100  # clicks, pages, orders, … of one visitor or device …
    flood_per_second: PositiveFloat = 2  # … at this rate: no hand keeps that up
    crowd_clicks: PositiveInt = 100  # on one product in one hour, of visitors who did nothing else
    farm_visitors: PositiveInt = (
        20  # new ones who opened the same three products or more and nothing else: noted
    )
    crowd_share: float = Field(default=0.8, gt=0.5, le=1)  # of that hour's, by such visitors
    bot_acts: PositiveInt = 60  # fewer user actions without a pause are not judged
    bot_pause_hours: PositiveFloat = 3  # a rest this long ends a period
    bot_score: float = Field(default=0.9, gt=0.5, le=1)  # quarantine from here
    bot_note_score: float = Field(default=0.75, gt=0, le=1)  # a note from here
    human_acts_per_minute: PositiveFloat = 12  # a quick shopper; four times that is no shopper
    human_acts_per_day: PositiveInt = 1_000  # a keen shopper; ten times that is no shopper
    human_hours: PositiveFloat = 14  # awake and shopping without a pause
    forged_visitors: PositiveInt = 50  # who came on one day alone and touched one product …
    forged_times_expected: float = Field(default=5, gt=1)  # … and so many times the expected
    forged_score: float = Field(default=0.9, gt=0.5, le=1)  # quarantine from here
    scalp_orders: PositiveInt = 10  # orders of one product by one visitor within an hour: noted
    hoard_products: PositiveInt = (
        20  # in a visitor's cart of one day, of each all of the stock: noted
    )
    # the same ad clicked again within this, and not shown again: only the first click counts
    ad_repeat_minutes: PositiveFloat = 30
    ad_min_clicks: PositiveInt = 10  # of one visitor or in one ad's hour, before a rate is judged
    ad_chance: float = Field(default=1e-6, gt=0, lt=0.01)  # less likely by chance: fraud
    ad_times_expected: float = Field(default=5, gt=1)  # and at least this many times the usual rate
    # of a platform's visitors who clicked an ad, had been shown it; below it, shown ads are not logged
    min_shown_share: float = Field(default=0.75, ge=0, le=1)
