"""Sizes, weights and capacities in one unit each.

An attribute is checked within its category: the usual format of its values, their unit, and how large
they are. Bare numbers get their unit from the attribute's name, or from titles that write a unit after
the same number. Every conversion is exact.
"""

from __future__ import annotations

from baihuo.quality.checks.units.detector import find
from baihuo.quality.checks.units.settings import UnitsRules
from baihuo.quality.entries import read_checks
from baihuo.quality.spec import Step

CHECKS = read_checks(__file__, "units")
STEP = Step(name="units", settings=UnitsRules, checks=CHECKS, detectors=(find,))
