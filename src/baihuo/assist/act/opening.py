"""Opens what customer service may do in a shop: its orders, its policy, and who writes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Protocol

from baihuo.access import AuditLog
from baihuo.assist.act.attempts import Attempts
from baihuo.assist.act.identification import Identification
from baihuo.assist.act.tools import Tools
from baihuo.assist.orders.catalog_offers import CatalogOffers, Products
from baihuo.assist.orders.http_json import JsonServer
from baihuo.assist.orders.http_orders import HttpOrders
from baihuo.assist.orders.interface import Orders
from baihuo.assist.orders.settings import OrdersSettings
from baihuo.assist.orders.sqlite_orders import SqliteOrders
from baihuo.assist.policy.policy import Policy
from baihuo.core import ShopPaths

ORDERS_KEY = "BAIHUO_ORDERS_KEY"
"""The environment variable with the key of the shop's own order system."""


class _Closes(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenActs:
    """Tools and identification over one keeper of orders. Several threads may use them."""

    tools: Tools
    identification: Identification
    _opened: tuple[_Closes, ...] = field(default=(), repr=False)

    def close(self) -> None:
        """Close files and connections."""
        for opened in self._opened:
            opened.close()


def open_acts(
    paths: ShopPaths, settings: OrdersSettings, *, products: Products | None = None
) -> OpenActs:
    """What customer service may do, as ``shop.yaml`` and ``policy.yaml`` say.

    Args:
        products: The catalogue, for what is sold now. Who opened it closes it.

    Raises:
        BadInput: ``policy.yaml`` cannot be used; the message names line, setting, value and a fix.
    """
    policy = Policy.of(paths.policy_file)
    orders = open_orders(paths, settings, products=products)
    audit, attempts = AuditLog(paths.audit_file), Attempts(paths.identification_file)
    return OpenActs(
        Tools(orders, policy, audit),
        Identification(orders, attempts, policy),
        (orders, audit, attempts),
    )


def open_orders(
    paths: ShopPaths, settings: OrdersSettings, *, products: Products | None = None
) -> Orders:
    """Who keeps the orders: the shop's own system, if ``orders.address`` names one, else ``orders.sqlite``."""
    if settings.address is not None:
        key = os.environ.get(ORDERS_KEY, "")
        return HttpOrders(JsonServer(settings.address, settings.timeout_s, key))
    offers = CatalogOffers(products) if products is not None else None
    return SqliteOrders(paths.orders_file, offers=offers)
