"""Orders made from purchase events, for a shop that keeps no orders anywhere else.

The log says what was bought, when and for how much; it does not say whether a parcel was sent. So such an order is ``bought`` (or
``cancelled``, if all of it was): it can be told to the browser that bought, and no rule allows to change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from baihuo.assist.orders.records import Order, OrderItem, OrderStatus, Payment, Shopper
from baihuo.assist.orders.sqlite_orders import Batch, SqliteOrders
from baihuo.core import Product
from baihuo.engine import Tables, sql_file

_PURCHASES = sql_file(__file__, "purchases")
_BATCH = 5_000  # orders written together
SOURCE = "events"


def orders_from_events(
    orders: SqliteOrders,
    tables: Tables,
    events: Path,
    *,
    products: Callable[[list[str]], Mapping[str, Product]],
    at_us: int,
) -> int:
    """Write one order for each order of the log; run again, it changes only what is new.

    Args:
        events: The clean events.
        products: Products of the catalogue by id, for titles and categories.
        at_us: Our clock: as old is what is told.

    Returns:
        How many orders the log has. Those with an id that came otherwise stay as they are.
    """
    rows = tables.sql(_PURCHASES(), events=events).to_pylist()
    n_orders = 0
    made: list[Order] = []
    for order in _orders(rows, products, at_us):
        n_orders += 1
        made.append(order)
        if len(made) == _BATCH:
            _write(orders, made)
            made = []
    _write(orders, made)
    return n_orders


def _write(orders: SqliteOrders, made: list[Order]) -> None:
    others = orders.ids_of_other_sources([o.order_id for o in made], SOURCE)
    owners = orders.shoppers_of_visitors([o.shopper_id for o in made])
    own = [
        o.model_copy(update={"shopper_id": owners.get(o.shopper_id, o.shopper_id)})
        for o in made
        if o.order_id not in others
    ]
    new = dict.fromkeys(o.shopper_id for o in made if o.shopper_id not in owners)
    orders.add(
        Batch(
            shoppers=[Shopper(shopper_id=visitor_id) for visitor_id in new],
            orders=own,
            visitors=[(visitor_id, visitor_id) for visitor_id in new],
        ),
        source=SOURCE,
    )


def _orders(
    rows: list[dict[str, Any]],
    products: Callable[[list[str]], Mapping[str, Product]],
    at_us: int,
) -> Iterator[Order]:
    for (visitor_id, key, currency), lines in groupby(
        rows, key=lambda r: (r["visitor_id"], r["order_key"], r["currency"])
    ):
        of_order = list(lines)
        known = products(list({line["product_id"] for line in of_order}))
        items = [item for line in of_order for item in _items(line, known)]
        is_cancelled = all(line["is_cancelled"] for line in of_order)
        paid = Payment(
            kind="payment",
            amount_minor=max(0, sum(i.price_minor for i in items)),
            payment_method_id="",
        )
        yield Order(
            order_id=_made_id(visitor_id, key) if of_order[0]["is_made"] else key,
            shopper_id=visitor_id,
            visitor_id=visitor_id,
            status=OrderStatus.CANCELLED if is_cancelled else OrderStatus.BOUGHT,
            currency=currency,
            items=tuple(items),
            payments=(paid,),
            ordered_at_us=of_order[0]["occurred_at_us"],
            updated_at_us=at_us,
        )


def _items(line: Mapping[str, Any], known: Mapping[str, Product]) -> Iterator[OrderItem]:
    product = known.get(line["product_id"])
    variants = {v.variant_id: v for v in (product.variants if product else ())}
    variant = variants.get(line["variant_id"])
    item = OrderItem(
        variant_id=line["variant_id"] or line["product_id"],
        product_id=line["product_id"],
        title=product.title if product else line["product_id"],
        price_minor=line["price_minor"],
        options={k: str(v) for k, v in variant.attributes.items()} if variant else {},
        category=product.category if product else (),
    )
    for _ in range(line["quantity"]):
        yield item


def _made_id(visitor_id: str, key: str) -> str:
    """A number for an order that has none: the same each time, and nothing of the visitor can be read in it."""
    return "E" + hashlib.sha256(f"{visitor_id}\0{key}".encode()).hexdigest()[:10].upper()
