"""Reads ``users.json``, ``orders.json`` and ``products.json`` in the form of tau-bench's retail environment.

Beyond tau-bench an order may have ``currency``, ``ordered_at`` and ``delivered_at`` (ISO 8601), a product ``category`` and
``names`` by language, a user ``visitor_ids``; each may be missing.

Source: Yao et al. (2024), tau-bench: a benchmark for tool-agent-user interaction in real-world domains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from baihuo.assist.orders.records import (
    Address,
    ExchangeRequest,
    OfferedProduct,
    OfferedVariant,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    ReturnRequest,
    Shipment,
    Shopper,
)
from baihuo.assist.orders.sqlite_orders import Batch
from baihuo.core import BadInput, BrokenFile, minor_unit_digits

STATUSES: Mapping[str, OrderStatus] = {
    "pending": OrderStatus.PENDING,
    "pending (item modified)": OrderStatus.PENDING_ITEMS_CHANGED,
    "pending (items modifed)": OrderStatus.PENDING_ITEMS_CHANGED,  # as its policy spells it
    "processed": OrderStatus.PROCESSED,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "cancelled": OrderStatus.CANCELLED,
    "return requested": OrderStatus.RETURN_REQUESTED,
    "exchange requested": OrderStatus.EXCHANGE_REQUESTED,
}


def read_taubench(folder: Path) -> Batch:
    """The shop in a folder with the three files.

    Raises:
        BadInput: a file is missing, or a record in it cannot be used; the message names file, record, field and value.
    """
    users, orders, products = (_load(folder / f"{n}.json") for n in ("users", "orders", "products"))
    return read_records(users, orders, products, where=f"{folder}/")


def read_records(
    users: Mapping[str, Any],
    orders: Mapping[str, Any],
    products: Mapping[str, Any],
    *,
    where: str = "",
) -> Batch:
    """The same from values: each by its id."""
    with_category = {k: _category(p) for k, p in products.items() if isinstance(p, Mapping)}
    shoppers = [
        _named(_shopper, f"{where}users.json", user_id, user) for user_id, user in users.items()
    ]
    return Batch(
        shoppers=shoppers,
        orders=[
            _named(_order, f"{where}orders.json", order_id, order, with_category)
            for order_id, order in orders.items()
        ],
        products=[
            _named(_product, f"{where}products.json", product_id, product)
            for product_id, product in products.items()
        ],
        visitors=[
            (str(visitor_id), user_id)
            for user_id, user in users.items()
            for visitor_id in user.get("visitor_ids", ())
        ],
    )


def address_of(given: Mapping[str, Any]) -> Address:
    """An address with tau-bench's names."""
    return Address(
        line1=given["address1"],
        line2=given.get("address2", ""),
        city=given["city"],
        state=given.get("state", ""),
        country=given["country"],
        postal_code=given["zip"],
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        read = orjson.loads(path.read_bytes())
    except OSError as error:
        fix = "give a folder with users.json, orders.json and products.json"
        raise BadInput(f"{path} cannot be read: {error.strerror}", fix=fix) from error
    except orjson.JSONDecodeError as error:
        raise BrokenFile(f"{path} is not JSON: {error}", fix="export it again") from error
    if not isinstance(read, dict):
        raise BrokenFile(f"{path} is not an object of records by id", fix="export it again")
    return read


def _named(make: Any, path: str, record_id: str, given: Any, *more: Any) -> Any:
    try:
        return make(record_id, given, *more)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        what = f"{path}, {record_id}: {field}: {first['msg']} (got {first['input']!r})"
        raise BadInput(what[:500], fix="correct that record") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        what = f"{path}, {record_id}: {type(error).__name__}: {error}"
        raise BadInput(what[:500], fix="correct that record") from error


def _minor(amount: float, currency: str) -> int:
    return round(amount * 10 ** minor_unit_digits(currency))


def _shopper(user_id: str, user: Mapping[str, Any]) -> Shopper:
    return Shopper(
        shopper_id=user_id,
        first_name=user["name"]["first_name"],
        last_name=user["name"]["last_name"],
        email=user["email"],
        address=address_of(user["address"]),
        payment_methods=tuple(_methods(user)),
    )


def _methods(user: Mapping[str, Any]) -> Iterator[PaymentMethod]:
    currency = user.get("currency", "USD")
    for method_id, method in user["payment_methods"].items():
        source = method["source"]
        balance = method.get("balance")
        yield PaymentMethod(
            payment_method_id=method_id,
            kind=PaymentKind(source) if source in set(PaymentKind) else PaymentKind.OTHER,
            brand=method.get("brand", ""),
            last_four=method.get("last_four", ""),
            balance_minor=None if balance is None else _minor(balance, currency),
        )


def _order(order_id: str, order: Mapping[str, Any], categories: Mapping[str, Any]) -> Order:
    currency = order.get("currency", "USD")
    if order["status"] not in STATUSES:
        known = ", ".join(STATUSES)
        raise ValueError(f"status is {order['status']!r}, not one of {known}")
    return Order(
        order_id=order_id,
        shopper_id=order["user_id"],
        status=STATUSES[order["status"]],
        currency=currency,
        address=address_of(order["address"]),
        items=tuple(_item(item, currency, categories) for item in order["items"]),
        payments=tuple(
            Payment(
                kind=paid["transaction_type"],
                amount_minor=_minor(paid["amount"], currency),
                payment_method_id=paid["payment_method_id"],
            )
            for paid in order["payment_history"]
        ),
        shipments=tuple(
            Shipment(tracking_ids=tuple(sent["tracking_id"]), variant_ids=tuple(sent["item_ids"]))
            for sent in order.get("fulfillments", ())
        ),
        ordered_at_us=_time(order.get("ordered_at")),
        delivered_at_us=_time(order.get("delivered_at")),
        cancel_reason=order.get("cancel_reason", ""),
        **_requests(order, currency),
    )


def _requests(order: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A return or exchange that was asked for; data that lacks its items has the status alone."""
    items = tuple(item["item_id"] for item in order["items"])
    paid = order["payment_history"][0]["payment_method_id"] if order["payment_history"] else ""
    if order["status"] == "return requested":
        asked = ReturnRequest(
            variant_ids=tuple(order.get("return_items", items)),
            payment_method_id=order.get("return_payment_method_id", paid),
        )
        return {"return_request": asked}
    if order["status"] == "exchange requested":
        asked_exchange = ExchangeRequest(
            variant_ids=tuple(order.get("exchange_items", ())),
            new_variant_ids=tuple(order.get("exchange_new_items", ())),
            payment_method_id=order.get("exchange_payment_method_id", paid),
            difference_minor=_minor(order.get("exchange_price_difference", 0), currency),
        )
        return {"exchange_request": asked_exchange}
    return {}


def _item(item: Mapping[str, Any], currency: str, categories: Mapping[str, Any]) -> OrderItem:
    return OrderItem(
        variant_id=item["item_id"],
        product_id=item["product_id"],
        title=item["name"],
        price_minor=_minor(item["price"], currency),
        options={str(k): str(v) for k, v in item["options"].items()},
        category=categories.get(item["product_id"], ()),
    )


def _product(product_id: str, product: Mapping[str, Any]) -> OfferedProduct:
    currency = product.get("currency", "USD")
    return OfferedProduct(
        product_id=product_id,
        title=product["name"],
        category=_category(product),
        variants=tuple(
            OfferedVariant(
                variant_id=variant_id,
                product_id=product_id,
                title=product["name"],
                price_minor=_minor(variant["price"], currency),
                currency=currency,
                options={str(k): str(v) for k, v in variant["options"].items()},
                is_available=variant["available"],
            )
            for variant_id, variant in product["variants"].items()
        ),
    )


def _category(product: Mapping[str, Any]) -> tuple[str, ...]:
    category = product.get("category") or ()
    return (category,) if isinstance(category, str) else tuple(map(str, category))


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * 1_000_000
