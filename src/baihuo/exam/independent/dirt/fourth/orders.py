"""Orders and cancellations that the visit, the order or the catalogue contradicts."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.fourth.common import (
    LEFT,
    OFF_PAGE,
    bare_orders,
    by_id,
    cell,
    kind,
    price_of,
    seen_by,
    sound,
    stranger,
)
from baihuo.exam.independent.dirt.second.common import (
    AT,
    COPY,
    FIXED,
    IN,
    READ_OR_FIXED,
    again,
    of,
    put,
)
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.rows import Row
from baihuo.exam.independent.visits import DAY, HOUR

cell(
    "purchase_typed_add_to_cart",
    "an order's line that is called a cart's; the cart's own row stands before it",
    "event_type",
    lambda rng, v: "add_to_cart",
    is_fit=lambda v: v["event_type"] == "purchase" and v.get("order_id") is not None,
    actions=FIXED,
)


@kind("line_total_as_price", "a price that is pieces times the price", actions=FIXED)
def line_total_as_price(bed: Bed, own: Kind) -> None:
    is_order = of("purchase")
    for row in bed.take(
        own.table, own.cases, lambda v: is_order(v) and (v.get("quantity") or 0) >= 2
    ):
        clean = row.values["price"]
        row.values["price"] = f"{float(clean) * row.values['quantity']:.2f}"
        bed.case(own, [row], field="price", clean=clean)


@kind(
    "purchase_8h_before_its_cart",
    "an order eight hours before its own click and cart: a time zone taken off twice",
    actions=FIXED,
)
def purchase_8h_before_its_cart(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("purchase")):
        clean = row.values[AT]
        row.values[AT] = clean - 8 * HOUR
        bed.case(own, [row], field=AT, clean=clean)


@kind(
    "thank_you_page_next_day",
    "an order's lines again the next day, from a page that was opened again",
    actions=COPY,
)
def thank_you_page_next_day(bed: Bed, own: Kind) -> None:
    end = bed.start_us + bed.days * DAY
    is_order = of("purchase")
    for n, row in enumerate(
        bed.take(own.table, own.cases, lambda v: is_order(v) and v[AT] < end - 2 * DAY)
    ):
        later = 20 * HOUR + bed.rng.randrange(HOUR)
        added = again(bed, row, later, session_id=f"s88{n:04d}", **OFF_PAGE)
        bed.case(own, [added, row])


cell(
    "order_id_all_zero",
    "one order id of thirty visitors on as many days",
    "order_id",
    lambda rng, v: "o0000000",
    is_fit=of("purchase"),
    actions=FIXED,
)


def cancelled(bed: Bed, row: Row, later_us: int, **change: Any) -> Row:
    """A cancellation of an order's line, received soon after."""
    at = row.values[AT] + later_us
    received = at + bed.rng.randrange(50_000, 900_000)
    return again(bed, row, later_us, event_type="cancel", **{IN: received}, **change)


@kind("cancel_before_its_purchase", "a cancellation two hours before its order", actions=LEFT)
def cancel_before_its_purchase(bed: Bed, own: Kind) -> None:
    for row in bare_orders(bed, own.cases, lambda v: v[AT] > bed.start_us + 3 * HOUR):
        bed.case(own, [cancelled(bed, row, -2 * HOUR)], related=(row.key,))


@kind(
    "cancel_of_product_not_in_order",
    "a cancellation of a product that its order does not have",
    actions=FIXED,
)
def cancel_of_product_not_in_order(bed: Bed, own: Kind) -> None:
    seen, listing = seen_by(bed), by_id(bed)
    for row in bare_orders(bed, own.cases, lambda v: True):
        other = listing.get(stranger(bed, seen[row.values["visitor_id"]]))
        if other is None:
            continue
        about = {k: other.get(k) for k in ("product_id", "price", "currency")}
        added = cancelled(bed, row, HOUR, variant_id=None, **about)
        clean = row.values["product_id"]
        bed.case(own, [added], field="product_id", clean=clean, related=(row.key,))


@kind(
    "cancelled_again_next_day",
    "a line that was cancelled in full, cancelled again the next day",
    actions=COPY,
)
def cancelled_again_next_day(bed: Bed, own: Kind) -> None:
    end = bed.start_us + bed.days * DAY
    for row in bare_orders(bed, own.cases, lambda v: v[AT] < end - 2 * DAY):
        first = cancelled(bed, row, 5 * HOUR)
        bed.case(own, [cancelled(bed, row, 29 * HOUR), first], related=(row.key,))


@kind(
    "variant_of_another_product",
    "an order's size that the catalogue has under another product",
    actions=FIXED,
    group="variant of an order",
)
def variant_of_another_product(bed: Bed, own: Kind) -> None:
    category = {name: values.get("category") for name, values in by_id(bed).items()}
    sizes = [
        (values.get("product_id"), size["variant_id"])
        for values in by_id(bed).values()
        for size in values.get("variants") or []
    ]
    is_order = of("purchase")
    for row in bed.take(
        own.table, own.cases, lambda v: is_order(v) and v.get("variant_id") is not None
    ):
        clean, product = row.values["variant_id"], row.values["product_id"]
        others = [size for of_it, size in sizes if category[of_it] != category.get(product)]
        if others:
            row.values["variant_id"] = bed.rng.choice(others)
            bed.case(own, [row], field="variant_id", clean=clean)


@kind(
    "price_of_next_product",
    "a price that is exactly the listing of the product one place lower, and not of this one",
    actions=FIXED,
    group="price of a cart",
)
def price_of_next_product(bed: Bed, own: Kind) -> None:
    listing, below = by_id(bed), {}
    placed: dict[tuple[Any, Any], Any] = {}
    for row in sound(bed, "impression"):
        placed[row.values.get("query_id"), row.values.get("position")] = row.values["product_id"]
    for row in sound(bed, "click"):
        values = row.values
        if isinstance(values.get("position"), int):
            next_one = placed.get((values.get("query_id"), values["position"] + 1))
            below[values.get("session_id"), values["product_id"]] = next_one

    def other(values: dict[str, Any]) -> dict[str, Any]:
        return listing.get(below.get((values.get("session_id"), values.get("product_id"))), {})

    def is_fit(values: dict[str, Any]) -> bool:
        prices = price_of(other(values)), price_of(values)
        return (
            values["event_type"] == "add_to_cart"
            and all(prices)
            and not 0.6 < prices[0] / prices[1] < 1.6
        )

    for row in bed.take(own.table, own.cases, is_fit):
        clean = row.values["price"]
        row.values["price"] = other(row.values)["price"]
        bed.case(own, [row], field="price", clean=clean)


cell(
    "dollars_called_yuan",
    "the price in dollars, called yuan, of those who read English",
    "price",
    lambda rng, v: f"{float(v) / 7.12:.2f}",
    is_fit=lambda v: v["event_type"] == "add_to_cart" and v.get("language") == "en",
    actions=FIXED,
    group="price of a cart",
)


@kind("price_and_quantity_swapped", "one fen, and thousands of pieces", actions=FIXED)
def price_and_quantity_swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("add_to_cart")):
        clean, pieces = row.values["price"], row.values["quantity"]
        put(row, price=f"{pieces / 100:.2f}", quantity=round(float(clean) * 100))
        bed.case(own, [row], field="price", clean=clean)


@kind(
    "cart_quantity_is_stock",
    "a cart with exactly the stock of the listing, of which one to five are bought then",
    actions=FIXED,
)
def cart_quantity_is_stock(bed: Bed, own: Kind) -> None:
    listing = by_id(bed)
    bought = {
        (r.values.get("session_id"), r.values.get("product_id")) for r in sound(bed, "purchase")
    }

    def stock(values: dict[str, Any]) -> int:
        return int(listing.get(values.get("product_id"), {}).get("stock_units") or 0)

    def is_fit(values: dict[str, Any]) -> bool:
        is_bought = (values.get("session_id"), values.get("product_id")) in bought
        return values["event_type"] == "add_to_cart" and is_bought and stock(values) >= 30

    for row in bed.take(own.table, own.cases, is_fit):
        clean = row.values["quantity"]
        row.values["quantity"] = stock(row.values)
        bed.case(own, [row], field="quantity", clean=clean)


cell(
    "currency_by_other_name",
    "the yuan by another name",
    "currency",
    lambda rng, v: rng.choice(["RMB", "元", "￥", "人民币"]),
    is_fit=lambda v: v["event_type"] == "add_to_cart" and v.get("currency") == "CNY",
    actions=READ_OR_FIXED,
)
