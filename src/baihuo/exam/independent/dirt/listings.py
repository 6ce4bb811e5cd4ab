"""Attributes, units, categories, codes, pictures and stock of listings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.pictures import draw
from baihuo.exam.independent.rows import PRODUCTS, Row
from baihuo.exam.independent.visits import DAY, START_US

FIXED = "repair withhold note"
UNIT = "mixed_units unit_form unit_slip unit_outlier number_form title_contradicts_attribute bad_measure"
SLIP = "mixed_units unit_slip unit_outlier title_contradicts_attribute bad_measure"
FORM = "unit_form number_form"  # writes the same amount another way: says nothing of a wrong amount
TITLE = "title_contradicts_attribute attribute_against_title"
LARGER = {
    "g": "kg",
    "ml": "l",
    "cm": "m",
    "mm": "cm",
    "W": "kW",
    "mAh": "Ah",
    "GB": "TB",
    "kg": "t",
    "l": "hl",
}
SMALLER = {"g": "mg", "kg": "g", "l": "ml", "cm": "mm", "GB": "MB", "W": "mW", "inch": "cm"}
SPELT = {
    "g": "公克",
    "kg": "kilos",
    "l": "公升",
    "ml": "毫升",
    "cm": "公分",
    "W": "watts",
    "GB": "gigabyte",
}


def measures(values: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """Attributes that are a number and a unit; none where another kind of dirt left no object."""
    found: dict[str, tuple[float, str]] = {}
    attributes = values.get("attributes")
    if not isinstance(attributes, dict):
        return found
    for name, value in attributes.items():
        match = re.fullmatch(r"(\d+(?:\.\d+)?) ([A-Za-z]+)", str(value))
        if match:
            found[name] = (float(match[1]), match[2])
    return found


_NEIGHBOURS = 20  # listings of a real shop with the attribute in this unit, before anyone can tell what is usual


def plant_attribute(
    bed: Bed, own: Kind, change: Callable[[float, str], str | None], *, last: bool = True
) -> None:
    """Change one measure of a listing: the last (which no title names) or the first that the title has."""
    usual = Counter(
        (name, unit)
        for row in bed.shop.products
        for name, (_, unit) in measures(row.values).items()
    )

    def pick(values: dict[str, Any]) -> str | None:
        found = measures(values)
        if last:
            return list(found)[-1] if len(found) >= 2 else None
        least = _NEIGHBOURS if bed.shop.is_real else 0
        title = str(values.get("title_en"))
        in_title = (k for k, (n, u) in found.items() if f"{n:g}" in title and usual[k, u] >= least)
        return next(in_title, None)

    def is_fit(values: dict[str, Any]) -> bool:
        name = pick(values)
        return name is not None and change(*measures(values)[name]) is not None

    for row in bed.take(PRODUCTS, own.cases, is_fit):
        name = str(pick(row.values))
        attributes = dict(row.values["attributes"])
        clean = attributes[name]
        attributes[name] = change(*measures(row.values)[name])
        row.values["attributes"] = attributes
        bed.case(own, [row], field=f"attributes.{name}", clean=clean)


def measure(name: str, words: str, change: Callable[[float, str], str | None], **rest: Any) -> None:
    last = rest.pop("last", True)
    rest = {"actions": FIXED, "checks": UNIT} | rest
    kind(name, words, table=PRODUCTS, **rest)(
        lambda bed, own: plant_attribute(bed, own, change, last=last)
    )


measure(
    "unit_slip_larger",
    "kilograms where grams are meant",
    lambda n, u: f"{n:g} {LARGER[u]}" if u in LARGER else None,
    checks=SLIP,
    also=FORM,
)
measure(
    "unit_slip_smaller",
    "grams where kilograms are meant",
    lambda n, u: f"{n:g} {SMALLER[u]}" if u in ("kg", "l", "cm") else None,
    checks=SLIP,
    also=FORM,
)
measure(
    "unit_times_1000",
    "the number of grams with three noughts too many",
    lambda n, u: f"{n * 1000:g} {u}",
    checks=SLIP,
    also=FORM,
)
measure(
    "unit_times_37",
    "a measure that nothing of its kind has",
    lambda n, u: f"{n * 37:g} {u}",
    checks=SLIP,
    also=FORM,
)
measure(
    "unit_inches",
    "the same length in inches",
    lambda n, u: f"{n / 2.54:.1f} inch" if u == "cm" else None,
)
measure(
    "unit_ounces",
    "the same weight in ounces",
    lambda n, u: f"{n / 28.35:.1f} oz" if u == "g" else None,
)
measure(
    "unit_jin",
    "the same weight in 斤",
    lambda n, u: f"{n / 500:g} 斤" if u == "g" else f"{n * 2:g} 斤" if u == "kg" else None,
)
measure(
    "unit_spelt",
    "another word for the same unit",
    lambda n, u: f"{n:g} {SPELT[u]}" if u in SPELT else None,
)
measure("unit_missing", "a number without a unit", lambda n, u: f"{n:g}")
measure(
    "unit_of_another_kind",
    "a weight in centimetres",
    lambda n, u: f"{n:g} cm" if u in ("g", "kg") else None,
)
measure(
    "number_comma",
    "a comma for the decimal point",
    lambda n, u: f"{n:.1f} {u}".replace(".", ",") if n % 1 else None,
)
measure(
    "number_thousands",
    "points between thousands",
    lambda n, u: f"{n:,.0f}".replace(",", ".") + f",00 {u}" if n >= 1000 else None,
    last=False,
)
measure(
    "measure_against_title",
    "the title says another size",
    lambda n, u: f"{n * 2:g} {u}",
    last=False,
    checks=f"{TITLE} {UNIT}",
)
measure(
    "measure_null_word",
    "a word for null as a measure",
    lambda n, u: "N/A",
    checks="missing_attribute",
)


def attribute(
    name: str, words: str, column: str, change: Callable[[Bed, str], str], **rest: Any
) -> None:
    def plant(bed: Bed, own: Kind) -> None:
        def is_fit(values: dict[str, Any]) -> bool:
            return column in (values.get("attributes") or {})

        for row in bed.take(PRODUCTS, own.cases, is_fit):
            clean = row.values["attributes"][column]
            row.values["attributes"] = row.values["attributes"] | {column: change(bed, clean)}
            bed.case(own, [row], field=f"attributes.{column}", clean=clean)

    kind(name, words, table=PRODUCTS, **({"actions": FIXED} | rest))(plant)


def other(*values: str) -> Callable[[Bed, str], str]:
    return lambda bed, clean: bed.rng.choice([v for v in values if v != clean])


attribute(
    "colour_against_title",
    "the title says another colour",
    "Colour",
    other("black", "white", "red", "green", "orange"),
    checks=TITLE,
    also="variant_against_product",
)
attribute(
    "material_against_title",
    "the title says another material",
    "Material",
    other("oak", "glass", "nylon", "cast iron", "cowhide"),
    checks=TITLE,
)
attribute(
    "attribute_null_word",
    "a word for null as the colour",
    "Colour",
    other("N/A", "null", "-", "未知", "unknown"),
    checks="missing_attribute",
)


@kind(
    "attribute_missing",
    "the measure that all others of the category have is missing",
    table=PRODUCTS,
    actions="note repair",
    checks="missing_attribute",
)
def attribute_missing(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(measures(v)) > 1):
        name = list(measures(row.values))[-1]
        attributes = dict(row.values["attributes"])
        clean = attributes.pop(name)
        row.values["attributes"] = attributes
        bed.case(own, [row], field=f"attributes.{name}", clean=clean)


@kind(
    "attribute_twice",
    "colour and Color, and they differ",
    table=PRODUCTS,
    actions=FIXED,
    checks="attribute_said_twice",
    also="attribute_against_title variant_against_product",
)
def attribute_twice(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: "Colour" in (v.get("attributes") or {})):
        said = row.values["attributes"]["Colour"]
        row.values["attributes"] = row.values["attributes"] | {
            "colour ": other("black", "red", "white")(bed, said)
        }
        bed.case(own, [row])


@kind(
    "brand_against_title",
    "the title names another brand",
    table=PRODUCTS,
    actions=FIXED,
    checks="brand_against_title",
)
def brand_against_title(bed: Bed, own: Kind) -> None:
    brands = sorted({r.values["brand"] for r in bed.sound_products() if r.values.get("brand")})
    fit = [b for b in brands if b]
    for row in bed.take(PRODUCTS, own.cases, lambda v: str(v.get("brand")) in str(v["title_en"])):
        clean = row.values["brand"]
        row.values["brand"] = other(*fit)(bed, clean)
        bed.case(own, [row], field="brand", clean=clean)


@kind(
    "variant_against_product",
    "a size in another colour than its product",
    table=PRODUCTS,
    actions=FIXED,
    checks="variant_against_product",
)
def variant_against_product(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("variants"))):
        variants = [v | {"attributes": dict(v["attributes"])} for v in row.values["variants"]]
        said = variants[0]["attributes"]["Colour"]
        variants[0]["attributes"]["Colour"] = other("black", "red", "white", "green")(bed, said)
        row.values["variants"] = variants
        bed.case(own, [row])


@kind(
    "code_wrong_digit",
    "a bar code with a wrong digit",
    table=PRODUCTS,
    actions=FIXED,
    checks="bad_code",
)
def code_wrong_digit(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("codes"))):
        clean = list(row.values["codes"])
        last = str((int(clean[0][-1]) + bed.rng.randint(1, 9)) % 10)
        row.values["codes"] = [clean[0][:-1] + last]
        bed.case(own, [row])


@kind(
    "code_shared",
    "one bar code on unrelated listings",
    table=PRODUCTS,
    actions=FIXED,
    checks="shared_code",
)
def code_shared(bed: Bed, own: Kind) -> None:
    rows = bed.take(PRODUCTS, 2 * own.cases, lambda v: bool(v.get("codes")))
    for row, another in zip(rows[::2], rows[1::2], strict=False):
        row.values["codes"] = list(another.values["codes"])
        bed.case(own, [row, another])


def recategorize(bed: Bed, own: Kind, *, same_department: bool) -> None:
    all_of = {tuple(r.values["category"]) for r in bed.sound_products() if r.values.get("category")}
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("category"))):
        clean = list(row.values["category"])
        fit = [
            c for c in sorted(all_of) if (c[0] == clean[0]) == same_department and list(c) != clean
        ]
        if fit:
            row.values["category"] = list(bed.rng.choice(fit))
            bed.case(own, [row], field="category", clean=clean)


@kind(
    "category_elsewhere",
    "a kettle among the shoes",
    table=PRODUCTS,
    actions=FIXED,
    checks="wrong_category",
    also="missing_attribute mixed_units unit_outlier unit_slip unit_form listing_price_outlier",
)
def category_elsewhere(bed: Bed, own: Kind) -> None:
    recategorize(bed, own, same_department=False)


@kind(
    "category_nearby",
    "a kettle among the pans",
    table=PRODUCTS,
    actions=FIXED,
    checks="wrong_category",
    also="missing_attribute mixed_units unit_outlier unit_slip unit_form listing_price_outlier",
)
def category_nearby(bed: Bed, own: Kind) -> None:
    recategorize(bed, own, same_department=True)


@kind("category_missing", "a listing without a category", table=PRODUCTS, actions=FIXED)
def category_missing(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("category"))):
        clean = row.values["category"]
        row.values["category"] = []
        bed.case(own, [row], field="category", clean=clean)


def has_picture(values: dict[str, Any]) -> bool:
    return bool(values.get("images")) and str(values["images"][0]).startswith("pictures/")


def spoil_pictures(bed: Bed, own: Kind, change: Callable[[bytes], bytes]) -> None:
    for row in bed.take(PRODUCTS, own.cases, has_picture):
        name = row.values["images"][0]
        bed.shop.pictures[name] = change(bed.shop.pictures[name])
        bed.case(own, [row])


def picture(name: str, words: str, change: Callable[[bytes], bytes]) -> None:
    kind(name, words, table=PRODUCTS, actions=FIXED, checks="broken_picture shared_picture")(
        lambda bed, own: spoil_pictures(bed, own, change)
    )


picture("picture_cut", "a picture whose end is missing", lambda b: b[: len(b) // 2])
picture("picture_empty", "a picture of no bytes", lambda b: b"")
picture(
    "picture_is_a_page",
    "a page of HTML under a picture's name",
    lambda b: b"<!doctype html><h1>404</h1>",
)
picture(
    "picture_flipped_bytes",
    "a picture with bytes that were lost",
    lambda b: b[:60] + b"\0" * 90 + b[150:],
)


@kind(
    "picture_of_one_pixel",
    "a picture of one pixel",
    table=PRODUCTS,
    actions=FIXED,
    checks="broken_picture shared_picture",
)
def picture_of_one_pixel(bed: Bed, own: Kind) -> None:
    import numpy as np

    from baihuo.exam.independent.pictures import png

    spoil_pictures(bed, own, lambda b: png(np.array([[[b[50], b[60], b[70]]]], dtype=np.uint8)))


@kind(
    "picture_gone",
    "a picture that is not there",
    table=PRODUCTS,
    actions=FIXED,
    checks="broken_picture",
)
def picture_gone(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, has_picture):
        bed.shop.pictures.pop(row.values["images"][0])
        bed.case(own, [row])


@kind(
    "picture_placeholder",
    "'no picture' as the picture of many",
    table=PRODUCTS,
    actions=FIXED,
    checks="shared_picture",
)
def picture_placeholder(bed: Bed, own: Kind) -> None:
    bed.shop.pictures["pictures/none.png"] = draw(bed.rng)
    for row in bed.take(PRODUCTS, own.cases, has_picture):
        row.values["images"] = ["pictures/none.png"]
        bed.case(own, [row])


@kind(
    "picture_placeholder_copies",
    "'no picture' under a name of its own for each",
    table=PRODUCTS,
    actions=FIXED,
    checks="shared_picture",
)
def picture_placeholder_copies(bed: Bed, own: Kind) -> None:
    drawn = draw(bed.rng)
    spoil_pictures(bed, own, lambda _: drawn)


@kind(
    "picture_of_another",
    "the picture of an unrelated listing",
    table=PRODUCTS,
    actions=FIXED,
    checks="shared_picture",
)
def picture_of_another(bed: Bed, own: Kind) -> None:
    rows = bed.take(PRODUCTS, 2 * own.cases, has_picture)
    for row, another in zip(rows[::2], rows[1::2], strict=False):
        row.values["images"] = list(another.values["images"])
        bed.case(own, [row, another])


def sold(bed: Bed, at_least: int) -> Callable[[dict[str, Any]], bool]:
    pieces: dict[str, int] = {}
    for row in bed.shop.events:
        is_after = row.values["received_at_us"] > START_US + 2 * DAY
        if row.values.get("event_type") == "purchase" and is_after:
            product = str(row.values.get("product_id"))
            pieces[product] = pieces.get(product, 0) + int(row.values["quantity"])
    return lambda v: (
        pieces.get(str(v["product_id"]), 0) >= at_least and v.get("stock_units") is not None
    )


def set_stock(row: Row, units: int, updated_at_us: int) -> None:
    row.values |= {"stock_units": units, "updated_at_us": updated_at_us}
    if row.values.get("variants"):
        row.values["variants"] = [v | {"stock_units": units} for v in row.values["variants"]]


@kind(
    "stock_none_sold",
    "sold, though nothing was in stock",
    table=PRODUCTS,
    actions=FIXED,
    checks="sold_without_stock sold_beyond_stock stale_stock",
)
def stock_none_sold(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, sold(bed, 4)):
        set_stock(row, 0, START_US + DAY)
        bed.case(own, [row])


@kind(
    "stock_less_than_sold",
    "more sold than was in stock",
    table=PRODUCTS,
    actions=FIXED,
    checks="sold_beyond_stock stale_stock",
)
def stock_less_than_sold(bed: Bed, own: Kind) -> None:
    is_sold = sold(bed, 4)
    for row in bed.take(PRODUCTS, own.cases, lambda v: is_sold(v) and not v.get("variants")):
        set_stock(row, 1, START_US + DAY)
        bed.case(own, [row])


@kind("stock_stale", "stock of a year ago", table=PRODUCTS, actions=FIXED, checks="stale_stock")
def stock_stale(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, sold(bed, 3)):
        row.values["updated_at_us"] = START_US - 400 * DAY
        bed.case(own, [row])
