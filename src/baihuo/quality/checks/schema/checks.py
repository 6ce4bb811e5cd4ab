"""Values that can be true at all.

A wrong cell beside the point of its row is blanked ("not known"), so that one bad number does not
cost a true click. A row that is wrong in its very point goes to quarantine.
"""

from __future__ import annotations

from baihuo.quality.checks.schema.event_checks import EVENT_CHECKS
from baihuo.quality.checks.schema.impossible_values import find
from baihuo.quality.checks.schema.product_checks import PRODUCT_CHECKS
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.spec import Step

CHECKS = EVENT_CHECKS + PRODUCT_CHECKS
STEP = Step(name="schema", settings=SchemaRules, checks=CHECKS, detectors=(find,))
