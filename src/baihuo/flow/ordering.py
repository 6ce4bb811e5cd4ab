"""Orders of a shop come in: from its files, and from the purchases of its log."""

from __future__ import annotations

from pathlib import Path

from baihuo.assist import (
    ImportedOrders,
    SqliteOrders,
    orders_from_events,
    read_orders,
)
from baihuo.catalog import Catalog
from baihuo.core import NotFound, now_us
from baihuo.flow.auditing import record_audit
from baihuo.flow.resources import engine
from baihuo.settings import Shop


def import_orders(
    shop: Shop, files: list[Path], *, currency: str | None = None, replace: bool = False
) -> ImportedOrders:
    """Read orders from files into ``orders.sqlite``; rows that cannot be used are named and left out.

    Raises:
        BadInput: a file cannot be read at all; nothing of it was written.
        Conflict: an order is of another shopper already; nothing was written.
    """
    read = read_orders(files, currency=currency or shop.settings().currency)
    orders = SqliteOrders(shop.orders_file)
    try:
        n_kept = orders.add(read.batch, replace=replace)
    finally:
        orders.close()
    detail = {"orders": len(read.batch.orders), "refused": len(read.refused), "kept": n_kept}
    record_audit(shop, "orders.import", detail=detail)
    return ImportedOrders(batch=read.batch, refused=read.refused, n_kept=n_kept)


def make_orders_from_events(shop: Shop) -> int:
    """Orders of the purchases in the checked log, into ``orders.sqlite``; returns how many there are now of that kind.

    Orders that came in a file or from the shop's system stay as they are.

    Raises:
        NotFound: no events were checked yet.
    """
    if not any(shop.clean_events.glob("*.parquet")):
        raise NotFound("no events were checked yet", fix="run: baihuo check")
    catalogue = Catalog(shop.catalog) if shop.catalog.exists() else None
    orders = SqliteOrders(shop.orders_file)
    try:
        return orders_from_events(
            orders,
            engine(shop),
            shop.clean_events,
            products=catalogue.get_many if catalogue else lambda _: {},
            at_us=now_us(),
        )
    finally:
        orders.close()
        if catalogue is not None:
            catalogue.close()


def forget_shopper(shop: Shop, shopper_id: str) -> int:
    """Remove a shopper with their orders from ``orders.sqlite``; returns how many orders went.

    Raises:
        NotFound: there is no such shopper.
    """
    orders = SqliteOrders(shop.orders_file) if shop.orders_file.exists() else None
    try:
        if orders is None or orders.shopper(shopper_id) is None:
            fix = "give the id as it was imported"
            raise NotFound(f"there is no shopper {shopper_id!r} in the orders", fix=fix)
        n_orders = orders.forget(shopper_id)
    finally:
        if orders is not None:
            orders.close()
    record_audit(shop, "orders.forget", detail={"orders": n_orders})
    return n_orders
