"""Carts, orders, prices and stars."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    READ_OR_FIXED,
    of,
    only,
    pick,
    priced,
    put,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind
from baihuo.exam.independent.visits import DAY, START_US


@kind("price_currency_swapped", "price and currency in each other's column", actions=FIXED)
def price_currency_swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("purchase", "add_to_cart")):
        clean = row.values["price"]
        put(row, price=row.values["currency"], currency=clean)
        bed.case(own, [row], field="price", clean=clean)


cell(
    "paid_wide_digits",
    "a price in full-width digits",
    "price",
    lambda rng, v: v.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."}),
    is_fit=of("purchase", "add_to_cart"),
    actions=READ_OR_FIXED,
)


@kind(
    "paid_with_postage",
    "an app that adds eighteen yuan of postage to each price",
    actions=FIXED,
    group="paid",
    cases=80,
)
def paid_with_postage(bed: Bed, own: Kind) -> None:
    priced(bed, own, "ios", 5, lambda price: price + 18)


@kind(
    "paid_dollars_called_yuan",
    "three days of prices in dollars that say yuan",
    actions=FIXED,
    group="paid",
    cases=80,
)
def paid_dollars_called_yuan(bed: Bed, own: Kind) -> None:
    priced(bed, own, "web", 3, lambda price: price / 7.2)


cell(
    "paid_placeholder",
    "a price that stands for none",
    "price",
    pick("99999.00", "88888.88", "0.01", "999999.99"),
    is_fit=lambda v: v["event_type"] == "purchase" and 30 < float(v.get("price", 0)) < 2000,
    actions=FIXED,
)


@kind(
    "prices_slipped",
    "a column of prices that slipped by one row",
    actions=FIXED,
    group="paid",
    cases=120,
)
def prices_slipped(bed: Bed, own: Kind) -> None:
    rows = [
        r
        for r in only(bed.shop.events, "purchase", "add_to_cart")
        if r.values.get("price") and not bed.has_dirt([r])
    ]
    start = bed.rng.randrange(max(1, len(rows) - 120))
    rows = rows[start : start + 120]
    bed.mark(rows)
    old = [r.values["price"] for r in rows]
    for row, clean, price in zip(rows, old, old[-1:] + old[:-1], strict=True):
        row.values["price"] = price
        if not 0.5 < float(price) / float(clean) < 2:  # nearer ones may pass for a coupon
            bed.case(own, [row], field="price", clean=clean, related=tuple(r.key for r in rows))


@kind("review_of_other_product", "a review whose order is of another product", actions=FIXED)
def review_of_other_product(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("review")):
        clean = row.values["product_id"]
        row.values["product_id"] = bed.rng.choice(bed.sound_products()).values["product_id"]
        bed.case(own, [row], field="product_id", clean=clean)


@kind("test_orders", "orders of a test, for a cent", actions=FIXED)
def test_orders(bed: Bed, own: Kind) -> None:
    for n, row in enumerate(bed.take(own.table, own.cases, of("purchase"))):
        put(row, order_id=f"TEST-{n:04d}", price="0.01")
        bed.case(own, [row])


@kind(
    "cart_with_order", "a thing put into the cart that already has an order's number", actions=FIXED
)
def cart_with_order(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("add_to_cart")):
        row.values["order_id"] = f"o{bed.rng.randrange(10**7):07d}"
        bed.case(own, [row], field="order_id", clean=None)


cell(
    "quantity_half",
    "one and a half pieces of a thing that is sold whole",
    "quantity",
    lambda rng, v: v + rng.choice([0.5, 0.25, 0.333]),
    is_fit=of("purchase", "add_to_cart"),
    actions=FIXED,
)


cell(
    "quantity_true",
    "'true' as the number of pieces",
    "quantity",
    lambda rng, v: True,
    is_fit=of("purchase", "add_to_cart"),
    actions=FIXED,
)


@kind("ratings_of_ten", "a release that sends stars out of ten", actions=FIXED, cases=40)
def ratings_of_ten(bed: Bed, own: Kind) -> None:
    day = START_US + bed.rng.randint(9, 17) * DAY
    for row in only(bed.shop.events, "review"):
        is_in = row.values.get("platform") == "android" and day <= bed.arrived(row) < day + 8 * DAY
        if is_in and not bed.has_dirt([row]):
            bed.mark([row])
            clean = row.values["rating"]
            row.values["rating"] = clean * 2
            bed.case(own, [row], field="rating", clean=clean)


cell(
    "rating_words",
    "stars in words or signs",
    "rating",
    lambda rng, v: rng.choice([f"{v}/5", "★" * v, f"{v} stars", "一二三四五"[v - 1] + "星"]),
    actions=READ_OR_FIXED,
)


cell(
    "rating_average",
    "a product's average in place of a person's stars",
    "rating",
    lambda rng, v: round(rng.uniform(3.1, 4.9), 4) + 0.00007,
    actions=FIXED,
)
