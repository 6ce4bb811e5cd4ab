"""Variants, categories, stock, dates, prices and codes of listings, and their pictures' names."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.third.tools import (
    NOTED,
    Values,
    listing,
    stranger,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS

OPEN = "note withhold quarantine repair"


def variants(bed: Bed, own: Kind, change: Any) -> None:
    """Change the list of variants of listings that have four or more."""
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(v.get("variants") or []) >= 4):
        row.values["variants"] = change(bed, row.values, [dict(x) for x in row.values["variants"]])
        bed.case(own, [row])


def check_digit(twelve: str) -> str:
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(twelve))
    return twelve + str(-total % 10)


def coded(bed: Bed, own: Kind, make: Any, fit: Any = lambda v: True) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("codes")) and fit(v)):
        row.values["codes"] = make(bed, row.values)
        bed.case(own, [row])


@kind("variant_id_twice", "one variant's id on two sizes", table=PRODUCTS, actions=OPEN)
def _id_twice(bed: Bed, own: Kind) -> None:
    variants(
        bed,
        own,
        lambda bed, v, held: [held[0], held[1] | {"variant_id": held[0]["variant_id"]}, *held[2:]],
    )


@kind("variant_size_twice", "the same size twice, under two ids", table=PRODUCTS, actions=OPEN)
def _size_twice(bed: Bed, own: Kind) -> None:
    variants(
        bed,
        own,
        lambda bed, v, held: [held[0], held[1] | {"attributes": held[0]["attributes"]}, *held[2:]],
    )


@kind(
    "variant_other_scale", "a size of another scale: XL among shoes", table=PRODUCTS, actions=OPEN
)
def _other_scale(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        odd = "XL" if str(held[0]["attributes"]["Size"]).isdigit() else "42"
        held[2]["attributes"] = held[2]["attributes"] | {"Size": odd}
        return held

    variants(bed, own, change)


@kind("variants_one_code", "all sizes under one bar code", table=PRODUCTS, actions=OPEN)
def _one_code(bed: Bed, own: Kind) -> None:
    variants(bed, own, lambda bed, v, held: [x | {"codes": held[0]["codes"]} for x in held])


@kind(
    "variants_say_nothing",
    "sizes that do not say which size they are",
    table=PRODUCTS,
    actions=OPEN,
)
def _say_nothing(bed: Bed, own: Kind) -> None:
    variants(bed, own, lambda bed, v, held: [x | {"attributes": {}} for x in held])


@kind(
    "variant_bait",
    "a 'size' that is a cable for a cent, to look cheap",
    table=PRODUCTS,
    actions=OPEN,
)
def _bait(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        held = [x | {"price": v["price"]} for x in held]
        held[0] |= {
            "price": "1.00",
            "attributes": {"Size": bed.rng.choice(["gift bag only", "spare laces", "补差价"])},
        }
        return held

    variants(bed, own, change)


@kind(
    "variant_size_spelt",
    "one size under another attribute's name than its sisters",
    table=PRODUCTS,
    actions=OPEN,
)
def _size_spelt(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        attributes = dict(held[1]["attributes"])
        attributes[bed.rng.choice(["size_eu", "尺码", "Taille"])] = attributes.pop("Size")
        held[1]["attributes"] = attributes
        return held

    variants(bed, own, change)


def _misspelt(bed: Bed, v: Values) -> list[str]:
    *above, last = v["category"]
    at = len(last) // 2
    return [*above, last[: at - 1] + last[at] + last[at - 1] + last[at + 1 :]]


listing(
    "category_misspelt",
    "a category that one listing alone spells so",
    _misspelt,
    "category",
    fit=lambda v: (
        v["category"][-1][len(v["category"][-1]) // 2]
        != v["category"][-1][len(v["category"][-1]) // 2 - 1]
    ),
)


def _number(bed: Bed, v: Values) -> list[str]:
    return [str(bed.rng.randint(1000, 99999))]


listing("category_number", "the number of a category that nobody looked up", _number, "category")


_ZH = {
    "Kitchen": "厨房",
    "Home": "家居",
    "Electronics": "数码",
    "Clothing": "服装",
    "Sports": "运动",
    "Food": "食品",
    "Beauty": "美妆",
}


def _in_chinese(bed: Bed, v: Values) -> list[str]:
    return [_ZH[v["category"][0]], *v["category"][1:]]


listing(
    "category_in_chinese",
    "one category's parent in Chinese among English ones",
    _in_chinese,
    "category",
    fit=lambda v: v["category"][0] in _ZH,
)


def _stock_price(bed: Bed, v: Values) -> str:
    return f"{v['currency']} {v['price']}"


listing("stock_is_price", "an amount of money in the stock's column", _stock_price, "stock_units")


def _other_sign(bed: Bed, v: Values) -> str:
    return f"{bed.rng.choice(['£', '€', '₩'])}{v['price']}"


listing(
    "price_other_sign",
    "the sign of another currency than the column's",
    _other_sign,
    "price",
    actions=NOTED,
)


def _price_formula(bed: Bed, v: Values) -> str:
    n = bed.rng.randint(2, 900)
    return str(bed.rng.choice([f"=B{n}*1.2", f"=ROUND(C{n}/0.7,2)", "#REF!", "=SUM(D2:D9)"]))


listing(
    "price_formula",
    "a formula or a sheet's error as the price",
    _price_formula,
    "price",
    actions=NOTED,
)


def _two_points(bed: Bed, v: Values) -> str:
    whole, _, cents = str(v["price"]).partition(".")
    return f"{whole}.{cents[0]}.{cents[1]}"


listing("price_two_points", "a price with two points: 146.5.0", _two_points, "price")


def _in_letters(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(["one hundred and twenty", "壹佰贰拾元整", "ninety-nine", "二百五十"])
    )


listing("price_in_letters", "a price in words of numbers", _in_letters, "price", actions=NOTED)


@kind(
    "code_one_digit",
    "a code that is one digit over and over, or counts up",
    table=PRODUCTS,
    actions=OPEN,
)
def _one_digit(bed: Bed, own: Kind) -> None:
    codes = ["0000000000000", "1111111111116", "1234567890128", "9999999999994"]
    coded(bed, own, lambda bed, v: [bed.rng.choice(codes)])


@kind("code_scientific", "a sheet's 6.91E+12 for a bar code", table=PRODUCTS, actions=OPEN)
def _scientific(bed: Bed, own: Kind) -> None:
    coded(
        bed,
        own,
        lambda bed, v: [f"{float(v['codes'][0]):.5E}"],
        lambda v: str(v["codes"][0]).isdigit(),
    )


@kind(
    "code_of_a_variant",
    "the listing's code is that of one size of another listing",
    table=PRODUCTS,
    actions=OPEN,
)
def _of_variant(bed: Bed, own: Kind) -> None:
    coded(
        bed,
        own,
        lambda bed, v: list(stranger(bed, v, "variants")["variants"][1]["codes"]),
        lambda v: "variants" in v,
    )


@kind("picture_on_a_disk", "a picture on somebody's own disk: C:\\…", table=PRODUCTS, actions=OPEN)
def _on_disk(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("images"))):
        row.values["images"] = [f"C:\\Users\\Li\\Pictures\\{row.values['product_id']}.jpg"]
        bed.case(own, [row])


@kind("picture_is_a_film", "a film or a manual among the pictures", table=PRODUCTS, actions=OPEN)
def _film(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("images"))):
        row.values["images"] = [
            f"pictures/{row.values['product_id']}.{bed.rng.choice(['mp4', 'pdf', 'docx'])}"
        ]
        bed.case(own, [row])


@kind("picture_is_html", "a picture's tag instead of its address", table=PRODUCTS, actions=OPEN)
def _tag(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("images"))):
        row.values["images"] = [f'<img src="{row.values["images"][0]}" alt="">']
        bed.case(own, [row])
