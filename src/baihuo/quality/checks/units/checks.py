"""Sizes, weights and capacities in one unit each.

An attribute is checked within its category: the usual format of its values, their unit, and how large
they are. Bare numbers get their unit from the attribute's name, or from titles that write a unit after
the same number. Every conversion is exact.
"""

from __future__ import annotations

from baihuo.quality.checks.units.detector import find
from baihuo.quality.checks.units.settings import UnitsRules
from baihuo.quality.spec import Check, Step

CHECKS: tuple[Check, ...] = (
    Check(
        name="unit_form",
        step="units",
        on="products",
        action="repair",
        field="attributes",
        why="a measure is written in another unit or spelling than usual in its category; converted exactly",
        fix="agree on one unit per attribute, and let the source convert",
        version="2",
    ),
    Check(
        name="number_form",
        step="units",
        on="products",
        action="repair",
        field="attributes",
        why="a number is written in a way that filters and sorts cannot read (1,5 kg; full-width digits)",
        fix="write numbers with a decimal point and plain digits",
    ),
    Check(
        name="mixed_units",
        step="units",
        on="products",
        action="note",
        field="attributes",
        why="a measure is written otherwise than usual in its category, and which unit is meant is not certain",
        fix="write the unit that other products of the category have",
        version="3",
    ),
    Check(
        name="unit_slip",
        step="units",
        on="products",
        action="repair",
        field="attributes",
        why="a value is off by the factor between two units (a note where its title does not say the size)",
        fix="look at the unit of this attribute in the source: it was typed in another one",
        version="3",
    ),
    Check(
        name="unit_outlier",
        step="units",
        on="products",
        action="note",
        field="attributes",
        why="a value is far from every other in its category, and no unit would explain it",
        fix="look at the value, or move the product to its category",
        version="3",
    ),
    Check(
        name="title_contradicts_attribute",
        step="units",
        on="products",
        action="note",
        field="attributes",
        why="its title has another size than the attribute, where titles of its category usually agree with it",
        fix="correct whichever is wrong",
        version="3",
    ),
)

STEP = Step(name="units", settings=UnitsRules, checks=CHECKS, detectors=(find,))
