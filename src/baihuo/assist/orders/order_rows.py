"""One line of an order from a file, checked field by field: what is wrong is said with its name, its value and a fix."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from baihuo.assist.orders.records import OrderStatus, PaymentKind
from baihuo.core import close_match, minor_unit_digits

FIELDS: Mapping[str, str] = {
    "order_id": "number of the order",
    "shopper_id": "id of the shopper; without it the e-mail address is it",
    "email": "e-mail address of the shopper",
    "first_name": "",
    "last_name": "",
    "visitor_id": "id of the browser that placed the order, as in events: its signed id opens this order",
    "status": f"one of {', '.join(OrderStatus)}",
    "currency": "ISO 4217, as in CNY",
    "product_id": "as in the catalogue",
    "variant_id": "as in the catalogue; without it the product id",
    "title": "of the product",
    "options": "of the variant, as in colour=red; size=M",
    "category": "broad to narrow, as in Clothes > Shirts",
    "price": "of one unit, in units of the currency, as in 129.00",
    "quantity": "units, 1 to 1,000; without it 1",
    "ordered_at": "ISO 8601, as in 2026-11-27T10:30:00Z; without a zone it is UTC",
    "delivered_at": "the same",
    "tracking": "tracking number",
    "payment_method_id": "id of the payment method that paid",
    "payment_kind": f"one of {', '.join(PaymentKind)}",
    "payment_last_four": "the last four digits of a card",
    "gift_card_balance": "of a gift card, in units of the currency",
    "line1": "street and number",
    "line2": "",
    "city": "",
    "state": "",
    "country": "",
    "postal_code": "",
}
"""What a row may have, with what it means; all but ``order_id``, ``product_id`` and ``price`` may be left out."""

REQUIRED = ("order_id", "product_id", "price")
_MOST_UNITS = 1_000


class BadRow(ValueError):
    """A row that cannot be used: the field, its value and what to write instead."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose fields are right, by name; missing ones are left out."""

    where: str  # "orders.csv, line 7"
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text, empty where it is missing."""
        return str(self.fields.get(name, ""))


def read_row(where: str, given: Mapping[str, Any], *, currency: str | None) -> Row:
    """The fields of a row.

    Args:
        given: As it stands in the file; empty texts count as missing.
        currency: Of prices in rows that name none.

    Raises:
        BadRow: a field is unknown, missing or of no use.
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise BadRow(f"{name}: there is no such field; {close_match(name, FIELDS) or known}")
        text = value.strip() if isinstance(value, str) else value
        if text not in (None, ""):
            found[name] = text
    for name in REQUIRED:
        if name not in found:
            raise BadRow(f"{name}: it is missing; write the {FIELDS[name] or name}")
    if "shopper_id" not in found and "email" not in found:
        raise BadRow("shopper_id: it is missing, and so is email; write one of them")
    found.setdefault("currency", currency)
    for name, read in _READERS.items():
        if name in found:
            found[name] = read(name, found[name], found)
    return Row(where, {k: v if k in _READERS else _text(k, v) for k, v in found.items()})


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool | list | dict) or len(str(value)) > 500:
        raise BadRow(f"{name}: {str(value)[:80]!r} is no text of at most 500 characters")
    return str(value)


def _currency(name: str, value: Any, _: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise BadRow(f"currency: {value!r} is none; write it as CNY, or give --currency")
    return value


def _money(name: str, value: Any, row: Mapping[str, Any]) -> int:
    try:
        amount = Decimal(str(value))
        minor = amount.scaleb(minor_unit_digits(str(row["currency"])))
        is_one = minor == minor.to_integral_value() and 0 <= minor < 10**12
    except (InvalidOperation, ValueError):
        is_one = False
    if not is_one:
        raise BadRow(
            f"{name}: {str(value)[:40]!r} is no amount in {row['currency']}; write it as 129.00"
        )
    return int(minor)


def _quantity(name: str, value: Any, _: Mapping[str, Any]) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_UNITS):
        raise BadRow(f"quantity: {text[:40]!r} is not a number of units from 1 to {_MOST_UNITS:,}")
    return int(text)


def _one_of(kinds: type[OrderStatus] | type[PaymentKind]) -> Callable[..., Any]:
    def read(name: str, value: Any, _: Mapping[str, Any]) -> Any:
        word = str(value).strip().lower().replace(" ", "_").replace("canceled", "cancelled")
        if word not in set(kinds):
            hint = close_match(word, [k.value for k in kinds]) or f"it is one of {', '.join(kinds)}"
            raise BadRow(f"{name}: {str(value)[:40]!r} is none; {hint}")
        return kinds(word)

    return read


def _time(name: str, value: Any, _: Mapping[str, Any]) -> int:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadRow(
            f"{name}: {str(value)[:40]!r} is no time; write it as 2026-11-27T10:30:00Z"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * 1_000_000


def _options(name: str, value: Any, _: Mapping[str, Any]) -> dict[str, str]:
    if isinstance(value, dict):
        return {str(k): str(v) for k, v in value.items()}
    pairs = [part.partition("=") for part in str(value).split(";") if part.strip()]
    if not all(key.strip() and equals for key, equals, _ in pairs):
        raise BadRow(f"options: {str(value)[:80]!r} are none; write them as colour=red; size=M")
    return {key.strip(): option.strip() for key, _, option in pairs}


def _category(name: str, value: Any, _: Mapping[str, Any]) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else str(value).split(">")
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _last_four(name: str, value: Any, _: Mapping[str, Any]) -> str:
    text = str(value)
    if not re.fullmatch("[0-9]{4}", text):
        raise BadRow("payment_last_four: it is not four digits; never write a whole card number")
    return text


_READERS: Mapping[str, Callable[[str, Any, Mapping[str, Any]], Any]] = {
    "currency": _currency,  # first: amounts need it
    "price": _money,
    "gift_card_balance": _money,
    "quantity": _quantity,
    "status": _one_of(OrderStatus),
    "payment_kind": _one_of(PaymentKind),
    "ordered_at": _time,
    "delivered_at": _time,
    "options": _options,
    "category": _category,
    "payment_last_four": _last_four,
}
