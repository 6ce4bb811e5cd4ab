"""What customer service may do in a shop: its orders, its policy, and who writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baihuo.access import AuditLog
from baihuo.assist import (
    Attempts,
    CatalogOffers,
    HttpOrders,
    Identification,
    ImportedOrders,
    JsonServer,
    Orders,
    Policy,
    SqliteOrders,
    Tools,
    orders_from_events,
    read_orders,
)
from baihuo.catalog import Catalog
from baihuo.core import NotFound, now_us
from baihuo.flow.auditing import record_audit
from baihuo.flow.resources import engine
from baihuo.settings import Shop


@dataclass(frozen=True, slots=True)
class Acts:
    """Tools and identification over one keeper of orders. Several threads may use them."""

    tools: Tools
    identification: Identification
    close: Callable[[], None]


def open_acts(shop: Shop) -> Acts:
    """What customer service may do, as ``shop.yaml`` and ``policy.yaml`` say.

    Raises:
        BadInput: ``policy.yaml`` cannot be used.
    """
    policy = Policy.of(shop.policy_file)
    catalogue = Catalog(shop.catalog) if shop.catalog.exists() else None
    orders = open_orders(shop, catalogue)
    audit, attempts = AuditLog(shop.audit_file), Attempts(shop.identification_file)

    def close() -> None:
        for opened in (orders, audit, attempts, catalogue):
            if opened is not None:
                opened.close()

    return Acts(Tools(orders, policy, audit), Identification(orders, attempts), close)


def open_orders(shop: Shop, catalogue: Catalog | None = None) -> Orders:
    """Who keeps the orders: the shop's own system, if ``orders.address`` names one, else ``orders.sqlite``."""
    settings = shop.settings().orders
    if settings.address is not None:
        key = os.environ.get("BAIHUO_ORDERS_KEY", "")
        return HttpOrders(JsonServer(settings.address, settings.timeout_s, key))
    offers = CatalogOffers(catalogue) if catalogue is not None else None
    return SqliteOrders(shop.orders_file, offers=offers)


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
