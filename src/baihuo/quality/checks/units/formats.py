"""The usual format of an attribute in a category, and values in another: a bare number, or a number with a unit behind it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from baihuo.quality.checks.units.measures import (
    Measure,
    normal,
    numbers_in,
    parse,
    readings,
    written,
)
from baihuo.quality.checks.units.unit_definitions import Unit

MAX_PLACES = 4  # decimal places of a converted number; longer ones are rounded


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value that ``n`` products of a category have for an attribute."""

    text: str
    is_text: bool
    n: int

    @property
    def number(self) -> Fraction | None:
        """The value as a number; None where it is anything else."""
        is_number = re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", self.text, re.ASCII)
        return Fraction(self.text) if is_number else None


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """A bare number (``unit`` is what it is in, where that is known), or a number with a unit behind it."""

    is_bare: bool
    is_text: bool  # a bare number that the shop writes as text
    unit: Unit | None
    spelling: str  # " ml", "GB": what stands behind the number, space included
    has_point: bool  # 500.0 rather than 500
    numbers: frozenset[Fraction]  # those that several products have
    low: Fraction
    high: Fraction

    def write(self, number: Fraction) -> str:
        """The number in this format, as JSON."""
        text = short(number)
        if not self.is_bare:
            return json.dumps(text + self.spelling, ensure_ascii=False)
        if self.is_text:
            return json.dumps(text)
        return f"{text}.0" if self.has_point and "." not in text else text


@dataclass(frozen=True, slots=True)
class Fix:
    """A value and its fix: ``new`` is JSON."""

    value: AttributeValue
    rule: str
    new: str
    why: str


def usual_format(
    values: Sequence[AttributeValue], bare_unit: Unit | None, *, min_rows: int, min_share: float
) -> ValueFormat | None:
    """The format of at least ``min_share`` of the products; None where there is none, or too few products."""
    kinds: Counter[str] = Counter()
    spellings: Counter[tuple[str, str]] = Counter()
    parsed: list[tuple[AttributeValue, Fraction, str]] = []
    for value in values:
        if (number := value.number) is not None:
            kind, behind = "text" if value.is_text else "number", ""
        elif value.is_text and (measure := parse(value.text)) is not None:
            kind, number, behind = measure.unit.name, measure.number, text_behind(value.text)
        else:
            continue
        kinds[kind] += value.n
        spellings[kind, behind] += value.n
        parsed.append((value, number, kind))
    if kinds.total() < min_rows:
        return None
    kind, n = min(kinds.items(), key=lambda item: (-item[1], item[0]))
    if n < min_share * kinds.total():
        return None
    counted: Counter[Fraction] = Counter()
    for value, number, k in parsed:
        if k == kind:
            counted[number] += value.n
    ways = {s: n for (k, s), n in spellings.items() if k == kind}
    spelling = min(ways, key=lambda s: (-ways[s], s))
    is_bare = kind in ("number", "text")
    measure = None if is_bare else parse(f"1{spelling}")
    n_points = sum(value.n for value, _, k in parsed if k == kind and value.text.endswith(".0"))
    return ValueFormat(
        is_bare=is_bare,
        is_text=kind == "text",
        unit=bare_unit if is_bare else measure.unit if measure else None,
        spelling=spelling,
        has_point=2 * n_points > n,
        numbers=frozenset(v for v, c in counted.items() if c >= 3),
        low=min(counted),
        high=max(counted),
    )


def fixes(values: Sequence[AttributeValue], usual: ValueFormat) -> list[Fix]:
    """Values in other formats, with their form in the usual one where that is certain."""
    return [fix for value in values if (fix := _fix(value, usual)) is not None]


def _fix(value: AttributeValue, usual: ValueFormat) -> Fix | None:
    if (number := value.number) is not None:
        if usual.is_bare:
            is_usual = value.is_text == usual.is_text
            return None if is_usual else Fix(value, "number_form", usual.write(number), "a number")
        if number not in usual.numbers:  # of which unit it is, is not certain
            return None
        return Fix(value, "unit_form", usual.write(number), f"no unit:{usual.spelling}")
    if not value.is_text:
        return None
    unit = usual.unit
    bare = numbers_in(value.text) if usual.is_bare else ()
    measures = () if bare else readings(value.text)
    alike = [m for m in measures if unit and m.unit.dimension == unit.dimension]
    numbers = [*bare, *(_number_of(m, unit, usual) for m in alike if unit)]
    if not numbers:
        return None
    chosen = _chosen(list(dict.fromkeys(numbers)), usual)
    if chosen is None:
        return None
    new = usual.write(chosen)
    is_number = bool(bare) or (
        alike[0].unit == unit and not usual.is_bare and text_behind(value.text) == usual.spelling
    )
    if is_number and not bare and "," not in value.text and normal(value.text) == value.text:
        return None  # "15.60 mm": the same number in the same way
    why = "the number" if is_number else "the unit"
    return Fix(value, "number_form" if is_number else "unit_form", new, why)


def _number_of(measure: Measure, unit: Unit, usual: ValueFormat) -> Fraction:
    """In the usual ``unit``; data by 1000, or by 1024 where only that gives a usual number."""
    exact = measure.to(unit).number
    ratio = measure.unit.factor / unit.factor
    if unit.dimension != "data" or ratio == 1:
        return exact
    steps = (len(str(max(ratio.numerator, ratio.denominator))) - 1) // 3
    by_1024 = measure.number * Fraction(1024) ** (steps if ratio > 1 else -steps)
    return (
        by_1024
        if by_1024 in usual.numbers or by_1024.denominator == 1 < exact.denominator
        else exact
    )


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


def text_behind(text: str) -> str:
    """The text behind the number, with its space."""
    match = re.search(r"[\d½¼¾０-９]([^\d½¼¾０-９]*)$", text)
    return match[1].rstrip().rstrip(".") if match else ""


def short(number: Fraction) -> str:
    """The number with at most :data:`MAX_PLACES` decimal places."""
    text = written(number)
    if "/" in text or len(text.partition(".")[2]) > MAX_PLACES:
        return written(Fraction(round(number * 10**MAX_PLACES), 10**MAX_PLACES))
    return text
