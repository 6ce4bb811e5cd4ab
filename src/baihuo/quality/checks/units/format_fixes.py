"""Values that are not in the usual format of their attribute, and what they are in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from baihuo.quality.checks.units.formats import (
    AttributeValue,
    ValueFormat,
    plain_number,
    short,
    text_behind,
)
from baihuo.quality.checks.units.measures import (
    DIMENSIONS,
    Measure,
    Unit,
    normal,
    numbers_in,
    readings,
)

FAR = 5  # times beyond the usual values: a converted value there had a wrong unit

_VERSION = re.compile(r"\d+\.\d[a-z]", re.ASCII)
"""HDMI 1.4b, USB 3.0a: where nothing implies a measure, a letter behind the number is part of a name."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A value and its fix: ``new`` is JSON, None for a note."""

    value: AttributeValue
    rule: str
    new: str | None
    why: str
    new_if_confirmed: str | None = None  # instead of ``new``, where the title confirms the value


def fixes(values: Sequence[AttributeValue], usual: ValueFormat) -> list[Fix]:
    """Values in other formats, with their form in the usual one where that is certain."""
    candidates = [_fix(value, usual) for value in values]
    lone = [f for f in candidates if f is not None and f.why == _LONE_NUMBERS]
    n_lone = sum(fix.value.n for fix in lone)
    if n_lone > max(_FEW, _FEW_SHARE * sum(value.n for value in values)):
        candidates = [fix for fix in candidates if fix not in lone]  # written so on purpose
    return [fix for fix in candidates if fix is not None]


_FOREIGN = "another kind of unit"
_LONE_NUMBERS = "a unit, where usually the number stands alone"
_FEW, _FEW_SHARE = 2, 0.02  # of an attribute's values, that have a unit by mistake


def _fix(value: AttributeValue, usual: ValueFormat) -> Fix | None:
    if (number := plain_number(value)) is not None:
        if usual.is_bare and value.is_text == usual.is_text:
            return None
        if usual.is_bare:
            return Fix(value, "number_form", usual.write(number), "a number among numbers")
        if number in usual.numbers:
            return Fix(
                value, "unit_form", usual.write(number), f"the unit left out:{usual.spelling}"
            )
        return Fix(value, "mixed_units", None, f"no unit, usually{usual.spelling}")
    if not value.is_text:
        return None
    if usual.is_bare and (bare := numbers_in(value.text)):
        chosen = _chosen(list(bare), usual)
        if chosen is None:
            return Fix(value, "mixed_units", None, "a number that can be read in two ways")
        return Fix(value, "number_form", usual.write(chosen), "a number written another way")
    if usual.unit is None:
        if not usual.is_bare or (usual.dimension is None and _VERSION.fullmatch(value.text)):
            return None
        if (number := _usual_number(value.text, usual)) is not None:
            return Fix(
                value, "unit_form", usual.write(number), "one unit alone gives a usual number"
            )
        if not readings(value.text) or len(text_behind(value.text).strip()) <= 1:
            return None
        certain = usual.certain_dimension
        is_foreign = certain is not None and not readings(value.text, dimension=certain)
        return Fix(value, "mixed_units", None, _FOREIGN if is_foreign else _LONE_NUMBERS)
    measures = readings(value.text, dimension=usual.unit.dimension)
    if not measures:
        return None if not readings(value.text) else Fix(value, "mixed_units", None, _FOREIGN)
    return _converted(value, usual, usual.unit, measures)


def _converted(
    value: AttributeValue, usual: ValueFormat, unit: Unit, measures: tuple[Measure, ...]
) -> Fix | None:
    numbers = [n for m in measures for n in _numbers_of(m, unit, usual)]
    chosen = _chosen(list(dict.fromkeys(numbers)), usual)
    if chosen is None:
        return Fix(value, "mixed_units", None, "a number that can be read in two ways")
    new = usual.write(chosen)
    if not usual.is_bare and new == json.dumps(value.text, ensure_ascii=False):
        return None
    if measures[0].unit != unit and _is_mislabelled(measures[0], chosen, usual):
        why = f"{value.text} is far from the others, and {short(measures[0].number)} is one of them"
        return Fix(value, "unit_slip", usual.write(measures[0].number), why, new_if_confirmed=new)
    same_unit = measures[0].unit == unit
    is_number = same_unit and not usual.is_bare and text_behind(value.text) == usual.spelling
    if is_number and "," not in normal(value.text) and normal(value.text) == value.text:
        return None  # "15.60 mm": the same number in the same way
    why = "the number" if is_number else "the spelling" if same_unit else "another unit"
    return Fix(value, "number_form" if is_number else "unit_form", new, why)


def _usual_number(text: str, usual: ValueFormat) -> Fraction | None:
    """Where the unit of the bare numbers is not known: the usual number that exactly one unit gives."""
    numbers = {
        number
        for measure in readings(text, dimension=usual.dimension)
        for unit in DIMENSIONS[measure.unit.dimension]
        if (number := measure.to(unit).number) in usual.numbers
    }
    return numbers.pop() if len(numbers) == 1 else None


def _is_mislabelled(measure: Measure, converted: Fraction, usual: ValueFormat) -> bool:
    """ "16 MB" among 8, 16 and 32 GB: converted it is nowhere near, as a bare number it is there."""
    if not usual.numbers or measure.number not in usual.numbers:
        return False
    return converted * FAR < min(usual.numbers) or converted > FAR * max(usual.numbers)


def _numbers_of(measure: Measure, unit: Unit, usual: ValueFormat) -> list[Fraction]:
    """In the usual unit; data by 1000, or by 1024 where that gives a usual number."""
    exact = measure.to(unit).number
    if unit.dimension != "data" or measure.unit == unit:
        return [exact]
    steps = round(
        len(str(measure.unit.factor // unit.factor or unit.factor // measure.unit.factor)) // 3
    )
    by_1024 = measure.number * (
        Fraction(1024) ** steps if measure.unit.factor > unit.factor else Fraction(1, 1024**steps)
    )
    if by_1024 in usual.numbers and exact not in usual.numbers:
        return [by_1024]
    is_power = measure.number.denominator == 1 and measure.number.numerator % 64 == 0
    return [by_1024] if is_power and exact not in usual.numbers else [exact]


def _chosen(numbers: list[Fraction], usual: ValueFormat) -> Fraction | None:
    """Of several readings the usual one; else the one with thousands, if only it is in the usual range.

    "80,120" among 80 and 120 is a list of two: a decimal comma before three digits needs other evidence.
    """
    if len(numbers) == 1:
        return numbers[0]
    known = [n for n in numbers if n in usual.numbers]
    if len(known) == 1:
        return known[0]
    fits = [n for n in numbers if usual.low <= n <= usual.high]
    return fits[0] if fits == [max(numbers)] else None
