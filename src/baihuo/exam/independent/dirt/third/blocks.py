"""Blocks of a sheet that slipped: columns a row too far down, values dragged or filled down."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from baihuo.exam.independent.dirt.third.tools import FIXED, LOST, NOTED, blocks
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


def has(*columns: str) -> Any:
    return lambda values: all(values.get(c) not in (None, "", [], {}) for c in columns)


def titled(column: str) -> Any:
    """Listings whose title says what stands in the column: so it is known which value is theirs."""
    return lambda v: bool(v.get(column)) and str(v[column]) in str(v.get("title_en"))


def shift(bed: Bed, own: Kind, column: str, fit: Any = lambda v: True) -> None:
    """Within each block the column stands a row too low; the last value stands at the top."""
    for run in blocks(bed, own, 10, lambda v: has(column)(v) and fit(v)):
        before = [row.values[column] for row in run]
        for n, row in enumerate(run):
            if before[n - 1] != before[n]:
                row.values[column] = before[n - 1]
                bed.case(own, [row], field=column, clean=before[n])


@kind("rows_brand_shifted", "brands a row too low over ten rows", table=PRODUCTS, actions=FIXED)
def _rows_brand_shifted(bed: Bed, own: Kind) -> None:
    shift(bed, own, "brand", titled("brand"))


@kind(
    "rows_attributes_shifted",
    "all attributes a row too low over ten rows",
    table=PRODUCTS,
    actions="note withhold repair quarantine",
    also="unit_form",
)
def _rows_attributes_shifted(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 10, has("attributes")):
        before = [row.values["attributes"] for row in run]
        for n, row in enumerate(run):
            if before[n - 1] != before[n]:
                row.values["attributes"] = before[n - 1]
                bed.case(own, [row])


@kind(
    "rows_category_shifted",
    "categories a row too low over ten rows",
    table=PRODUCTS,
    actions=FIXED,
    also="unit_form mixed_units missing_attribute",
)
def _rows_category_shifted(bed: Bed, own: Kind) -> None:
    shift(bed, own, "category")


@kind("rows_model_shifted", "models a row too low over ten rows", table=PRODUCTS, actions=FIXED)
def _rows_model_shifted(bed: Bed, own: Kind) -> None:
    shift(bed, own, "model", titled("model"))


@kind(
    "rows_price_dragged",
    "a price dragged down a sheet, one more in each row",
    table=PRODUCTS,
    actions=NOTED,
)
def _rows_price_dragged(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 15, has("price")):
        first = Decimal(str(run[0].values["price"]))
        for n, row in enumerate(run[1:], 1):
            clean, row.values["price"] = row.values["price"], f"{first + n:.2f}"
            bed.case(own, [row], field="price", clean=clean, related=(run[0].key,))


@kind(
    "rows_stock_dragged",
    "stock that counts up by one from row to row",
    table=PRODUCTS,
    actions=NOTED,
)
def _rows_stock_dragged(bed: Bed, own: Kind) -> None:
    for run in (
        blocks(bed, own, 15, lambda v: has("stock_units")(v) and not v.get("variants")) or []
    ):
        first = run[0].values["stock_units"]
        for n, row in enumerate(run[1:], 1):
            clean, row.values["stock_units"] = row.values["stock_units"], first + n
            bed.case(own, [row], field="stock_units", clean=clean, related=(run[0].key,))


@kind(
    "rows_description_filled",
    "one listing's description filled down over ten neighbours",
    table=PRODUCTS,
    actions=LOST,
)
def _rows_description_filled(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 10, has("description_en")):
        first = run[0].values["description_en"]
        for row in run[1:]:
            clean, row.values["description_en"] = row.values["description_en"], first
            bed.case(own, [row], field="description_en", clean=clean)


@kind(
    "rows_material_filled",
    "one material filled down over ten neighbours, against their titles",
    table=PRODUCTS,
    actions=FIXED,
)
def _rows_material_filled(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 10, lambda v: "Material" in (v.get("attributes") or {})):
        first = run[0].values["attributes"]["Material"]
        for row in run[1:]:
            clean = row.values["attributes"]["Material"]
            row.values["attributes"] = row.values["attributes"] | {"Material": first}
            if clean != first:
                bed.case(own, [row], field="attributes.Material", clean=clean)


@kind(
    "rows_titles_sorted",
    "English titles sorted by letter over ten rows, all else left as it was",
    table=PRODUCTS,
    actions=FIXED,
)
def _rows_titles_sorted(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 10, has("title_en", "brand", "model")):
        before = [row.values["title_en"] for row in run]
        for row, title in zip(run, sorted(before), strict=True):
            if row.values["title_en"] != title:
                clean, row.values["title_en"] = row.values["title_en"], title
                bed.case(own, [row], field="title_en", clean=clean)
