"""Units by dimension, with their factors (the legal definitions) and the ways they are written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; ``factor`` is how many of its dimension's base unit it is."""

    name: str
    dimension: str
    factor: Fraction


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
        ("g", "1", "gr gm gram grams gramm gramme grammes 克 公克"),
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
"""Units by the name that is written."""
SPELLINGS: dict[str, tuple[Unit, ...]] = {}
"""Units by every way they are written; several where a spelling is ambiguous, the most likely first."""
DIMENSIONS: dict[str, tuple[Unit, ...]] = {}
"""Units by dimension, the base unit first."""


def _spell(text: str, unit: Unit) -> None:
    known = SPELLINGS.get(text, ())
    SPELLINGS[text] = known if unit in known else (*known, unit)


for _dimension, _rows in _TABLE.items():
    for _name, _factor, _others in _rows:
        _unit = Unit(_name, _dimension, Fraction(_factor))
        UNITS[_name] = _unit
        DIMENSIONS[_dimension] = (*DIMENSIONS.get(_dimension, ()), _unit)
        for _way in (_name, *(_others.split("|") if "|" in _others else _others.split())):
            _spell(_way, _unit)
for _way in ("fl.oz", "fl. oz", "fl.oz.", "fl. oz.", "floz"):
    _spell(_way, UNITS["fl oz"])
# ambiguous: the dimension of the attribute decides
for _way, _names in (
    ("G", ("GB", "g")),
    ("M", ("MB", "m")),
    ("T", ("TB",)),
    ("oz", ("oz", "fl oz")),
    ("ounces", ("oz", "fl oz")),
):
    for _name in _names:
        _spell(_way, UNITS[_name])
CASELESS_SPELLINGS: dict[str, tuple[Unit, ...]] = {}
"""The same by spelling in lower case, for spellings that are not found as written."""
for _way, _units in SPELLINGS.items():
    if _way.lower() != "m":
        CASELESS_SPELLINGS[_way.lower()] = tuple(
            dict.fromkeys((*CASELESS_SPELLINGS.get(_way.lower(), ()), *_units))
        )
# in lower case these are one unit in practice
CASELESS_SPELLINGS |= {
    "mb": (UNITS["MB"],),
    "g": (UNITS["g"],),
    "mw": (UNITS["mW"],),
    "t": (UNITS["t"],),
}
