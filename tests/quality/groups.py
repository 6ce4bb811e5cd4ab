"""Rules that run some groups of checks and no other, for tests of these groups and of what all of them share."""

from __future__ import annotations

import json
from pathlib import Path

from baihuo.quality import STEPS, QualityRules

CLEANING = (
    *("schema", "times", "units", "duplicates", "orphans", "order"),
    *("traffic", "sessions", "stock", "prices"),
)
"""What changes or takes out rows of a simulated shop; the other groups mostly note, and cost three quarters of a run."""


def only(*groups: str, rules: QualityRules | None = None) -> QualityRules:
    """Rules that turn off every other group: all together cost ten times as much as one."""
    rules = rules or QualityRules()
    others = (name for name in STEPS if name not in (*groups, "consent"))
    return rules.model_copy(update={"skip": (*rules.skip, *others)})


def few_checks(rules_file: Path, *groups: str, **other: object) -> None:
    """Write a ``quality.yaml`` that runs these groups alone, for tests of what comes after the checks."""
    rules_file.write_text(json.dumps({"skip": only(*groups).skip, **other}), encoding="utf-8")
