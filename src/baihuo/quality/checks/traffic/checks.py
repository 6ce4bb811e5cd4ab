"""Traffic that no shopper made: floods, coordinated clicks, bots, clicks on ads without interest.

Everything is counted per visitor and day first, in one pass. Only the few visitors who were busy are
looked at event by event.
"""

from __future__ import annotations

from baihuo.quality.checks.traffic import ad_clicks, bots, crowds, floods
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.spec import Step

CHECKS = (floods.CHECK, crowds.CHECK, *ad_clicks.CHECKS, *bots.CHECKS)
STEP = Step(
    name="traffic",
    settings=TrafficRules,
    checks=CHECKS,
    detectors=(floods.find, crowds.find, ad_clicks.find, bots.find),
    finds={
        floods.find: ("flood",),
        crowds.find: ("crowd",),
        ad_clicks.find: tuple(check.name for check in ad_clicks.CHECKS),
        bots.find: tuple(check.name for check in bots.CHECKS),
    },
)
