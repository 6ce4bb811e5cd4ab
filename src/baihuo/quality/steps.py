"""Read this first: what is looked at in each table, in the order in which it is looked at.

What one step takes out, the next never sees; what one repairs, the next sees repaired.
"""

from __future__ import annotations

from baihuo.quality import (
    attributes,
    categories,
    coverage,
    duplicates,
    labels,
    near_duplicates,
    order,
    orphans,
    personal,
    pictures,
    prices,
    schema,
    sessions,
    stock,
    text,
    times,
    traffic,
    units,
)
from baihuo.quality.check import Check, On
from baihuo.quality.step import Step

PRODUCT_STEPS: tuple[Step, ...] = (
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
EVENT_STEPS: tuple[Step, ...] = (
    personal.STEP,
    schema.STEP,
    times.STEP,
    duplicates.STEP,
    orphans.STEP,
    order.STEP,
    traffic.STEP,
    sessions.STEP,
    labels.STEP,
    prices.STEP,
    coverage.STEP,
)
OF: dict[On, tuple[Step, ...]] = {"products": PRODUCT_STEPS, "events": EVENT_STEPS}
STEPS: tuple[str, ...] = tuple(dict.fromkeys(s.name for s in (*EVENT_STEPS, *PRODUCT_STEPS)))
"""Their names: the sections of ``quality.yaml``."""
CHECKS: tuple[Check, ...] = tuple(
    check
    for step in {s.name: s for s in (*EVENT_STEPS, *PRODUCT_STEPS)}.values()
    for check in step.checks
)
"""Every check there is, in the order of their steps."""
