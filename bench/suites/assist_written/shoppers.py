"""Shoppers and orders of the exam, made of the shop's own products: each conversation has its own."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from baihuo.core import Product
from suites.assist_written.exam import Talk

_DAYS_TO_ARRIVE = 3
_ADDRESS = {
    "address1": "中山路88号",
    "address2": "",
    "city": "南京",
    "state": "江苏",
    "country": "CN",
    "zip": "210018",
}


def kind_of(product_id: str) -> str:
    """The kind of a product of the sample shop: its id without numbers."""
    return re.sub(r"(-\d+)+$", "", product_id)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who writes in a conversation, and the values of the names in braces."""

    shopper_id: str
    values: Mapping[str, str]
    order_ids: Mapping[str, str] = field(default_factory=dict)  # name in the exam → id


class Stock:
    """Finds a product of each kind; the first in order of ids, so a run repeats another."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.products = {p.product_id: p for p in products}
        self._kinds: dict[str, Product] = {}
        for product_id in sorted(self.products):
            product = self.products[product_id]
            if self._is_usable(product):
                self._kinds.setdefault(kind_of(product_id), product)

    @staticmethod
    def _is_usable(product: Product) -> bool:
        titles = product.title_en and product.title_zh
        in_stock = [v for v in product.variants if v.stock_units]
        enough = len(in_stock) >= 2 if product.variants else bool(product.stock_units)
        return bool(titles and product.price_minor and product.attributes and enough)

    def of(self, kind: str) -> Product:
        return self._kinds[kind]

    def sizes(self, kind: str) -> list[tuple[str, str]]:
        """Ids and sizes of its variants in stock."""
        found = [v for v in self.of(kind).variants if v.stock_units]
        return [(v.variant_id, str(next(iter(v.attributes.values())))) for v in found]


def cast(
    talks: Iterable[Talk], stock: Stock, folder: Path, *, run: str, now: datetime
) -> dict[str, Cast]:
    """Write users, orders and products to import, in the form of tau-bench; who plays which conversation."""
    users: dict[str, Any] = {}
    orders: dict[str, Any] = {}
    products: dict[str, Any] = {}
    found = {talk.id: _cast(talk, stock, run, now, (users, orders, products)) for talk in talks}
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in (("users", users), ("orders", orders), ("products", products)):
        (folder / f"{name}.json").write_text(json.dumps(records, ensure_ascii=False))
    return found


def _id(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:11]


def _cast(
    talk: Talk, stock: Stock, run: str, now: datetime, into: tuple[dict[str, Any], ...]
) -> Cast:
    users, orders, products = into
    values: dict[str, str] = {}
    order_ids: dict[str, str] = {}
    me, stranger = (f"exam-{_id(run, talk.id, who)}" for who in ("me", "stranger"))
    for who in (me, stranger):
        users[who] = _user(who)
    values["email"] = users[me]["email"]
    for name, wanted in talk.orders.items():
        order_id = "o" + _id(run, talk.id, name)
        owner = stranger if name == "stranger" else me
        items = [_item(stock, kind) for kind in wanted["items"]]
        orders[order_id] = _order(order_id, owner, wanted, items, now)
        for kind in wanted["items"]:
            product = stock.of(kind)
            products[product.product_id] = _offered(product)
        values[name] = order_ids[name] = order_id
        values[name.upper()] = order_id.upper()
        sizes = stock.sizes(wanted["items"][0])
        if len(sizes) > 1:
            values[f"{name}.other"] = sizes[1][1]
    return Cast(me, values, order_ids)


def _user(user_id: str) -> dict[str, Any]:
    return {
        "name": {"first_name": "Lin", "last_name": user_id[5:10].title()},
        "email": f"{user_id}@example.com",
        "address": _ADDRESS,
        "currency": "CNY",
        "payment_methods": {
            f"alipay_{user_id}": {"source": "alipay", "id": f"alipay_{user_id}"},
            f"gift_card_{user_id}": {
                "source": "gift_card",
                "balance": 90_000.0,
                "id": f"gift_card_{user_id}",
            },
        },
    }


def _item(stock: Stock, kind: str) -> dict[str, Any]:
    product, sizes = stock.of(kind), stock.sizes(kind)
    variant_id, size = sizes[0] if sizes else (product.product_id, "")
    return {
        "name": product.title_en,
        "product_id": product.product_id,
        "item_id": variant_id,
        "price": (product.price_minor or 0) / 100,
        "options": {"size": size} if size else {},
    }


def _order(
    order_id: str, owner: str, wanted: Mapping[str, Any], items: list[Any], now: datetime
) -> dict[str, Any]:
    status = wanted["status"]
    last = now - timedelta(days=wanted["days"], hours=1)
    is_delivered = status == "delivered"
    ordered = last - timedelta(days=_DAYS_TO_ARRIVE) if is_delivered else last
    payments = [("payment", f"alipay_{owner}")] + [("refund", f"alipay_{owner}")] * (
        status == "cancelled"
    )
    total = sum(i["price"] for i in items)
    sent = [{"tracking_id": ["SF" + order_id[1:].translate(str.maketrans("abcdef", "012345"))]}]
    return {
        "order_id": order_id,
        "user_id": owner,
        "address": _ADDRESS,
        "items": items,
        "fulfillments": [{**s, "item_ids": [i["item_id"] for i in items]} for s in sent]
        if status in ("processed", "delivered")
        else [],
        "status": status,
        "payment_history": [
            {"transaction_type": k, "amount": total, "payment_method_id": m} for k, m in payments
        ],
        "currency": "CNY",
        "ordered_at": ordered.astimezone(UTC).isoformat(),
        "delivered_at": last.astimezone(UTC).isoformat() if is_delivered else None,
    }


def _offered(product: Product) -> dict[str, Any]:
    variants = product.variants
    ids = [v.variant_id for v in variants] or [product.product_id]
    price = (product.price_minor or 0) / 100
    return {
        "name": product.title_en,
        "category": list(product.category),
        "currency": "CNY",
        "product_id": product.product_id,
        "variants": {
            i: {"item_id": i, "options": {}, "available": True, "price": price} for i in ids
        },
    }
