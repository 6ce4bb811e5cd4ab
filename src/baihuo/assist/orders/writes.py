"""The writes to orders, each a typed value. What a write does is in :mod:`~baihuo.assist.orders.effects`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field

from baihuo.assist.orders.records import Address, Record

_Id = Annotated[str, Field(min_length=1, max_length=200)]
_Ids = Annotated[tuple[_Id, ...], Field(max_length=1_000)]


class _OfOrder(Record):
    tool: ClassVar[str]
    order_id: _Id


class CancelOrder(_OfOrder):
    """The whole order is not sent, and all that was paid goes back to where it came from."""

    tool = "cancel_order"
    reason: str = Field(max_length=500)


class ReturnItems(_OfOrder):
    """Items come back; the money goes to ``payment_method_id`` when they arrive."""

    tool = "return_items"
    variant_ids: _Ids
    payment_method_id: _Id


class ExchangeItems(_OfOrder):
    """Items come back, and others are sent for them, one for each."""

    tool = "exchange_items"
    variant_ids: _Ids
    new_variant_ids: _Ids
    payment_method_id: _Id


class ChangeItems(_OfOrder):
    """Items of an order that was not sent yet become others, one for each."""

    tool = "change_items"
    variant_ids: _Ids
    new_variant_ids: _Ids
    payment_method_id: _Id


class ChangeAddress(_OfOrder):
    """The order goes elsewhere."""

    tool = "change_address"
    address: Address


class ChangePayment(_OfOrder):
    """The order is paid another way; what was paid goes back to where it came from."""

    tool = "change_payment"
    payment_method_id: _Id


class ChangeShopperAddress(Record):
    """The address of the shopper's profile. Orders keep theirs."""

    tool: ClassVar[str] = "change_shopper_address"
    address: Address


Write: TypeAlias = (
    CancelOrder
    | ReturnItems
    | ExchangeItems
    | ChangeItems
    | ChangeAddress
    | ChangePayment
    | ChangeShopperAddress
)
WRITES: dict[str, type[Write]] = {
    w.tool: w
    for w in (
        CancelOrder,
        ReturnItems,
        ExchangeItems,
        ChangeItems,
        ChangeAddress,
        ChangePayment,
        ChangeShopperAddress,
    )
}


def write_from(tool: str, arguments: Mapping[str, Any]) -> Write:
    """The write of a tool's name and its arguments.

    Raises:
        KeyError: there is no such tool.
        ValidationError: an argument is missing, unknown or of another kind; a ``ValueError``.
    """
    return WRITES[tool].model_validate(dict(arguments))


def order_id_of(write: Write) -> str | None:
    """The order that a write is of; None for the shopper's profile."""
    return None if isinstance(write, ChangeShopperAddress) else write.order_id


def key_of(write: Write, shopper_id: str, version: int, *, agreed: str = "") -> str:
    """The idempotency key of a write to an order in one state: 32 hexadecimal digits.

    The same write to the same state has the same key, however often it is agreed to. The same write after another one, such
    as an address that is changed there and back and there again, has another.

    Args:
        version: Of the order, or of the shopper for a write to the profile.
        agreed: What a yes agrees to, with its amounts.
    """
    parts = [shopper_id, write.tool, write.model_dump(mode="json"), version, agreed]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
