"""Variants: sizes of another scale or product, prices and stock of one size, codes of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import OPEN, leaf
from baihuo.exam.independent.dirt.third.tools import Values, always
from baihuo.exam.independent.kinds import Bed, Kind, NoRoom, kind
from baihuo.exam.independent.rows import PRODUCTS

OF_VARIANT = "variant_against_product unknown_variant"
IN_US = {"36": "5", "37": "6", "38": "7", "39": "8", "40": "7", "41": "8", "42": "9", "43": "10"}
IN_US |= {"44": "11", "45": "12"}


def variants(
    bed: Bed,
    own: Kind,
    change: Callable[[Bed, Values, list[Values]], list[Values]],
    fit: Callable[[Values], bool] = always,
) -> None:
    """Change the list of variants; the listing's stock stays their sum."""

    def is_fit(values: Values) -> bool:
        return len(values.get("variants") or []) >= 4 and fit(values)

    for row in bed.take(PRODUCTS, own.cases, is_fit):
        held = change(bed, row.values, [dict(x) for x in row.values["variants"]])
        row.values["variants"] = held
        row.values["stock_units"] = sum(x["stock_units"] for x in held)
        bed.case(own, [row])


def with_size(variant: Values, size: Any) -> Values:
    return variant | {"attributes": variant["attributes"] | {"Size": size}}


@kind(
    "variant_price_unit",
    "one size costs a hundredth of its sisters and of the listing",
    table=PRODUCTS,
    actions=OPEN,
    checks=f"{OF_VARIANT} listing_price_in_wrong_unit listing_price_outlier",
)
def _unit(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        held = [x | {"price": v["price"]} for x in held]
        bed.rng.choice(held)["price"] = f"{float(v['price']) / 100:.2f}"
        return held

    variants(bed, own, change, lambda v: bool(v.get("price")))


@kind(
    "variant_negative_stock",
    "a size has -3 pieces",
    table=PRODUCTS,
    actions=OPEN,
    checks=f"{OF_VARIANT} bad_stock absurd_stock",
)
def _negative(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        bed.rng.choice(held)["stock_units"] = -bed.rng.randint(1, 9)
        return held

    variants(bed, own, change)


@kind(
    "variant_next_size_twice",
    "two variants have one size, and the id of one of them names the size that is missing",
    table=PRODUCTS,
    actions=OPEN,
    checks=OF_VARIANT,
)
def _twice(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        n = bed.rng.randrange(len(held) - 1)
        held[n] = with_size(held[n], held[n + 1]["attributes"]["Size"])
        return held

    variants(bed, own, change)


@kind(
    "variants_share_one_code",
    "all sizes carry one EAN",
    table=PRODUCTS,
    actions=OPEN,
    checks=f"{OF_VARIANT} shared_code bad_code",
)
def _one_code(bed: Bed, own: Kind) -> None:
    variants(bed, own, lambda bed, v, held: [x | {"codes": list(held[0]["codes"])} for x in held])


@kind(
    "shoe_sizes_in_us",
    "sizes 8, 9, 10, while each variant's id says 41, 42, 43, as of all other shoes",
    table=PRODUCTS,
    actions=OPEN,
    checks=OF_VARIANT,
)
def _in_us(bed: Bed, own: Kind) -> None:
    variants(
        bed,
        own,
        lambda bed, v, held: [with_size(x, IN_US[x["attributes"]["Size"]]) for x in held],
        lambda v: all(x["attributes"].get("Size") in IN_US for x in v["variants"]),
    )


@kind(
    "variant_of_other_listing",
    "the last variant is another product's, by its id and code, where it stands, too",
    table=PRODUCTS,
    actions=OPEN,
    checks=OF_VARIANT,
)
def _of_another(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(v.get("variants") or []) >= 4):
        others = [
            r
            for r in bed.sound_products()
            if r.values.get("variants") and leaf(r.values) != leaf(row.values)
        ]
        if not others:
            raise NoRoom
        other = bed.rng.choice(others)
        last = dict(bed.rng.choice(other.values["variants"]))
        row.values["variants"] = [*row.values["variants"], last]
        row.values["stock_units"] += last["stock_units"]
        bed.case(own, [row], related=(other.key,))


@kind(
    "variant_size_is_colour",
    "a colour as the size between S and L, while the variant's id names the size",
    table=PRODUCTS,
    actions=OPEN,
    checks=OF_VARIANT,
)
def _is_colour(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        held[1] = with_size(held[1], v["attributes"]["Colour"])
        return held

    def is_of_letters(v: Values) -> bool:
        sizes = [x["attributes"].get("Size") for x in v["variants"]]
        return "M" in sizes and bool((v.get("attributes") or {}).get("Colour"))

    variants(bed, own, change, is_of_letters)
