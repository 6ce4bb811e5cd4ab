"""Prices and stock of listings: what visitors were asked, what a sheet filled down, what stands for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import (
    askers,
    let_ask,
    unsaid,
    without_variants,
)
from baihuo.exam.independent.dirt.third.tools import FIXED, NOTED, Values, blocks, listing
from baihuo.exam.independent.kinds import READ, Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS

OF_PRICE = "bad_listing_price listing_price_in_wrong_unit listing_price_outlier listing_price_against_events"
OF_CURRENCY = f"bad_listing_currency currency_against_listing bad_currency {OF_PRICE}"


def priced(values: Values) -> bool:
    return bool(values.get("price"))


def asked_otherwise(
    bed: Bed,
    own: Kind,
    change: Callable[[Bed, Values], Any],
    fit: Callable[[Values], bool] = priced,
    field: str = "price",
) -> None:
    """Change the price of listings that five visitors or more were asked the right price for."""
    known = askers(bed)

    def is_fit(values: Values) -> bool:
        return priced(values) and str(values["product_id"]) in known and fit(values)

    for row in bed.take(PRODUCTS, own.cases, is_fit):
        let_ask(bed, row, set(known[str(row.values["product_id"])]))
        clean = row.values[field]
        row.values[field] = change(bed, row.values)
        bed.case(own, [row], field=field, clean=clean)


def unasked(
    bed: Bed,
    own: Kind,
    change: Callable[[Bed, Values], Any],
    fit: Callable[[Values], bool] = priced,
) -> None:
    free = unsaid(bed)
    for row in bed.take(
        PRODUCTS,
        own.cases,
        lambda v: priced(v) and str(v["product_id"]) in free and fit(v),
    ):
        clean = row.values["price"]
        row.values["price"] = change(bed, row.values)
        bed.case(own, [row], field="price", clean=clean)


@kind(
    "price_in_usd_labelled_cny",
    "a price in dollars labelled as yuan, while five visitors were asked 7.15 times as much",
    table=PRODUCTS,
    actions=FIXED,
    checks=OF_PRICE,
)
def _usd(bed: Bed, own: Kind) -> None:
    asked_otherwise(
        bed,
        own,
        lambda bed, v: f"{float(v['price']) / 7.15:.2f}",
        lambda v: v.get("currency") == "CNY",
    )


def _swapped(values: Values) -> str:
    price = str(values["price"])
    return price[1] + price[0] + price[2:]


def _is_swapped(values: Values) -> bool:
    """The price with its first digits swapped is another one, and far from it."""
    price = str(values.get("price") or "")
    if not price[:2].isdigit() or price[0] == price[1] or price[1] == "0":
        return False
    ratio = float(_swapped(values)) / float(price)
    return not 0.6 < ratio < 1.6


@kind(
    "price_digits_swapped",
    "the first two digits of a price changed places, while five visitors were asked the other price",
    table=PRODUCTS,
    actions=FIXED,
    checks=OF_PRICE,
)
def _digits(bed: Bed, own: Kind) -> None:
    asked_otherwise(bed, own, lambda bed, v: _swapped(v), _is_swapped)


@kind(
    "price_digit_lost",
    "a tenth of what five visitors or more were asked",
    table=PRODUCTS,
    actions=FIXED,
    checks=OF_PRICE,
)
def _tenth(bed: Bed, own: Kind) -> None:
    asked_otherwise(
        bed,
        own,
        lambda bed, v: f"{int(float(v['price']) * 10) / 100:.2f}",
        lambda v: float(v["price"]) >= 100,
    )


@kind(
    "currency_label_usd",
    "one listing in dollars, euros or yen, while its own carts are in yuan with this very number",
    table=PRODUCTS,
    actions=FIXED,
    checks=OF_CURRENCY,
)
def _label(bed: Bed, own: Kind) -> None:
    asked_otherwise(
        bed,
        own,
        lambda bed, v: bed.rng.choice(["USD", "EUR", "JPY", "JPY"]),
        lambda v: v.get("currency") == "CNY",
        field="currency",
    )


@kind(
    "price_and_stock_swapped",
    "the price in cents stands in stock, and the stock as the price",
    table=PRODUCTS,
    actions=FIXED,
    checks=f"{OF_PRICE} absurd_stock bad_stock",
)
def _price_and_stock(bed: Bed, own: Kind) -> None:
    known = askers(bed)

    def fit(v: Values) -> bool:
        return (
            without_variants(v)
            and priced(v)
            and float(v["price"]) > 200
            and (v.get("stock_units") or 0) > 20
            and str(v["product_id"]) in known
        )

    for row in bed.take(PRODUCTS, own.cases, fit):
        clean, stock = row.values["price"], row.values["stock_units"]
        row.values |= {
            "price": f"{stock / 100:.2f}",
            "stock_units": round(float(clean) * 100),
        }
        bed.case(own, [row], field="price", clean=clean)


@kind(
    "placeholder_price",
    "999,999 or a cent: not for sale yet, and nobody bought it",
    table=PRODUCTS,
    actions=NOTED,
)
def _placeholder(bed: Bed, own: Kind) -> None:
    unasked(
        bed,
        own,
        lambda bed, v: bed.rng.choice(["999999.00", "999999.99", "0.01", "888888.00"]),
        lambda v: 30 < float(v["price"]) < 4000,
    )


@kind(
    "price_times_100_unsold",
    "a hundred times its category, of what nobody was asked a price for",
    table=PRODUCTS,
    actions=FIXED,
)
def _times_100(bed: Bed, own: Kind) -> None:
    unasked(bed, own, lambda bed, v: f"{float(v['price']) * 100:.2f}")


def _with_comma(bed: Bed, v: Values) -> str:
    return str(v["price"]).replace(".", ",")


listing(
    "price_with_decimal_comma",
    "89,90 in a column of 89.90",
    _with_comma,
    "price",
    fit=lambda v: "." in str(v["price"]) and not str(v["price"]).endswith("00"),
    actions=f"{READ} {FIXED}",
)


def _range(bed: Bed, v: Values) -> str:
    price = float(v["price"])
    forms = [f"{price:.2f}-{price / 0.8:.2f}", f"from {price:.2f}", f"{price:.2f}起"]
    return str(bed.rng.choice(forms))


listing(
    "price_is_a_range",
    "129.00-159.00, from 129.00, 129.00起",
    _range,
    "price",
    actions=f"{READ} {FIXED}",
)


@kind(
    "price_filled_down",
    "thirty neighbours of all categories that cost 273.00 each",
    table=PRODUCTS,
    actions=NOTED,
    checks=OF_PRICE,
)
def _filled(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, own.cases + 1, priced):
        for row in run[: own.cases]:
            clean, row.values["price"] = row.values["price"], "273.00"
            bed.case(own, [row], field="price", clean=clean)


@kind(
    "stock_dragged_down",
    "stock of 143, 144, 145, …: the fill handle of a sheet counted on",
    table=PRODUCTS,
    actions=NOTED,
    checks="absurd_stock bad_stock",
)
def _dragged(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 15, lambda v: without_variants(v) and bool(v.get("stock_units"))):
        first = bed.rng.randint(100, 200)
        for n, row in enumerate(run):
            clean, row.values["stock_units"] = row.values["stock_units"], first + n
            bed.case(own, [row], field="stock_units", clean=clean)


def _unlimited(bed: Bed, v: Values) -> int:
    return int(bed.rng.choice([99999, 999999, 1000000]))


listing(
    "stock_placeholder",
    "99,999 or a million pieces, which stand for 'enough'",
    _unlimited,
    "stock_units",
    fit=without_variants,
)


def _in_words(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["有货", "in stock", "10+", "现货", "Low stock", ">100"]))


listing("stock_is_text", "words instead of a count", _in_words, "stock_units")
