"""Measures: a number and a unit, parsed from what shops write, converted without rounding.

Numbers are fractions, factors are the legal definitions (1 inch = 25.4 mm, 1 lb = 453.59237 g,
1 斤 = 500 g), so that a conversion there and back is the same measure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from baihuo.quality.checks.units.unit_definitions import CASELESS_SPELLINGS, SPELLINGS, Unit


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a unit."""

    number: Fraction
    unit: Unit

    @property
    def base(self) -> Fraction:
        """In the base unit of its dimension: mm, g, ml, B, W, Wh, mAh, V, Hz, s, Pa, pcs."""
        return self.number * self.unit.factor

    def to(self, unit: Unit) -> Measure:
        """The same in another unit of its dimension, exactly.

        Raises:
            ValueError: the units measure different things.

        >>> str(parse("2斤").to(parse("1 kg").unit)), str(parse("1 inch").to(parse("1 mm").unit))
        ('1 kg', '25.4 mm')
        """
        if unit.dimension != self.unit.dimension:
            raise ValueError(f"{self.unit.name} and {unit.name} measure different things")
        return Measure(self.base / unit.factor, unit)

    def __str__(self) -> str:
        return f"{written(self.number)} {self.unit.name}"


_NUMBER = r"\d{1,3}(?:[,.' \u2019]\d{3})+(?:[.,]\d{1,6})?|\d+[.,]\d+|[.,]\d+|\d+"
_UNIT = "|".join(
    re.escape(w) for w in sorted({*SPELLINGS, *CASELESS_SPELLINGS}, key=len, reverse=True)
)
_FULL = re.compile(
    rf"\s*([+-]?)(?:(\d+)[ -])?(?:(\d+)/(\d+)|({_NUMBER}))(\s*|-)({_UNIT})\.?\s*", re.I
)
_SIMPLE = re.compile(rf"\s*([+-]?)(?:{_NUMBER})\s*")


def parse(text: str, *, dimension: str | None = None) -> Measure | None:
    """The measure that ``text`` is, whole; None where it is anything else.

    >>> str(parse("1,5kg")), str(parse("５００ ＭＬ")), str(parse("15.6″")), parse("100-240 V")
    ('1.5 kg', '500 ml', '15.6 inch', None)
    >>> str(parse("256G", dimension="data")), str(parse("3 1/2 inch"))
    ('256 GB', '3.5 inch')

    Args:
        text: As a shop writes it: full-width, German commas, fractions, no space or one.
        dimension: Which of two readings is meant ("256G", "8 oz"); None takes the first.
    """
    measures = readings(text, dimension=dimension)
    return measures[0] if measures else None


def readings(text: str, *, dimension: str | None = None) -> tuple[Measure, ...]:
    """All it can mean, most likely first: "1,500 g" is 1500 g, and may be 1.5 g.

    A byte has no parts: 1.4b and 2.0b are versions.
    """
    if len(text) > 60:
        return ()
    match = _FULL.fullmatch(normal(text))
    if match is None:
        return ()
    sign, whole, above, below, plain, _, spelling = match.groups()
    units = SPELLINGS.get(spelling) or CASELESS_SPELLINGS.get(spelling.lower(), ())
    units = tuple(
        u
        for u in units
        if dimension in (None, u.dimension) and not (u.name == "B" and "." in (plain or ""))
    )
    if above is not None:
        if int(below) == 0:
            return ()
        numbers: tuple[Fraction, ...] = (int(whole or 0) + Fraction(int(above), int(below)),)
    elif whole is not None:
        return ()  # "12 500 g" is in the pattern of numbers; "12-500 g" is no measure
    else:
        numbers = numbers_in(plain)
    signed = [-n if sign == "-" else n for n in numbers]
    return tuple(Measure(n, u) for u in units for n in signed)


def numbers_in(text: str) -> tuple[Fraction, ...]:
    """What a written number can mean, most likely first; empty where it is none.

    >>> [str(n) for n in numbers_in("1,500")], [str(n) for n in numbers_in("1.234,5")]
    (['1500', '3/2'], ['2469/2'])
    """
    text = normal(text).strip()
    if not _SIMPLE.fullmatch(text):
        return ()
    marks = [c for c in text if not c.isdigit() and c not in "+-"]
    joined = re.sub(r"[ '\u2019]", "", text)
    if not {",", "."} & set(marks):
        return (Fraction(joined),)
    last = marks[-1]
    as_decimal = last in ",." and marks.count(last) == 1
    others = joined.replace("," if last == "." else ".", "")
    tail = len(text) - 1 - text.rindex(last)
    decimal = Fraction(others.replace(last, ".")) if as_decimal else None
    grouped = Fraction(others.replace(last, "")) if tail == 3 and text[0] not in ",.0" else None
    if decimal is None:
        return () if grouped is None else (grouped,)
    if grouped is None or len(set(marks)) > 1:
        return (decimal,)
    return (grouped, decimal) if last == "," else (decimal, grouped)


def normal(text: str) -> str:
    """Full-width and compatibility characters as plain ones (㎏ is kg, ５ is 5, ½ is 1/2)."""
    plain = re.sub(r"(\d)([¼½¾⅓⅔⅛⅜⅝⅞])", r"\1 \2", text).replace("″", '"').replace("′", "'")
    plain = unicodedata.normalize("NFKC", plain)
    return plain.replace("\u2044", "/").replace("\u2212", "-").replace("\u3000", " ")


def written(number: Fraction) -> str:
    """A number exactly: as a decimal where it ends, else as a fraction.

    >>> written(Fraction(3, 2)), written(Fraction(2000)), written(Fraction(1, 3))
    ('1.5', '2000', '1/3')
    """
    below, places = number.denominator, 0
    while below % 10 == 0:
        below, places = below // 10, places + 1
    for prime in (2, 5):
        while below % prime == 0:
            below, places = below // prime, places + 1
    if below != 1 or places > 15:
        return f"{number.numerator}/{number.denominator}"
    if places == 0:
        return str(number.numerator)
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
