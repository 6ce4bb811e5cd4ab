"""Carts, orders, prices and stars."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    COPY,
    FIXED,
    IN,
    READ_OR_FIXED,
    again,
    of,
    priced,
    put,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind
from baihuo.exam.independent.visits import HOUR, SECOND


@kind(
    "variant_of_other",
    "a size that belongs to another product",
    actions=FIXED,
    group="variant of an order",
)
def variant_of_other(bed: Bed, own: Kind) -> None:
    sizes = [
        r.values["variants"][0]["variant_id"]
        for r in bed.sound_products()
        if r.values.get("variants")
    ]
    for row in bed.take(
        own.table, own.cases, lambda v: v["event_type"] == "add_to_cart" and "variant_id" in v
    ):
        clean = row.values["variant_id"]
        other = bed.rng.choice([s for s in sizes if not s.startswith(row.values["product_id"])])
        row.values["variant_id"] = other
        bed.case(own, [row], field="variant_id", clean=clean)


@kind("price_quantity_swapped", "price and pieces in each other's column", actions=FIXED)
def price_quantity_swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("purchase", "add_to_cart")):
        clean = row.values["price"]
        put(row, price=f"{row.values['quantity']}.00", quantity=int(float(clean)))
        bed.case(own, [row], field="price", clean=clean)


cell(
    "paid_range",
    "a price from to",
    "price",
    lambda rng, v: f"{v}-{float(v) * rng.choice([1.2, 1.5, 2]):.2f}",
    is_fit=of("purchase", "add_to_cart"),
    actions=FIXED,
)


cell(
    "paid_with_words",
    "a price with its currency and piece around it",
    "price",
    lambda rng, v: rng.choice([f"{v}元/件", f"RMB {v} each", f"券后价{v}"]),
    is_fit=of("purchase", "add_to_cart"),
    actions=READ_OR_FIXED,
)


cell(
    "paid_two_prices",
    "the old and the new price in one cell",
    "price",
    lambda rng, v: f"{float(v) * rng.choice([1.25, 1.5]):.2f}{rng.choice([' ', ' / ', '→'])}{v}",
    is_fit=of("purchase", "add_to_cart"),
    actions=FIXED,
)


cell(
    "paid_float_rest",
    "a price with a dozen decimals",
    "price",
    lambda rng, v: repr(float(v) - rng.choice([2e-13, -3e-13, 1e-12])),
    is_fit=of("purchase", "add_to_cart"),
    actions=READ_OR_FIXED,
)


@kind(
    "paid_without_tax", "an app whose prices are before tax", actions=FIXED, group="paid", cases=80
)
def paid_without_tax(bed: Bed, own: Kind) -> None:
    priced(bed, own, "android", 5, lambda price: price / 1.13)


@kind("order_scientific", "order ids that a spreadsheet rounded to one", actions=FIXED)
def order_scientific(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("purchase")):
        clean = row.values["order_id"]
        row.values["order_id"] = "2.02503E+17"
        bed.case(own, [row], field="order_id", clean=clean)


cell(
    "purchase_without_order",
    "a purchase that names no order",
    "order_id",
    lambda rng, v: ...,
    is_fit=of("purchase"),
    actions=FIXED,
)


@kind("cancel_of_other_product", "a cancellation of what is not in its order", actions=FIXED)
def cancel_of_other_product(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("cancel")):
        clean = row.values["product_id"]
        row.values["product_id"] = bed.rng.choice(bed.sound_products()).values["product_id"]
        row.values.pop("variant_id", None)
        bed.case(own, [row], field="product_id", clean=clean)


@kind("cancelled_twice", "one order cancelled twice, hours apart", actions=COPY)
def cancelled_twice(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("cancel")):
        bed.case(own, [again(bed, row, bed.rng.randint(2, 9) * HOUR), row])


@kind(
    "purchase_by_callback", "a purchase again, minutes later, by the payment system", actions=COPY
)
def purchase_by_callback(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("purchase")):
        gone = dict.fromkeys(
            ["session_id", "platform", "device", "language", "consent_personalization"]
        )
        later = bed.rng.randint(40, 600) * SECOND
        bed.case(own, [again(bed, row, later, visitor_id="alipay_notify", **gone), row])


@kind("first_half_then_whole", "a row sent twice, first without its price", actions=COPY)
def first_half_then_whole(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("purchase")):
        gone = dict.fromkeys(["price", "currency", "quantity", "variant_id"])
        half = again(bed, row, 0, event_id=row.values["event_id"], **gone)
        half.values[IN] -= 50_000
        bed.case(own, [half, row])
