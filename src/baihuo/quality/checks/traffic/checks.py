"""Traffic that no shopper made: floods, coordinated clicks, bots, forged visits, hoarding, ad fraud.

Everything is counted per visitor and day first, in one pass. Only the few visitors who were busier
than half of any rule's threshold are looked at event by event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baihuo.quality.checks.traffic import (
    ad_clicks,
    bots,
    coordinated_clicks,
    floods,
    forged_visits,
    hoarding,
    timetables,
)
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.spec import Step

if TYPE_CHECKING:
    from baihuo.quality.spec import Check


CHECKS: tuple[Check, ...] = (
    *floods.CHECKS,
    *coordinated_clicks.CHECKS,
    *ad_clicks.CHECKS,
    *bots.CHECKS,
    *forged_visits.CHECKS,
    *hoarding.CHECKS,
)
STEP = Step(
    name="traffic",
    settings=TrafficRules,
    checks=CHECKS,
    detectors=(
        floods.find,
        coordinated_clicks.find,
        ad_clicks.find,
        bots.find,
        timetables.find,
        forged_visits.find,
        hoarding.find,
    ),
    finds={
        floods.find: ("flood",),
        coordinated_clicks.find: ("crowd",),
        ad_clicks.find: tuple(check.name for check in ad_clicks.CHECKS),
        bots.find: tuple(check.name for check in bots.CHECKS),
        timetables.find: ("bot",),
        forged_visits.find: tuple(check.name for check in forged_visits.CHECKS),
        hoarding.find: tuple(check.name for check in hoarding.CHECKS),
    },
)
