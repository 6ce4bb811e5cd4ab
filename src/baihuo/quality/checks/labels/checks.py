"""Outcomes that a model would learn wrongly.

A label is the outcome of an impression. It is wrong where two outcomes contradict each other, where the
position is not the one that the product had, or where the outcome does not name its page.

Where the impressions of a page and a click disagree, the impressions are right.
"""

from __future__ import annotations

from baihuo.quality.checks.labels.detectors import find_notes, find_repairs
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.entries import read_checks
from baihuo.quality.spec import Step

CHECKS = read_checks(__file__, "labels")

STEP = Step(
    name="labels",
    settings=LabelsRules,
    checks=CHECKS,
    detectors=(find_repairs, find_notes),
)
