"""Read this first: what is looked at in each table, in the order in which it is looked at.

What one step takes out, the next never sees; what one repairs, the next sees repaired.
"""

from __future__ import annotations

from typing import Any

from baihuo.quality.checks.attributes import checks as attributes
from baihuo.quality.checks.categories import checks as categories
from baihuo.quality.checks.coverage import checks as coverage
from baihuo.quality.checks.duplicates import checks as duplicates
from baihuo.quality.checks.event_sequence import checks as event_sequence
from baihuo.quality.checks.labels import checks as labels
from baihuo.quality.checks.near_duplicates import checks as near_duplicates
from baihuo.quality.checks.personal import checks as personal
from baihuo.quality.checks.pictures import checks as pictures
from baihuo.quality.checks.prices import checks as prices
from baihuo.quality.checks.referential_integrity import checks as referential_integrity
from baihuo.quality.checks.schema import checks as schema
from baihuo.quality.checks.sessions import checks as sessions
from baihuo.quality.checks.stock import checks as stock
from baihuo.quality.checks.text import checks as text
from baihuo.quality.checks.times import checks as times
from baihuo.quality.checks.traffic import checks as traffic
from baihuo.quality.checks.units import checks as units
from baihuo.quality.spec import Check, On, Step

PRODUCT_STEPS: tuple[Step[Any], ...] = (
    personal.STEP,  # first, so that no later finding quotes a phone number
    schema.STEP,
    times.STEP,
    text.STEP,
    units.STEP,
    attributes.STEP,
    duplicates.STEP,
    near_duplicates.STEP,
    categories.STEP,
    pictures.STEP,
    stock.STEP,
    prices.STEP,
)
EVENT_STEPS: tuple[Step[Any], ...] = (
    personal.STEP,
    schema.STEP,
    times.STEP,
    duplicates.STEP,
    referential_integrity.STEP,
    event_sequence.STEP,
    traffic.STEP,
    sessions.STEP,
    labels.STEP,
    prices.STEP,
    coverage.STEP,
)
OF: dict[On, tuple[Step[Any], ...]] = {"products": PRODUCT_STEPS, "events": EVENT_STEPS}
STEPS: tuple[str, ...] = tuple(dict.fromkeys(s.name for s in (*EVENT_STEPS, *PRODUCT_STEPS)))
"""Their names: the sections of ``quality.yaml``."""
CHECKS: tuple[Check, ...] = tuple(
    check
    for step in {s.name: s for s in (*EVENT_STEPS, *PRODUCT_STEPS)}.values()
    for check in step.checks
)
"""Every check there is, in the order of their steps."""
