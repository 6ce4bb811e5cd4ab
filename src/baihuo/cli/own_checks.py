"""The checks that a file of rules adds to ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from baihuo.quality import CustomChecks


def own_checks_of(rules_file: Path | None) -> CustomChecks:
    """What the rules in ``rules_file`` declare; nothing without one."""
    from baihuo import quality

    if rules_file is None:
        return quality.CustomChecks()
    rules = quality.load_rules(rules_file)
    return quality.own_checks(rules.own, rules_file.parent, [c.name for c in quality.CHECKS])
