"""Attributes: rotated, joined, half exported, impossible together, spelt by one listing alone."""

from __future__ import annotations

from baihuo.exam.independent.dirt.third.attributes import (
    added,
    colour,
    has_colour,
    has_weight,
    weight,
)
from baihuo.exam.independent.dirt.third.tools import (
    NOTED,
    Values,
    colour_key,
    listing,
    measure_key,
    read,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


def _range(bed: Bed, v: Values) -> str:
    number, unit = str(read(v, str(measure_key(v)))).split()
    return f"{float(number) * 1.5:g}-{number} {unit}"


listing(
    "attribute_range_upside_down",
    "a range of which the end is below the start",
    _range,
    measure_key,
)


@kind(
    "composition_beyond_100",
    "fibres that add up to more than all of it",
    table=PRODUCTS,
    actions=NOTED,
)
def _composition(bed: Bed, own: Kind) -> None:
    added(
        bed,
        own,
        lambda bed, v: {
            "Composition": f"{bed.rng.randint(65, 90)}% cotton, {bed.rng.randint(45, 60)}% polyester"
        },
    )


@kind("gross_below_net", "it weighs less with its box than without", table=PRODUCTS, actions=NOTED)
def _gross(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, v: Values) -> Values:
        number, unit = weight(v) or (1.0, "kg")
        return {"Gross weight": f"{number * 0.4:g} {unit}", "Net weight": f"{number:g} {unit}"}

    added(bed, own, make, has_weight)


@kind(
    "box_smaller_than_goods",
    "a package that the goods do not fit in",
    table=PRODUCTS,
    actions=NOTED,
)
def _box(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        held = v["attributes"]
        return all(
            isinstance(held.get(n), float) and held[n] > 30 for n in ("width", "depth", "height")
        )

    added(
        bed,
        own,
        lambda bed, v: {
            f"package {n}": round(v["attributes"][n] * 0.3, 1) for n in ("width", "depth", "height")
        },
        fit,
    )


@kind(
    "best_before_production",
    "best before a day that lies before it was made",
    table=PRODUCTS,
    actions=NOTED,
)
def _best_before(bed: Bed, own: Kind) -> None:
    added(
        bed,
        own,
        lambda bed, v: {
            "Production date": f"2025-0{bed.rng.randint(1, 2)}-1{bed.rng.randint(0, 9)}",
            "Best before": f"2024-0{bed.rng.randint(1, 9)}-0{bed.rng.randint(1, 9)}",
        },
    )


@kind("age_upside_down", "from twelve years of age to three", table=PRODUCTS, actions=NOTED)
def _age(bed: Bed, own: Kind) -> None:
    added(
        bed,
        own,
        lambda bed, v: {
            "Minimum age": f"{bed.rng.randint(10, 14)} years",
            "Maximum age": f"{bed.rng.randint(2, 5)} years",
        },
    )


@kind(
    "share_beyond_100",
    "an efficiency of more than a hundred percent",
    table=PRODUCTS,
    actions=NOTED,
)
def _share(bed: Bed, own: Kind) -> None:
    added(bed, own, lambda bed, v: {"Recycled content": f"{bed.rng.randint(120, 900)} %"})


@kind(
    "made_in_two_countries",
    "the text says made in Italy, the attribute China",
    table=PRODUCTS,
    actions=NOTED,
)
def _made_in(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return (
            bool(v.get("attributes") and v.get("description_en"))
            and "country of origin" not in v["attributes"]
        )

    for row in bed.take(PRODUCTS, own.cases, fit):
        row.values["attributes"] = row.values["attributes"] | {"Country of origin": "China"}
        row.values["description_en"] += " 100% made in Italy."
        bed.case(own, [row])


def _option(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["{}", "opt_{}", "colour.option.{}", "#{}"])).format(
        bed.rng.randint(1000, 9999)
    )


listing(
    "colour_option_number",
    "the number of an option that the export did not look up",
    _option,
    colour_key,
)


def _label(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["Colour: {}", "color={}", "颜色：{}"])).format(colour(v))


listing("colour_with_label", "the attribute's name within its value", _label, colour_key)


def _turned(bed: Bed, v: Values) -> str:
    own = colour(v)
    at = next(n for n in range(1, len(own) - 1) if own[n] != own[n + 1])
    return own[:at] + own[at + 1] + own[at] + own[at + 2 :]


listing(
    "colour_letters_turned",
    "two letters of the colour turned round",
    _turned,
    colour_key,
    fit=lambda v: (
        has_colour(v) and colour(v).isalpha() and colour(v).isascii() and len(colour(v)) > 3
    ),
)


def _joined(bed: Bed, v: Values) -> str:
    return f"{colour(v)};{bed.rng.choice(['M', 'glass', 'cotton', 'one size'])};{bed.rng.randint(1, 9)}"


listing("colour_with_material", "three columns joined in the colour", _joined, colour_key)


def _sheet_error(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "########", "#N/A"]))


listing("attribute_sheet_error", "a sheet's error as a measure", _sheet_error, measure_key)


def _unit_twice(bed: Bed, v: Values) -> str:
    number, unit = str(read(v, str(measure_key(v)))).split()
    return f"{number} {unit} {unit}"


listing("unit_twice", "the unit written twice", _unit_twice, measure_key)


def _doubtful(bed: Bed, v: Values) -> str:
    return f"{read(v, str(measure_key(v)))} {bed.rng.choice(['??', '(ask supplier)', '待核实', '(approx, not measured!!)'])}"


listing("measure_doubtful", "a buyer's question behind the measure", _doubtful, measure_key)


def _two(bed: Bed, v: Values) -> str:
    number, unit = str(read(v, str(measure_key(v)))).split()
    return f"{number} {unit} / {float(number) * 2.2:g} {unit}"


listing("measure_two", "two values for one measure", _two, measure_key)


@kind(
    "attribute_name_misspelt",
    "one listing alone writes Colur, Materail or Wieght",
    table=PRODUCTS,
    actions="note repair withhold",
)
def _misspelt(bed: Bed, own: Kind) -> None:
    wrong = {
        "Colour": "Colur",
        "Material": "Materail",
        "Weight": "Wieght",
        "product colour": "prodcut colour",
        "width": "widht",
        "height": "hieght",
    }
    for row in bed.take(
        PRODUCTS, own.cases, lambda v: bool(set(v.get("attributes") or {}) & set(wrong))
    ):
        held = row.values["attributes"]
        name = bed.rng.choice(sorted(set(held) & set(wrong)))
        row.values["attributes"] = {
            wrong[n] if n == name else n: value for n, value in held.items()
        }
        bed.case(own, [row])
