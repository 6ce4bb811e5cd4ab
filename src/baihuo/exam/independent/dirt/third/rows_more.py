"""Rows that are no listing of their own: headers, sums, remarks, broken lines, chimeras, copies that hide."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.third.rows import OPEN, described
from baihuo.exam.independent.dirt.third.tools import (
    COPIED,
    COPY_CHECKS,
    GONE,
    Values,
    copied,
    junk_rows,
    stranger,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


@kind("row_sample", "the sample line of a marketplace's template", table=PRODUCTS, actions=GONE)
def _sample(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        n = bed.rng.randint(1, 9999)
        return {
            "product_id": f"EXAMPLE-{n}",
            "title_en": "Example: enter the product title here (max. 150 characters)",
            "description_en": "Example: enter a description here",
            "brand": "Enter brand",
            "price": "9.99",
            "currency": near.get("currency"),
        }

    junk_rows(bed, own, make)


@kind("row_all_the_same", "one word in every column", table=PRODUCTS, actions=GONE)
def _same(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        word = bed.rng.choice(["x", "aaa", "1", "sample", "delete"])
        return dict.fromkeys(("title_en", "description_en", "brand", "model"), word) | {
            "product_id": f"{word}{bed.rng.randint(1, 9999)}"
        }

    junk_rows(bed, own, make)


@kind(
    "row_chimera",
    "titles and texts of one product, all else of another: a wrong join",
    table=PRODUCTS,
    actions=OPEN,
)
def _chimera(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return described(v) and bool(v.get("description_en") and v.get("attributes"))

    for row in bed.take(PRODUCTS, own.cases, fit):
        other = stranger(bed, row.values, "brand", "model", "attributes")
        row.values |= {
            c: other[c] for c in ("brand", "model", "attributes", "category") if c in other
        }
        bed.case(own, [row])


@kind(
    "row_id_other_case",
    "the same listing again, its id in small letters",
    table=PRODUCTS,
    actions="merge quarantine note",
    checks=COPY_CHECKS,
    also="shared_code same_listing",
)
def _other_case(bed: Bed, own: Kind) -> None:
    for row in bed.take(
        PRODUCTS, own.cases, lambda v: str(v["product_id"]) != str(v["product_id"]).lower()
    ):
        copy = bed.add(
            PRODUCTS,
            dict(row.values) | {"product_id": str(row.values["product_id"]).lower()},
            after=row,
        )
        bed.case(own, [copy, row])


@kind(
    "copy_in_capitals",
    "a copy in capitals, with its marks changed and without a code",
    table=PRODUCTS,
    actions=COPIED,
    checks=COPY_CHECKS,
    also="shared_code same_listing",
)
def _in_capitals(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values) -> Values:
        return v | {"codes": [], "title_en": str(v["title_en"]).upper().replace(" ", " - ", 1)}

    copied(bed, own, change, described)


@kind(
    "copy_of_a_size",
    "one size of a listing as a listing of its own, too",
    table=PRODUCTS,
    actions=f"{COPIED} quarantine",
)
def _of_a_size(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(v.get("variants") or []) >= 4):
        one: Any = row.values["variants"][1]
        values = {c: x for c, x in row.values.items() if c != "variants"}
        values |= {
            "product_id": one["variant_id"],
            "codes": one["codes"],
            "stock_units": one["stock_units"],
        }
        values["title_en"] = f"{values['title_en']} size {one['attributes']['Size']}"
        copy = bed.add(PRODUCTS, values, after=row)
        bed.case(own, [copy, row])
