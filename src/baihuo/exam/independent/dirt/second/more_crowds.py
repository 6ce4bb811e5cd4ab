"""People who do not buy as people buy."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    OUT,
    again,
    of,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.visits import SECOND


@kind(
    "card_testing",
    "cheap orders by the minute, each taken back: stolen cards being tried",
    actions=OUT,
)
def card_testing(bed: Bed, own: Kind) -> None:
    cheap = sorted(bed.sound_products(), key=lambda r: float(r.values.get("price") or 9e9))[:20]
    first = bed.take(
        own.table, 1, lambda v: v["event_type"] == "purchase" and "variant_id" not in v
    )[0]
    for n in range(40):
        product = bed.rng.choice(cheap).values
        about = {
            "product_id": product["product_id"],
            "price": product["price"],
            "quantity": 1,
            "order_id": f"o7{n:06d}",
        }
        order = again(bed, first, (n + 1) * 25 * SECOND, **about)
        back = again(bed, order, 9 * SECOND, event_type="cancel")
        bed.case(own, [order, back], related=(first.key,))


@kind("cart_hoarder", "all of the stock of eighty things in one cart, and no order", actions=OUT)
def cart_hoarder(bed: Bed, own: Kind) -> None:
    fit = [
        r
        for r in bed.sound_products()
        if not r.values.get("variants") and r.values.get("price") and r.values.get("stock_units")
    ]
    for first in bed.take(own.table, 1, of("add_to_cart")):
        for n, row in enumerate(bed.rng.sample(fit, min(80, len(fit)))):
            about = {k: row.values[k] for k in ("product_id", "price")}
            about |= {"quantity": row.values["stock_units"], "variant_id": None}
            later = n * 20 * SECOND + bed.rng.randrange(9 * SECOND)
            bed.case(own, [again(bed, first, later, **about)], related=(first.key,))
