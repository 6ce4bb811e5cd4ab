"""Measures: a number and a unit, read from what shops write, converted without rounding.

Numbers are fractions, factors are the legal definitions (1 inch = 25.4 mm, 1 lb = 453.59237 g,
1 斤 = 500 g), so that a conversion there and back is the same measure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; ``factor`` is how many of its dimension's base unit it is."""

    name: str
    dimension: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Measure:
    """So many of a unit."""

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

        >>> str(parse("2斤").to(UNITS["kg"])), str(parse("1 inch").to(UNITS["mm"]))
        ('1 kg', '25.4 mm')
        """
        if unit.dimension != self.unit.dimension:
            raise ValueError(f"{self.unit.name} and {unit.name} measure different things")
        return Measure(self.base / unit.factor, unit)

    def __str__(self) -> str:
        return f"{written(self.number)} {self.unit.name}"


# dimension: base unit first; name, factor to the base, other ways to write it
_TABLE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "length": (
        ("mm", "1", "millimetre millimeter millimetres millimeters 毫米"),
        ("μm", "1/1000", "um micron microns 微米"),
        ("cm", "10", "centimetre centimeter centimetres centimeters zentimeter 厘米 公分"),
        ("m", "1000", "metre meter metres meters mtr 米"),
        ("km", "1000000", "公里 千米"),
        ("inch", "254/10", "in inches zoll \" ” '' 英寸 吋"),
        ("ft", "3048/10", "feet foot ' 英尺"),
        ("yd", "9144/10", "yard yards"),
    ),
    "mass": (
        ("g", "1", "gr gm gram grams gramm gramme grammes 克"),
        ("mg", "1/1000", "milligram milligrams 毫克"),
        ("kg", "1000", "kgs kilo kilos kilogram kilograms kilogramm 公斤 千克"),
        ("斤", "500", "市斤"),
        ("两", "50", "兩"),
        ("lb", "45359237/100000", "lbs pound pounds 磅"),
        ("oz", "45359237/1600000", "ounce ounces 盎司"),
        ("t", "1000000", "吨"),
    ),
    "volume": (
        ("ml", "1", "millilitre milliliter millilitres milliliters cc 毫升"),
        ("cl", "10", ""),
        ("dl", "100", ""),
        ("L", "1000", "l ltr liter litre liters litres 升 公升"),
        (
            "fl oz",
            "295735295625/10000000000",
            "fl.oz fl. oz fl.oz. fluid ounce|fluid ounces|液体盎司",
        ),
        ("gal", "3785411784/1000000", "gallon gallons 加仑"),
    ),
    "data": (
        ("B", "1", "byte bytes"),
        ("KB", "1000", "kbyte"),
        ("MB", "1000000", "mbyte megabyte megabytes"),
        ("GB", "1000000000", "gbyte gigabyte gigabytes"),
        ("TB", "1000000000000", "tbyte terabyte terabytes"),
    ),
    "power": (
        ("W", "1", "watt watts 瓦 瓦特"),
        ("mW", "1/1000", ""),
        ("kW", "1000", "kilowatt kilowatts 千瓦"),
    ),
    "energy": (("Wh", "1", "瓦时"), ("kWh", "1000", "度电 千瓦时")),
    "charge": (("mAh", "1", "毫安 毫安时"), ("Ah", "1000", "安时")),
    "voltage": (("V", "1", "volt volts 伏 伏特"), ("mV", "1/1000", ""), ("kV", "1000", "")),
    "frequency": (
        ("Hz", "1", "hertz 赫兹"),
        ("kHz", "1000", ""),
        ("MHz", "1000000", "兆赫"),
        ("GHz", "1000000000", "吉赫"),
    ),
    "time": (
        ("s", "1", "sec secs second seconds 秒"),
        ("ms", "1/1000", "毫秒"),
        ("min", "60", "mins minute minutes 分钟"),
        ("h", "3600", "hr hrs hour hours 小时"),
    ),
    "pressure": (("Pa", "1", ""), ("hPa", "100", ""), ("kPa", "1000", ""), ("bar", "100000", "")),
    "count": (
        (
            "pcs",
            "1",
            "pc piece pieces pc(s) pcs. stück stk count ct pack packs 件 个 片 只 包 袋 瓶 盒 支 张 卷 件装 个装 片装 只装 包装 袋装 瓶装 盒装 支装 卷装",
        ),
    ),
}

UNITS: dict[str, Unit] = {}
"""By the one name that this house writes."""
_SPELLINGS: dict[str, tuple[Unit, ...]] = {}
DIMENSIONS: dict[str, tuple[Unit, ...]] = {}


def _spell(text: str, unit: Unit) -> None:
    known = _SPELLINGS.get(text, ())
    _SPELLINGS[text] = known if unit in known else (*known, unit)


for _dimension, _rows in _TABLE.items():
    for _name, _factor, _others in _rows:
        _unit = Unit(_name, _dimension, Fraction(_factor))
        UNITS[_name] = _unit
        DIMENSIONS[_dimension] = (*DIMENSIONS.get(_dimension, ()), _unit)
        for _way in (_name, *(_others.split("|") if "|" in _others else _others.split())):
            _spell(_way, _unit)
for _way in ("fl.oz", "fl. oz", "fl.oz.", "fl. oz.", "floz"):
    _spell(_way, UNITS["fl oz"])
# written for two things: which one, the context says
for _way, _names in (
    ("G", ("GB", "g")),
    ("M", ("MB", "m")),
    ("T", ("TB",)),
    ("oz", ("oz", "fl oz")),
    ("ounces", ("oz", "fl oz")),
):
    for _name in _names:
        _spell(_way, UNITS[_name])
_CASELESS: dict[str, tuple[Unit, ...]] = {}
for _way, _units in _SPELLINGS.items():
    if _way.lower() != "m":
        _CASELESS[_way.lower()] = tuple(dict.fromkeys((*_CASELESS.get(_way.lower(), ()), *_units)))
_CASELESS |= {"mb": (UNITS["MB"],), "g": (UNITS["g"],), "mw": (UNITS["mW"],), "t": (UNITS["t"],)}

_NUMBER = r"\d{1,3}(?:[,.' \u2019]\d{3})+(?:[.,]\d{1,6})?|\d+[.,]\d+|[.,]\d+|\d+"
_UNIT = "|".join(re.escape(w) for w in sorted({*_SPELLINGS, *_CASELESS}, key=len, reverse=True))
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
    found = readings(text, dimension=dimension)
    return found[0] if found else None


def readings(text: str, *, dimension: str | None = None) -> tuple[Measure, ...]:
    """All it can mean, likeliest first: "1,500 g" is 1500 g, and may be 1.5 g."""
    match = _FULL.fullmatch(normal(text))
    if match is None or len(text) > 60:
        return ()
    sign, whole, above, below, plain, _, spelling = match.groups()
    units = _SPELLINGS.get(spelling) or _CASELESS.get(spelling.lower(), ())
    units = tuple(u for u in units if dimension in (None, u.dimension))
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
    """What a written number can mean, likeliest first; empty where it is none.

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
