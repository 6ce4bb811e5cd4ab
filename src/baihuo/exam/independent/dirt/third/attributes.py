"""Attributes: rotated, joined, half exported, impossible together, spelt by one listing alone."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    NOTED,
    Values,
    colour_key,
    listing,
    measure_key,
    read,
    stranger,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


def colour(v: Values) -> str:
    return str(read(v, str(colour_key(v))))


def has_colour(v: Values) -> bool:
    return colour_key(v) is not None


def said_in_title(v: Values) -> bool:
    """The title says the colour: so it is known which one is meant."""
    return has_colour(v) and colour(v).casefold() in str(v.get("title_en")).casefold()


def added(bed: Bed, own: Kind, make: Any, fit: Any = lambda v: True) -> None:
    """Give listings attributes that cannot be true together; no cell is the one at fault."""
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("attributes")) and fit(v)):
        row.values["attributes"] = dict(row.values["attributes"]) | make(bed, row.values)
        bed.case(own, [row])


def is_of_a_body(v: Values) -> bool:
    """A measure that every body has more of than nothing (a temperature may be nothing, or less)."""
    number, unit = str(read(v, str(measure_key(v)))).split()
    return float(number) > 0 and unit in (
        "g",
        "kg",
        "mm",
        "cm",
        "m",
        "l",
        "ml",
        "W",
        "GB",
        "mAh",
        "inch",
    )


def weight(v: Values) -> tuple[float, str] | None:
    parts = str((v.get("attributes") or {}).get("Weight") or "").split()
    return (float(parts[0]), parts[1]) if len(parts) == 2 else None


def has_weight(v: Values) -> bool:
    return weight(v) is not None


@kind(
    "attribute_names_and_values_swapped",
    "values where names of attributes should be, and names where values",
    table=PRODUCTS,
    actions="note withhold quarantine repair",
)
def _swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(v.get("attributes") or {}) >= 2):
        row.values["attributes"] = {
            str(value): name for name, value in row.values["attributes"].items()
        }
        bed.case(own, [row])


@kind(
    "attribute_values_rotated",
    "colour, material and weight each hold the next one's value",
    table=PRODUCTS,
    actions=FIXED,
)
def _rotated(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return {"Colour", "Material", "Weight"} <= set(v.get("attributes") or {})

    for row in bed.take(PRODUCTS, own.cases, fit):
        held = row.values["attributes"]
        turned = {"Colour": held["Material"], "Material": held["Weight"], "Weight": held["Colour"]}
        row.values["attributes"] = held | turned
        bed.case(own, [row], field="attributes.Colour", clean=held["Colour"])


@kind("amps_volts_watts", "volts times amperes are not the watts", table=PRODUCTS, actions=NOTED)
def _electric(bed: Bed, own: Kind) -> None:
    added(
        bed,
        own,
        lambda bed, v: {
            "Voltage": "220 V",
            "Current": f"{bed.rng.randint(1, 3)} A",
            "Power consumption": f"{bed.rng.choice([4000, 6500, 9000])} W",
        },
    )


@kind("warranty_negative", "a warranty of minus so many months", table=PRODUCTS, actions=NOTED)
def _warranty(bed: Bed, own: Kind) -> None:
    added(bed, own, lambda bed, v: {"Warranty": f"-{bed.rng.choice([6, 12, 24])} months"})


@kind(
    "pack_against_attribute",
    "a pack of six in the title, one piece in the attributes",
    table=PRODUCTS,
    actions=NOTED,
)
def _pack(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return (
            bool(v.get("attributes") and v.get("title_en"))
            and "quantity per pack" not in v["attributes"]
        )

    for row in bed.take(PRODUCTS, own.cases, fit):
        row.values["attributes"] = row.values["attributes"] | {"Pieces per pack": "1"}
        row.values["title_en"] += f", pack of {bed.rng.choice([4, 6, 12])}"
        bed.case(own, [row])


@kind("size_as_date", "a sheet took sizes such as 10-12 for dates", table=PRODUCTS, actions=NOTED)
def _size_as_date(bed: Bed, own: Kind) -> None:
    added(
        bed,
        own,
        lambda bed, v: {
            "Size range": bed.rng.choice(["10-Dec", "4-Mar", "Jun-08", "2025-10-12 00:00:00"])
        },
    )


@kind(
    "attribute_nameless",
    "columns without a name: Unnamed: 3, 列1",
    table=PRODUCTS,
    actions=f"{FIXED} quarantine",
)
def _nameless(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(v.get("attributes") or {}) >= 2):
        names = bed.rng.choice([("Unnamed: {}", 3), ("列{}", 1), ("column_{}", 7), ("Field{}", 2)])
        row.values["attributes"] = {
            names[0].format(names[1] + n): value
            for n, value in enumerate(row.values["attributes"].values())
        }
        bed.case(own, [row])


def _flag(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["TRUE", "yes", "True", "是"]))


listing("colour_flag", "yes as a colour", _flag, colour_key)


def _every(bed: Bed, v: Values) -> str:
    return "black/white/red/navy blue/green/beige/grey/orange/pink/purple"


listing(
    "colour_every_option",
    "the whole list of choices as the colour of one",
    _every,
    colour_key,
    fit=said_in_title,
)


_SPANISH = {
    "black": "negro",
    "white": "blanco",
    "red": "rojo",
    "green": "verde",
    "grey": "gris",
    "pink": "rosado",
    "orange": "naranja",
    "purple": "morado",
    "yellow": "amarillo",
    "blue": "azul",
    "silver": "plateado",
}


def _spanish(bed: Bed, v: Values) -> str:
    return _SPANISH[colour(v).lower()]


listing(
    "colour_in_spanish",
    "one colour in Spanish among English ones",
    _spanish,
    colour_key,
    fit=lambda v: has_colour(v) and colour(v).lower() in _SPANISH,
)


def _see_above(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["see above", "same as above", "同上", '"', "ditto", "as pictured"]))


listing(
    "colour_see_above",
    "'same as above' of a sheet that is sorted otherwise now",
    _see_above,
    colour_key,
)


def _zero(bed: Bed, v: Values) -> str:
    return "0 " + str(read(v, str(measure_key(v)))).split()[1]


listing("measure_zero", "a weight or length of nothing", _zero, measure_key, fit=is_of_a_body)


def _negative(bed: Bed, v: Values) -> str:
    return "-" + str(read(v, str(measure_key(v))))


listing(
    "measure_negative", "a weight or length below nothing", _negative, measure_key, fit=is_of_a_body
)


def _formula(bed: Bed, v: Values) -> str:
    return f'=CONCATENATE(D{bed.rng.randint(2, 900)}," ",E{bed.rng.randint(2, 900)})'


listing("measure_formula", "a sheet's formula instead of the measure", _formula, measure_key)


@kind(
    "attributes_of_other_type",
    "the attributes of a listing of another category",
    table=PRODUCTS,
    also="unit_form",
    actions="note withhold quarantine repair",
)
def _other_type(bed: Bed, own: Kind) -> None:
    for row in bed.take(
        PRODUCTS, own.cases, lambda v: bool(v.get("attributes") and v.get("category"))
    ):
        row.values["attributes"] = dict(
            stranger(bed, row.values, "category", "brand", "attributes")["attributes"]
        )
        bed.case(own, [row])


@kind(
    "attribute_name_translated",
    "one listing's attributes have Chinese names among English ones",
    table=PRODUCTS,
    actions="note repair withhold",
)
def _translated(bed: Bed, own: Kind) -> None:
    zh = {
        "Colour": "颜色",
        "Material": "材质",
        "Weight": "重量",
        "product colour": "颜色",
        "width": "宽度",
        "height": "高度",
    }
    for row in bed.take(
        PRODUCTS, own.cases, lambda v: len(set(v.get("attributes") or {}) & set(zh)) >= 2
    ):
        row.values["attributes"] = {
            zh.get(n, n): value for n, value in row.values["attributes"].items()
        }
        bed.case(own, [row])


def _wide(bed: Bed, v: Values) -> str:
    return str(read(v, str(measure_key(v)))).translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )


listing(
    "numbers_wide",
    "a measure in wide digits of a Chinese keyboard",
    _wide,
    measure_key,
    actions="READ repair note withhold".replace("READ", "read"),
)
