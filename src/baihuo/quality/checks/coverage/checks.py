"""The step ``coverage``: completeness, what is missing from the log."""

from __future__ import annotations

from baihuo.quality.checks.coverage.completeness import find_gaps
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.entries import read_checks
from baihuo.quality.spec import Step

CHECKS = read_checks(__file__, "coverage")

STEP = Step(
    name="coverage",
    settings=CoverageRules,
    checks=CHECKS,
    detectors=(find_gaps,),
    is_whole=True,
)
