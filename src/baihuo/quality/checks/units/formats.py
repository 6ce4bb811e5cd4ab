"""How one attribute of one shelf is usually written, and what the other ways become."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from baihuo.quality.checks.units.measures import (
    DIMENSIONS,
    Measure,
    Unit,
    normal,
    numbers_in,
    parse,
    readings,
    written,
)

MAX_PLACES = (
    4  # a conversion that ends sooner is written as it is; longer ones are rounded to so many
)
FAR = 5  # times beyond the usual values: a converted value there was never in its own unit

_VERSION = re.compile(r"\d+\.\d[a-z]", re.ASCII)
"""HDMI 1.4b, USB 3.0a: where nothing says that it is a measure, a glued letter is part of a name."""


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value that ``n`` products of a shelf have for an attribute."""

    text: str
    is_text: bool
    n: int


@dataclass(frozen=True, slots=True)
class Fix:
    """What becomes of a value: ``new`` is JSON, None for a note."""

    fact: AttributeValue
    rule: str
    new: str | None
    why: str
    if_titled: str | None = None  # instead of ``new``, where the title says the value as it is


@dataclass(frozen=True, slots=True)
class Form:
    """The usual way: a bare number (``unit`` is what it stands for, where known), or a unit behind it."""

    is_bare: bool
    is_text: bool  # a bare number that the shop writes as text
    unit: Unit | None
    dimension: str | None  # what the attribute's name says it measures
    spelling: str  # " ml", "GB": what stands behind the number, space included
    has_point: bool  # 500.0 rather than 500
    numbers: frozenset[Fraction]  # those that several products have
    low: Fraction
    high: Fraction

    def write(self, number: Fraction) -> str:
        """The number this way, as JSON."""
        if not self.is_bare:
            return json.dumps(_short(number) + self.spelling, ensure_ascii=False)
        text = _short(number)
        if self.is_text:
            return json.dumps(text)
        return f"{text}.0" if self.has_point and "." not in text else text


def usual_form(
    facts: Sequence[AttributeValue],
    bare_unit: Unit | None,
    *,
    dimension: str | None,
    min_rows: int,
    min_share: float,
) -> Form | None:
    """The way that ``min_share`` of the products keep to; None where there is none, or too few."""
    ways: Counter[tuple[str, str]] = Counter()
    units: Counter[str] = Counter()
    read: list[tuple[AttributeValue, Fraction, str]] = []
    for fact in facts:
        if (bare := _plain_number(fact)) is not None:
            kind, number = "text" if fact.is_text else "number", bare
            ways[kind, ""] += fact.n
        elif fact.is_text and (measure := parse(fact.text)) is not None:
            kind, number = measure.unit.name, measure.number
            ways[kind, _behind(fact.text)] += fact.n
        else:
            continue
        units[kind] += fact.n
        read.append((fact, number, kind))
    total = sum(units.values())
    if total < min_rows:
        return None
    kind, n = min(units.items(), key=lambda item: (-item[1], item[0]))
    if n < min_share * total:
        return None
    same = [(fact, number) for fact, number, k in read if k == kind]
    spelling = min(((s, c) for (k, s), c in ways.items() if k == kind), key=lambda i: (-i[1], i[0]))
    is_bare = kind in ("number", "text")
    measure = None if is_bare else parse(f"1{spelling[0]}")
    counted: Counter[Fraction] = Counter()
    for fact, number in same:
        counted[number] += fact.n
    return Form(
        is_bare=is_bare,
        is_text=kind == "text",
        unit=bare_unit if is_bare else measure.unit if measure else None,
        dimension=dimension,
        spelling=spelling[0],
        has_point=2 * sum(f.n for f, _ in same if f.text.endswith(".0")) > n,
        numbers=frozenset(v for v, c in counted.items() if c >= 3),
        low=min(v for _, v in same),
        high=max(v for _, v in same),
    )


def fixes(facts: Sequence[AttributeValue], form: Form) -> list[Fix]:
    """What is written another way, and the usual way for it where it is certain."""
    found = [_fix(fact, form) for fact in facts]
    return [fix for fix in found if fix is not None]


def _fix(fact: AttributeValue, form: Form) -> Fix | None:
    if (number := _plain_number(fact)) is not None:
        if form.is_bare and fact.is_text == form.is_text:
            return None
        if form.is_bare:
            return Fix(fact, "number_form", form.write(number), "a number among numbers")
        if number in form.numbers:
            return Fix(fact, "unit_form", form.write(number), f"the unit left out:{form.spelling}")
        return Fix(fact, "mixed_units", None, f"no unit, usually{form.spelling}")
    if not fact.is_text:
        return None
    if form.is_bare and (bare := numbers_in(fact.text)):
        chosen = _chosen(list(bare), form)
        if chosen is None:
            return Fix(fact, "mixed_units", None, "a number that can be read in two ways")
        return Fix(fact, "number_form", form.write(chosen), "a number written another way")
    if form.unit is None:
        if not form.is_bare or (form.dimension is None and _VERSION.fullmatch(fact.text)):
            return None
        if (number := _landed(fact.text, form)) is not None:
            return Fix(fact, "unit_form", form.write(number), "one unit alone gives a usual number")
        if readings(fact.text) and len(_behind(fact.text).strip()) > 1:
            return Fix(fact, "mixed_units", None, "a unit, where usually the number stands alone")
        return None
    measures = readings(fact.text, dimension=form.unit.dimension)
    if not measures:
        return (
            None
            if not readings(fact.text)
            else Fix(fact, "mixed_units", None, "another kind of unit")
        )
    return _converted(fact, form, form.unit, measures)


def _converted(
    fact: AttributeValue, form: Form, unit: Unit, measures: tuple[Measure, ...]
) -> Fix | None:
    numbers = [n for m in measures for n in _numbers_of(m, unit, form)]
    chosen = _chosen(list(dict.fromkeys(numbers)), form)
    if chosen is None:
        return Fix(fact, "mixed_units", None, "a number that can be read in two ways")
    new = form.write(chosen)
    if not form.is_bare and new == json.dumps(fact.text, ensure_ascii=False):
        return None
    if measures[0].unit != unit and _is_mislabelled(measures[0], chosen, form):
        why = f"{fact.text} is far from the others, and {_short(measures[0].number)} is one of them"
        return Fix(fact, "unit_slip", form.write(measures[0].number), why, if_titled=new)
    same_unit = measures[0].unit == unit
    is_number = same_unit and not form.is_bare and _behind(fact.text) == form.spelling
    if is_number and "," not in normal(fact.text) and normal(fact.text) == fact.text:
        return None  # "15.60 mm": the same number in the same way
    why = "the number" if is_number else "the spelling" if same_unit else "another unit"
    return Fix(fact, "number_form" if is_number else "unit_form", new, why)


def _landed(text: str, form: Form) -> Fraction | None:
    """Where nobody says what the bare numbers count: the one that a single unit makes of it."""
    found = {
        number
        for measure in readings(text, dimension=form.dimension)
        for unit in DIMENSIONS[measure.unit.dimension]
        if (number := measure.to(unit).number) in form.numbers
    }
    return found.pop() if len(found) == 1 else None


def _is_mislabelled(measure: Measure, converted: Fraction, form: Form) -> bool:
    """ "16 MB" among 8, 16 and 32 GB: converted it is nowhere near, as a bare number it is there."""
    if not form.numbers or measure.number not in form.numbers:
        return False
    return converted * FAR < min(form.numbers) or converted > FAR * max(form.numbers)


def _numbers_of(measure: Measure, unit: Unit, form: Form) -> list[Fraction]:
    """In the usual unit; data by 1000, or by 1024 where that is what the shelf counts in."""
    exact = measure.to(unit).number
    if unit.dimension != "data" or measure.unit == unit:
        return [exact]
    steps = round(
        len(str(measure.unit.factor // unit.factor or unit.factor // measure.unit.factor)) // 3
    )
    by_1024 = measure.number * (
        Fraction(1024) ** steps if measure.unit.factor > unit.factor else Fraction(1, 1024**steps)
    )
    if by_1024 in form.numbers and exact not in form.numbers:
        return [by_1024]
    is_power = measure.number.denominator == 1 and measure.number.numerator % 64 == 0
    return [by_1024] if is_power and exact not in form.numbers else [exact]


def _chosen(numbers: list[Fraction], form: Form) -> Fraction | None:
    """Of several readings the one the shelf has; else thousands, if only they are of its size.

    "80,120" among 80 and 120 is a list of two: a decimal comma before three digits needs a witness.
    """
    if len(numbers) == 1:
        return numbers[0]
    known = [n for n in numbers if n in form.numbers]
    if len(known) == 1:
        return known[0]
    fits = [n for n in numbers if form.low <= n <= form.high]
    return fits[0] if fits == [max(numbers)] else None


def _plain_number(fact: AttributeValue) -> Fraction | None:
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", fact.text, re.ASCII):
        return None
    return Fraction(fact.text)


def _behind(text: str) -> str:
    """What stands behind the number, with its space."""
    found = re.search(r"[\d½¼¾０-９]([^\d½¼¾０-９]*)$", text)
    return found[1].rstrip().rstrip(".") if found else ""


def _short(number: Fraction) -> str:
    text = written(number)
    if "/" in text or len(text.partition(".")[2]) > MAX_PLACES:
        return written(Fraction(round(number * 10**MAX_PLACES), 10**MAX_PLACES))
    return text
