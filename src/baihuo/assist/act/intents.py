"""Which tool an intent means. The names of intents are those of the shop's own labelled utterances."""

from __future__ import annotations

from baihuo.assist.orders.writes import WRITES

ORDER_STATUS = "order_status"
"""A read: it is answered from passages, and planned only where somebody must be identified first, or it is no order of theirs."""

_BY_INTENT = {
    "change_order": "change_items",
    "edit_order": "change_items",
    "change_order_items": "change_items",
    "modify_order": "change_items",
    "change_shipping_address": "change_address",
    "change_delivery_address": "change_address",
    "set_up_shipping_address": "change_shopper_address",
    "change_profile_address": "change_shopper_address",
    "change_payment_method": "change_payment",
    "return_order": "return_items",
    "return_product": "return_items",
    "get_refund": "return_items",
    "exchange_order": "exchange_items",
    "exchange_product": "exchange_items",
    "track_order": ORDER_STATUS,
    "track_refund": ORDER_STATUS,
    "order_tracking": ORDER_STATUS,
    "check_order": ORDER_STATUS,
    ORDER_STATUS: ORDER_STATUS,
}


def tool_of(intent: str) -> str | None:
    """The tool of an intent; None for one that asks for nothing to be done or looked up in orders.

    >>> tool_of("cancel_order"), tool_of("get_refund"), tool_of("newsletter_subscription")
    ('cancel_order', 'return_items', None)
    """
    return intent if intent in WRITES else _BY_INTENT.get(intent)
