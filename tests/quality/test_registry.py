from __future__ import annotations

from pathlib import Path

import pytest

from baihuo.quality import CHECKS, STEPS, QualityRules, default_rules_text
from baihuo.quality import checks as groups
from baihuo.quality.limits import Limits
from baihuo.quality.registry import ALL_STEPS, GROUPS
from baihuo.quality.spec import Step


def test_every_folder_with_checks_stands_in_the_registry() -> None:
    room = Path(groups.__path__[0])
    assert sorted(GROUPS) == sorted(path.parent.name for path in room.glob("*/checks.py"))


def test_every_step_has_its_section_in_its_own_type() -> None:
    rules = QualityRules()
    for step in ALL_STEPS.values():
        assert type(rules.section(step)) is step.settings
        assert f"\n{step.name}:" in default_rules_text()
    assert {check.step for check in CHECKS} == set(STEPS)


def test_a_step_that_the_registry_does_not_know_has_no_section() -> None:
    class OtherRules(Limits):
        pass

    other = Step(name="other", settings=OtherRules, checks=(), detectors=())
    with pytest.raises(TypeError, match="other is no step of the registry"):
        QualityRules().section(other)
