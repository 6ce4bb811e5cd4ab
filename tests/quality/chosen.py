"""Rules that run some checks, or groups of them, and no other, for tests of these groups and of what all of them share."""

from __future__ import annotations

import json
from pathlib import Path

from baihuo.quality import CHECKS, QualityRules

CLEANING = (
    *("schema", "times", "units", "duplicates", "orphans", "order"),
    *("traffic", "sessions", "stock", "prices"),
)
"""What changes or takes out rows of a simulated shop; the other groups mostly note, and cost three quarters of a run."""


def only(*names: str, rules: QualityRules | None = None) -> QualityRules:
    """Rules that turn off every other check: all 19 groups together cost ten times as much as most of them."""
    rules = rules or QualityRules()
    others = [c.name for c in CHECKS if not {c.name, c.step} & {*names, "consent"}]
    return rules.model_copy(update={"skip": (*rules.skip, *others)})


def few_checks(rules_file: Path, *names: str, **other: object) -> None:
    """Write a ``quality.yaml`` that runs these checks or groups alone, for tests of what comes after the checks."""
    rules_file.write_text(json.dumps({"skip": only(*names).skip, **other}), encoding="utf-8")
