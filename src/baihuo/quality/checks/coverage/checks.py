"""The last step: completeness (what is missing from the log) and drift (what has changed in it).

No single row is wrong here, so a finding is at one row of a slice: the last before a gap, the first
of a batch that has drifted. Both are notes: people decide. The profile of a batch is kept in
``profile.json`` next to the report, and the next batch is compared with it.
"""

from __future__ import annotations

from baihuo.quality.checks.coverage.completeness import find_gaps
from baihuo.quality.checks.coverage.drift import find_drift
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.entries import read_checks
from baihuo.quality.spec import Step

CHECKS = read_checks(__file__, "coverage")

STEP = Step(
    name="coverage",
    settings=CoverageRules,
    checks=CHECKS,
    detectors=(find_gaps, find_drift),
    is_whole=True,
    finds={
        find_gaps: ("hole_in_log", "hole_in_slice", "hole_in_visitors"),
        find_drift: ("drift", "strong_drift"),
    },
)
