"""Which steps run over a table: what people ordered, the registry's steps, the shop's own checks."""

from __future__ import annotations

from typing import Any

from baihuo.quality.custom import detect
from baihuo.quality.custom.files import STEP_NAME, CustomChecks
from baihuo.quality.engine import erasure
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.quarantine import overrides
from baihuo.quality.registry import CHECKS, STEPS_BY_TABLE
from baihuo.quality.spec import Check, On, Step

ORDERED = (*overrides.CHECKS, *erasure.CHECKS)
"""What people ordered for single rows or visitors: counted like checks, and no dirt."""

EVENT_STEP_NAMES = (
    "erasure",
    overrides.STEP_NAME,
    *(step.name for step in STEPS_BY_TABLE["events"]),
    STEP_NAME,
)
"""The order in which the steps of events are counted."""


def steps_of(table: On, options: CleanOptions) -> list[Step[Any]]:
    """The steps over the rows of a table, in order."""
    steps: list[Step[Any]] = []
    if options.erased and table == "events":
        steps.append(erasure.erasure_step(options.erased))
    if (superseded := options.overrides.step(table)) is not None:
        steps.append(superseded)
    steps += [step for step in STEPS_BY_TABLE[table] if not step.is_whole]
    custom = detect.custom_step(options.custom)
    return [*steps, custom] if custom.is_on(table) else steps


def whole_log_steps() -> list[Step[Any]]:
    """The steps that read all days of the log at once."""
    return [step for step in STEPS_BY_TABLE["events"] if step.is_whole]


def every_check(custom: CustomChecks) -> list[Check]:
    """Every check that a run may have made findings by."""
    return [*CHECKS, *ORDERED, *(c.check for c in custom.checks)]
