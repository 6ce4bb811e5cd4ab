"""Prices and currencies of listings and of what was paid."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.kinds import READ, Bed, Kind, cell, kind
from baihuo.exam.independent.rows import PRODUCTS

FIXED = "repair withhold note"
OF_LISTING = "bad_listing_price listing_price_in_wrong_unit listing_price_outlier listing_price_against_events"
OF_EVENT = "bad_price price_in_wrong_unit price_outlier listing_price_against_events"
WORDS = ["面议", "call us", "TBD", "暂无报价", "on request"]
NO_ISO = ["EURO", "RMB yuan", "$$", "元整", "CNYY", "XQZ", "usd$"]


def times(factor: float) -> Any:
    return lambda rng, v: f"{float(v) * factor:.2f}"


def whole(values: dict[str, Any]) -> bool:
    """A hundredth of it is still exact."""
    return str(values.get("price")).endswith(".00")


def paid(values: dict[str, Any]) -> bool:
    return values.get("event_type") in ("purchase", "add_to_cart")


def listing(name: str, words: str, change: Any, column: str = "price", **rest: Any) -> None:
    cell(name, words, column, change, table=PRODUCTS, **rest)


listing(
    "listing_times_100",
    "a listing's price in fen as yuan",
    times(100),
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_by_100",
    "a listing's price a hundred times too small",
    times(0.01),
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_times_40",
    "a slip on the keyboard: forty times the price",
    times(40.3),
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_by_30", "a thirtieth of the price", times(1 / 31), actions=FIXED, checks=OF_LISTING
)
listing(
    "listing_zero", "a listing for nothing", lambda rng, v: "0.00", actions=FIXED, checks=OF_LISTING
)
listing(
    "listing_negative",
    "a listing's price below zero",
    lambda rng, v: f"-{v}",
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_word",
    "a price in words",
    lambda rng, v: rng.choice(WORDS),
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_nines",
    "999999 to keep people from buying",
    lambda rng, v: rng.choice(["999999.00", "9999999.99"]),
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_sign",
    "a price with its sign",
    lambda rng, v: rng.choice([f"¥{v}", f"￥{v}", f"{v}元"]),
    actions=f"{READ} {FIXED}",
    checks=OF_LISTING,
)
listing(
    "listing_comma",
    "a price with a comma for the point",
    lambda rng, v: v.replace(".", ","),
    actions=f"{READ} {FIXED}",
    checks=OF_LISTING,
)
listing(
    "listing_range",
    "two prices in one cell",
    lambda rng, v: f"{v}-{float(v) * 1.4:.2f}",
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_null_word",
    "a word for null as the price",
    lambda rng, v: rng.choice(["NaN", "null", "N/A", "-"]),
    actions=FIXED,
    checks=OF_LISTING,
)
listing(
    "listing_no_iso",
    "a currency that is no ISO code",
    lambda rng, v: rng.choice(NO_ISO),
    "currency",
    actions=FIXED,
    checks="bad_listing_currency",
)
listing(
    "listing_other_currency",
    "a listing in yen among yuan",
    lambda rng, v: rng.choice(["JPY", "KRW", "VND"]),
    "currency",
    actions=FIXED,
    checks=f"bad_listing_currency {OF_LISTING}",
)
listing(
    "listing_currency_case",
    "the currency in small letters",
    lambda rng, v: rng.choice([v.lower(), f" {v} "]),
    "currency",
    actions=f"{READ} {FIXED}",
    checks="bad_listing_currency",
)
cell(
    "paid_times_100",
    "paid a hundred times the price",
    "price",
    times(100),
    is_fit=paid,
    actions=FIXED,
    checks=OF_EVENT,
)
cell(
    "paid_by_100",
    "paid a hundredth of the price",
    "price",
    times(0.01),
    is_fit=lambda v: paid(v) and whole(v),
    actions=FIXED,
    checks=OF_EVENT,
)
cell(
    "paid_times_23",
    "paid 23 times the price",
    "price",
    times(23.7),
    is_fit=paid,
    actions=FIXED,
    checks=OF_EVENT,
)
cell(
    "paid_negative",
    "paid less than nothing",
    "price",
    lambda rng, v: f"-{v}",
    is_fit=paid,
    actions=FIXED,
    checks=OF_EVENT,
)
cell(
    "paid_zero",
    "bought for nothing",
    "price",
    lambda rng, v: "0.00",
    is_fit=lambda v: v.get("event_type") == "purchase",
    actions=FIXED,
    checks=f"free_purchase {OF_EVENT}",
)
cell(
    "paid_word",
    "a price in words in an event",
    "price",
    lambda rng, v: rng.choice(WORDS),
    is_fit=paid,
    actions=FIXED,
    checks=OF_EVENT,
)
cell(
    "paid_no_iso",
    "an event's currency that is no ISO code",
    "currency",
    lambda rng, v: rng.choice(NO_ISO),
    is_fit=paid,
    actions=FIXED,
    checks="bad_currency",
)
cell(
    "paid_other_currency",
    "paid in dollars what is listed in yuan",
    "currency",
    lambda rng, v: rng.choice(["USD", "EUR"] if v not in ("USD", "EUR") else ["CNY", "HKD"]),
    is_fit=paid,
    actions=FIXED,
    checks=f"bad_currency currency_against_listing {OF_EVENT}",
)
cell(
    "paid_yen",
    "paid in yen what is listed in yuan",
    "currency",
    lambda rng, v: "JPY",
    is_fit=paid,
    actions=FIXED,
    checks=f"bad_currency currency_against_listing {OF_EVENT}",
)


@kind("paid_line_total", "the line's total as the price of one", actions=FIXED, checks=OF_EVENT)
def line_total(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, lambda v: paid(v) and v["quantity"] >= 3):
        clean = row.values["price"]
        row.values["price"] = f"{float(clean) * row.values['quantity']:.2f}"
        bed.case(own, [row], field="price", clean=clean)


@kind(
    "listing_thrice",
    "a listing at three times what everybody pays",
    table=PRODUCTS,
    actions=FIXED,
    checks=OF_LISTING,
)
def listing_thrice(bed: Bed, own: Kind) -> None:
    n: dict[str, int] = {}
    for row in bed.shop.events:
        if paid(row.values):
            product = str(row.values.get("product_id"))
            n[product] = n.get(product, 0) + 1
    for row in bed.take(PRODUCTS, own.cases, lambda v: n.get(str(v["product_id"]), 0) >= 5):
        clean = row.values["price"]
        row.values["price"] = f"{float(clean) * 3.1:.2f}"
        bed.case(own, [row], field="price", clean=clean)
