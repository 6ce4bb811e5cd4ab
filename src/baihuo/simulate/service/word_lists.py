"""What the desk of the sample shop knows and what people write to it, read from ``words/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "words"
_FAQ = ("delivery", "returns", "payment", "account", "products")
N_LAST_WORDINGS = 2
"""The last wordings of each list are met in the last week alone, as new ways to ask are in a real shop."""

CATEGORIES = {
    "track_order": "ORDER",
    "cancel_order": "ORDER",
    "tracking_help": "ORDER",
    "check_cancellation_policy": "ORDER",
    "check_return_policy": "ORDER",
    "check_exchange_policy": "ORDER",
    "check_change_policy": "ORDER",
    "place_order": "ORDER",
    "return_items": "ORDER",
    "exchange_items": "ORDER",
    "change_shipping_address": "SHIPPING_ADDRESS",
    "check_address_policy": "SHIPPING_ADDRESS",
    "address_help": "SHIPPING_ADDRESS",
    "delivery_options": "DELIVERY",
    "delivery_period": "DELIVERY",
    "check_cancellation_fee": "CANCELLATION_FEE",
    "check_refund_policy": "REFUND",
    "get_refund": "REFUND",
    "track_refund": "REFUND",
    "refund_period": "REFUND",
    "check_payment_methods": "PAYMENT",
    "check_payment_policy": "PAYMENT",
    "payment_issue": "PAYMENT",
    "change_payment": "PAYMENT",
    "check_invoice": "INVOICE",
    "get_invoice": "INVOICE",
    "create_account": "ACCOUNT",
    "delete_account": "ACCOUNT",
    "edit_account": "ACCOUNT",
    "switch_account": "ACCOUNT",
    "recover_password": "ACCOUNT",
    "registration_problems": "ACCOUNT",
    "newsletter_subscription": "NEWSLETTER",
    "complaint": "FEEDBACK",
    "review": "FEEDBACK",
    "contact_customer_service": "CONTACT",
    "contact_human_agent": "CONTACT",
    "check_warranty": "WARRANTY",
    "size_advice": "PRODUCT",
    "product_question": "PRODUCT",
    "stock_question": "PRODUCT",
    "find_product": "PRODUCT",
    "out_of_scope": "OTHER",
}
"""Of an intent. Names are those of the public data sets for support where these have one. What asks how something works has another
intent than what asks to do it: the first is answered from the FAQ, the second is an act."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the FAQ, in both languages."""

    entry_id: str
    category: dict[str, str]
    intent: str
    question: dict[str, str]
    answer: dict[str, str]
    asks: dict[str, tuple[str, ...]]  # other ways to ask the same


def wordings(text: str) -> tuple[str, ...]:
    """
    >>> wordings("where is it | track it")
    ('where is it', 'track it')
    """
    return tuple(part.strip() for part in text.split(" | "))


@cache
def entries() -> tuple[Entry, ...]:
    """The FAQ, in the order of its pages."""
    made = []
    for name in _FAQ:
        page = _read(name)
        en, _, zh = page["category"].partition("|")
        made += [
            Entry(
                entry_id=one["id"],
                category={"en": en, "zh": zh},
                intent=one["intent"],
                question={la: one[la]["q"] for la in ("en", "zh")},
                answer={la: one[la]["a"] for la in ("en", "zh")},
                asks={la: wordings(one[la]["asks"]) for la in ("en", "zh")},
            )
            for one in page["entries"]
        ]
    return tuple(made)


@cache
def acts() -> dict[str, Any]:
    """What people write about orders, goods and the rest; see ``words/acts.yaml``."""
    return _read("acts")


@cache
def people() -> dict[str, Any]:
    """Made-up names and places."""
    return _read("people")


def policy_text() -> str:
    """``policy.yaml`` of the sample shop."""
    return (_FOLDER / "policy.yaml").read_text(encoding="utf-8")


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return read
