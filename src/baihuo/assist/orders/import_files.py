"""Orders of a shop from CSV and JSON files. An order with a row that cannot be used is left out as a whole, and named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.assist.orders.order_rows import FIELDS, REQUIRED, BadRow, Row, read_row
from baihuo.assist.orders.records import (
    Address,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Shipment,
    Shopper,
)
from baihuo.assist.orders.sqlite_orders import Batch
from baihuo.assist.orders.taubench import read_taubench
from baihuo.core import BadInput, BrokenFile

_Given = tuple[str, dict[str, Any]]  # where it stands, and its fields


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was left out, and why."""

    where: str  # "orders.csv, line 7"
    why: str  # "price: 'abc' is no amount in CNY; write it as 129.00"


@dataclass(frozen=True, slots=True)
class ReadOrders:
    """What files hold."""

    batch: Batch
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedOrders(ReadOrders):
    """What was written."""

    n_kept: int = 0  # orders and shoppers that were changed here, and stayed as they are


def read_orders(paths: Sequence[Path], *, currency: str | None = None) -> ReadOrders:
    """Orders in files: CSV with a line an item, JSON or JSON lines with an order each, or a folder in the form of tau-bench.

    Args:
        currency: Of prices in rows that name none.

    Raises:
        BadInput: a file cannot be read, or has no column that orders need.
    """
    rows: list[Row] = []
    refused: list[Refused] = []
    whole: list[Batch] = []
    bad_orders: set[str] = set()
    for path in paths:
        if path.is_dir():
            whole.append(read_taubench(path))
            continue
        for where, given in _rows(path):
            try:
                rows.append(read_row(where, given, currency=currency))
            except BadRow as bad:
                refused.append(Refused(where, str(bad)))
                bad_orders.add(str(given.get("order_id", "")).strip())
    made = _made(rows, bad_orders, refused)
    batches = [*whole, made]
    return ReadOrders(
        Batch(
            shoppers=[s for b in batches for s in b.shoppers],
            orders=[o for b in batches for o in b.orders],
            products=[p for b in batches for p in b.products],
            visitors=[v for b in batches for v in b.visitors],
        ),
        tuple(refused),
    )


def _rows(path: Path) -> Iterator[_Given]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}", fix="give a file of orders"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: {error}", fix="save it as UTF-8") from error
    is_json = text.lstrip()[:1] in ("[", "{")
    yield from _json_rows(path, text) if is_json else _csv_rows(path, text)


def _csv_rows(path: Path, text: str) -> Iterator[_Given]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    try:
        names = list(reader.fieldnames or ())
        if missing := [n for n in REQUIRED if n not in names]:
            raise BadInput(
                f"{path} has no column {missing[0]!r}; it has {', '.join(names)[:200]}",
                fix=f"name its columns {', '.join(FIELDS)}; {', '.join(REQUIRED)} must be there",
            )
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            yield where, {("more values than columns" if k == "" else k): v for k, v in row.items()}
    except csv.Error as error:
        what = f"{path}, line {reader.line_num}: it is no CSV: {error}"
        raise BrokenFile(what, fix="export it again") from error


def _json_rows(path: Path, text: str) -> Iterator[_Given]:
    for i, order in enumerate(_json_orders(path, text), 1):
        where = f"{path.name}, order {i}"
        if not isinstance(order, dict):
            yield where, {"order_id": "", "no object": str(order)[:80]}
            continue
        items = order.get("items", [{}])
        common = {k: v for k, v in order.items() if k != "items"}
        if not isinstance(items, list) or not items:
            yield where, {**common, "items": items}
            continue
        for j, item in enumerate(items, 1):
            place = f"{where}, item {j}" if len(items) > 1 else where
            yield place, {**common, **item} if isinstance(item, dict) else {**common, "items": item}


def _json_orders(path: Path, text: str) -> Iterable[Any]:
    try:
        read = json.loads(text)
    except ValueError:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise BrokenFile(f"{path} is no JSON: {error}", fix="export it again") from error
    except RecursionError as error:
        raise BrokenFile(f"{path} is nested too deep", fix="export it again") from error
    return read if isinstance(read, list) else [read]


def _made(rows: Iterable[Row], bad_orders: set[str], refused: list[Refused]) -> Batch:
    """Orders of rows. Those of an order that has a bad row are named, too: an order without one of its items would be a lie."""
    by_order: dict[str, list[Row]] = {}
    for row in rows:
        by_order.setdefault(row.text("order_id"), []).append(row)
    orders: list[Order] = []
    shoppers: dict[str, Shopper] = {}
    visitors: dict[str, str] = {}
    for order_id, of_order in by_order.items():
        why = f"order_id: another row of order {order_id} is refused; correct that one"
        if order_id not in bad_orders:
            why = _conflict(of_order)
        if why:
            refused += [Refused(row.where, why) for row in of_order]
            continue
        order = _order(order_id, of_order)
        orders.append(order)
        shoppers[order.shopper_id] = _shopper(of_order[0], shoppers.get(order.shopper_id))
        if visitor_id := of_order[0].text("visitor_id"):
            visitors[visitor_id] = order.shopper_id
    return Batch(
        shoppers=list(shoppers.values()),
        orders=orders,
        visitors=list(visitors.items()),
    )


def _conflict(rows: Sequence[Row]) -> str:
    """Why the rows cannot be of one order; empty: they can."""
    for name in ("shopper_id", "email", "currency", "status"):
        values = {row.text(name).casefold() for row in rows} - {""}
        if len(values) > 1:
            both = ", ".join(sorted(values))
            return f"{name}: rows of one order have {both[:100]!r}; write the same in each"
    return ""


def _shopper_id(row: Row) -> str:
    return row.text("shopper_id") or row.text("email").casefold()


def _method_id(row: Row) -> str:
    kind = row.fields.get("payment_kind", PaymentKind.OTHER)
    return row.text("payment_method_id") or f"{kind}_{row.text('payment_last_four')}".strip("_")


def _order(order_id: str, rows: Sequence[Row]) -> Order:
    first = rows[0]
    items = [item for row in rows for item in _items(row)]
    total = sum(item.price_minor for item in items)
    method_id = _method_id(first)
    status = first.fields.get("status", OrderStatus.BOUGHT)
    payments = [Payment(kind="payment", amount_minor=total, payment_method_id=method_id)]
    if status == OrderStatus.CANCELLED:
        payments.append(payments[0].model_copy(update={"kind": "refund"}))
    tracking = list(dict.fromkeys(t for row in rows if (t := row.text("tracking"))))
    sent = Shipment(tracking_ids=tuple(tracking), variant_ids=tuple(i.variant_id for i in items))
    return Order(
        order_id=order_id,
        shopper_id=_shopper_id(first),
        visitor_id=first.text("visitor_id"),
        status=status,
        currency=first.text("currency"),
        items=tuple(items),
        payments=tuple(payments),
        address=_address(first),
        ordered_at_us=first.fields.get("ordered_at"),
        delivered_at_us=first.fields.get("delivered_at"),
        shipments=(sent,) if tracking else (),
    )


def _items(row: Row) -> Iterator[OrderItem]:
    item = OrderItem(
        variant_id=row.text("variant_id") or row.text("product_id"),
        product_id=row.text("product_id"),
        title=row.text("title") or row.text("product_id"),
        price_minor=row.fields["price"],
        options=row.fields.get("options", {}),
        category=row.fields.get("category", ()),
    )
    for _ in range(row.fields.get("quantity", 1)):
        yield item


def _address(row: Row) -> Address | None:
    names = ("line1", "line2", "city", "state", "country", "postal_code")
    parts = {name: row.text(name) for name in names}
    return Address(**parts) if any(parts.values()) else None


def _shopper(row: Row, before: Shopper | None) -> Shopper:
    """The shopper of a row, with the payment methods of their other orders; what the newer row leaves out stays."""
    balance = row.fields.get("gift_card_balance")
    kind = row.fields.get("payment_kind", PaymentKind.OTHER)
    is_gift_card = kind == PaymentKind.GIFT_CARD
    method = PaymentMethod(
        payment_method_id=_method_id(row),
        kind=kind,
        last_four=row.text("payment_last_four"),
        balance_minor=(balance or 0) if is_gift_card else None,
    )
    others = [
        m
        for m in (before.payment_methods if before else ())
        if m.payment_method_id != method.payment_method_id
    ]
    return Shopper(
        shopper_id=_shopper_id(row),
        first_name=row.text("first_name") or (before.first_name if before else ""),
        last_name=row.text("last_name") or (before.last_name if before else ""),
        email=row.text("email") or (before.email if before else ""),
        address=_address(row) or (before.address if before else None),
        payment_methods=(*others, method),
    )
