"""The custom checks that a file of rules adds to ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from baihuo.quality import CustomChecks


def custom_checks_of(rules_file: Path | None) -> CustomChecks:
    """The checks that the rules in ``rules_file`` name; none without one."""
    from baihuo import quality

    if rules_file is None:
        return quality.CustomChecks()
    rules, names = quality.load_rules(rules_file), [check.name for check in quality.CHECKS]
    return quality.load_custom_checks(rules.own, rules_file.parent, names)
