"""Attributes: numbers in another unit, sheets' dates and errors, words that are another language or nobody's."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import (
    COLOURS,
    OPEN,
    both,
    leaf,
    sort_of,
    turned,
)
from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    Values,
    is_measure,
    listing,
    read,
    write,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
# what a category's titles say of each listing
TOLD = {
    "Flasks": "Capacity",
    "Kettles": "Capacity",
    "Rice cookers": "Capacity",
    "Backpacks": "Capacity",
    "Pans": "Diameter",
    "Knives": "Length",
    "Tablets": "Storage",
    "Laptops": "Memory",
    "Power banks": "Battery",
    "Coffee": "Weight",
    "Tea": "Weight",
    "Tents": "Weight",
}


def number(values: Values, field: str) -> tuple[float, str]:
    value, unit = str(read(values, field)).split()
    return float(value), unit


def in_title(values: Values, field: str) -> bool:
    """Both titles say the value, so everybody knows it."""
    value = str(read(values, field) or "")
    joined = value.replace(" ", "")
    return (
        bool(value)
        and value in str(values.get("title_en"))
        and joined in str(values.get("title_zh")).replace(" ", "")
    )


def attribute(
    name: str, words: str, change: Callable[[Bed, Values], Any], of: str, **rest: Any
) -> None:
    """Register a kind that changes the attribute ``of``."""
    listing(name, words, change, f"attributes.{of}", **rest)


def chosen(
    name: str,
    words: str,
    fit: Callable[[str, Any, Values], bool],
    change: Callable[[random.Random, str, Values], Any],
    **rest: Any,
) -> None:
    """Register a kind that changes any attribute that fits, a random one of each listing."""

    def fields(values: Values) -> list[str]:
        held = values.get("attributes")
        pairs = held.items() if isinstance(held, dict) else ()
        return [k for k, v in pairs if fit(k, v, values)]

    def plant(bed: Bed, own: Kind) -> None:
        for row in bed.take(PRODUCTS, own.cases, lambda v: bool(fields(v))):
            field = f"attributes.{bed.rng.choice(fields(row.values))}"
            clean = read(row.values, field)
            write(row.values, field, change(bed.rng, str(clean), row.values))
            bed.case(own, [row], field=field, clean=clean)

    plant.__module__ = change.__module__  # the hand is that of the file that says what changes
    kind(name, words, table=PRODUCTS, actions=FIXED, **rest)(plant)


def _kilograms(bed: Bed, v: Values) -> str:
    return f"{number(v, 'attributes.Weight')[0] / 1000:g} g"


attribute(
    "weight_kg_in_grams",
    "the number of kilograms with the unit of grams, among 1100 g and 1800 g",
    _kilograms,
    "Weight",
    fit=lambda v: (
        leaf(v) in ("Pans", "Keyboards", "Blankets", "Headphones", "Power banks")
        and str(read(v, "attributes.Weight")).endswith(" g")
    ),
)


def _watt_hours(bed: Bed, v: Values) -> str:
    charge, unit = number(v, "attributes.Battery")
    return f"{round(charge * 3.7 / 1000, 1)} {unit}"


attribute(
    "battery_in_wh",
    "37 in a column of 10000 mAh, which the title says: watt-hours",
    _watt_hours,
    "Battery",
    fit=lambda v: leaf(v) == "Power banks" and in_title(v, "attributes.Battery"),
)


def _fraction(key: str, value: Any, values: Values) -> bool:
    """A measure with a fraction, which the titles say."""
    return is_measure(value) and "." in str(value) and in_title(values, f"attributes.{key}")


def _point_lost(rng: random.Random, value: str, values: Values) -> str:
    return value.replace(".", "").lstrip("0")


chosen(
    "decimal_point_lost",
    "17 l for the 1.7 l of the titles",
    _fraction,
    _point_lost,
)


def _is_date(key: str, value: Any, values: Values) -> bool:
    match = re.match(r"(\d+)\.(\d+) ", str(value))
    return (
        match is not None
        and is_measure(value)
        and 1 <= int(match[1]) <= 28
        and 1 <= int(match[2]) <= 12
    )


def _as_date(rng: random.Random, value: str, values: Values) -> str:
    day, month = (int(x) for x in value.split()[0].split("."))
    iso = f"2025-{month:02d}-{day:02d}"
    return rng.choice([f"{day}-{MONTHS[month - 1]}", iso, f"{month}月{day}日"])


chosen(
    "excel_date_in_attribute",
    "a sheet made a date of 2.5: 2-May",
    _is_date,
    _as_date,
)


def _other_colour(bed: Bed, v: Values) -> str:
    own = str(read(v, "attributes.Colour"))
    return str(bed.rng.choice([c for c in COLOURS if c != own]))


attribute(
    "attribute_colour_against_all",
    "both titles have another colour than the attribute",
    _other_colour,
    "Colour",
    fit=lambda v: (
        both(v)
        and read(v, "attributes.Colour") in COLOURS
        and str(read(v, "attributes.Colour")) in v["title_en"]
        and COLOURS[read(v, "attributes.Colour")] in v["title_zh"]
    ),
)


def _chinese(key: str, value: Any, values: Values) -> str | None:
    if key == "Colour":
        return COLOURS.get(str(value))
    return dict(sort_of(values).get("materials", ())).get(value) if key == "Material" else None


def _in_chinese(rng: random.Random, value: str, values: Values) -> str:
    return COLOURS.get(value) or str(_chinese("Material", value, values))


chosen(
    "attribute_value_in_chinese",
    "黑色 among thousands of 'black': a filter shows both",
    lambda key, value, values: both(values) and _chinese(key, value, values) is not None,
    _in_chinese,
)


def _misspelt(rng: random.Random, value: str, values: Values) -> str:
    return turned(rng, value)


chosen(
    "attribute_value_misspelt",
    "a colour or material that this listing alone spells so, its texts do not",
    lambda key, value, values: (
        both(values)
        and key in ("Colour", "Material")
        and str(value).isascii()
        and len(str(value)) > 4
        and turned(random.Random(0), str(value)) != value
    ),
    _misspelt,
)


def _sheet_error(rng: random.Random, value: str, values: Values) -> str:
    return rng.choice(["#N/A", "#REF!", "#VALUE!", "#NAME?", "########"])


chosen(
    "excel_error_in_attribute",
    "#N/A, #REF!: a look-up that failed in the supplier's sheet",
    lambda key, value, values: bool(value),
    _sheet_error,
)

_NAMES = {
    "Colour": ("颜色", "Color"),
    "Material": ("材质", "Materials"),
    "Power": ("功率", "Power (W)"),
    "Capacity": ("容量", "capacity"),
    "Weight": ("重量", "Wt."),
}


@kind(
    "attribute_name_variant",
    "Color, 材质 or Wt. where all others say Colour, Material, Weight",
    table=PRODUCTS,
    actions=OPEN,
)
def _name_variant(bed: Bed, own: Kind) -> None:
    def names(v: Values) -> list[str]:
        return [k for k in v.get("attributes") or {} if k in _NAMES]

    for row in bed.take(PRODUCTS, own.cases, lambda v: both(v) and bool(names(v))):
        name = bed.rng.choice(names(row.values))
        other = bed.rng.choice(_NAMES[name])
        held = row.values["attributes"]
        row.values["attributes"] = {other if k == name else k: x for k, x in held.items()}
        bed.case(own, [row])


# attribute, its value, and categories where it is not quite absurd
_FOREIGN: list[tuple[str, str, tuple[str, ...]]] = [
    ("Diaper size", "XL", ("Clothing",)),
    ("Flavour", "chicken", ("Kitchen",)),
    ("SPF", "50", ("Clothing", "Sports")),
    ("Megapixels", "45", ("Electronics",)),
    ("Bed size", "1.8 m bed", ("Home",)),
    ("Roast", "dark roast", ("Kitchen",)),
    ("Switch", "red switch", ("Electronics", "Home", "Kitchen")),
    ("For", "kitten", ()),
]


@kind(
    "attribute_of_another_category",
    "a pan with a diaper size, a laptop with the flavour of chicken",
    table=PRODUCTS,
    actions=OPEN,
)
def _foreign(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        shelf = (v.get("category") or ["Food"])[0]
        return bool(v.get("attributes")) and shelf not in ("Food", "Beauty")

    for row in bed.take(PRODUCTS, own.cases, fit):
        shelf = row.values["category"][0]
        name, value, _ = bed.rng.choice([f for f in _FOREIGN if shelf not in f[2]])
        row.values["attributes"] = row.values["attributes"] | {name: value}
        bed.case(own, [row], field=f"attributes.{name}")


@kind(
    "attribute_lost_from_feed",
    "every other flask has a capacity, this one's titles name it, and the attribute is gone",
    table=PRODUCTS,
    actions=OPEN,
    checks="missing_attribute bad_attributes attribute_against_title title_contradicts_attribute",
)
def _lost(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return both(v) and leaf(v) in TOLD and in_title(v, f"attributes.{TOLD[leaf(v)]}")

    for row in bed.take(PRODUCTS, own.cases, fit):
        name = TOLD[leaf(row.values)]
        held = dict(row.values["attributes"])
        clean = held.pop(name)
        row.values["attributes"] = held
        bed.case(own, [row], field=f"attributes.{name}", clean=clean)
