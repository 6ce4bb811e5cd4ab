"""Read this first: the groups of checks, in the order in which they run.

What one step takes out, the next never sees; what one repairs, the next sees repaired. A new group
is a folder in ``checks`` with a ``checks.py`` that has a ``STEP``, and one line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from baihuo.quality.spec import Check, On, Step

GROUPS: tuple[str, ...] = (
    "personal",  # first, so that no later finding quotes a phone number
    "consent",  # what was refused is not read by any other check
    "schema",
    "times",
    "text",
    "units",
    "attributes",
    "duplicates",
    "near_duplicates",
    "categories",
    "pictures",
    "stock",
    "referential_integrity",
    "event_sequence",
    "traffic",
    "sessions",
    "labels",
    "prices",
    "habits",
    "coverage",
    "history",
)
"""The folders of ``checks``. Products run through all their groups before events do."""


def _step(group: str) -> Step[Any]:
    step: Step[Any] = import_module(f"baihuo.quality.checks.{group}.checks").STEP
    return step


_BY_GROUP: dict[str, Step[Any]] = {group: _step(group) for group in GROUPS}
STEPS_BY_TABLE: dict[On, tuple[Step[Any], ...]] = {
    table: tuple(step for step in _BY_GROUP.values() if step.is_on(table))
    for table in ("products", "events")
}
"""The steps of each table, in order."""
ALL_STEPS: dict[str, Step[Any]] = {
    step.name: step for step in (*STEPS_BY_TABLE["events"], *STEPS_BY_TABLE["products"])
}
"""Each step once, by its name, those of events first."""
STEPS: tuple[str, ...] = tuple(ALL_STEPS)
"""Their names: the sections of ``quality.yaml``."""
CHECKS: tuple[Check, ...] = tuple(check for step in ALL_STEPS.values() for check in step.checks)
"""Every check there is, in the order of their steps."""
