"""What each rule says where it refuses. A shop may put its own words in ``policy.yaml``."""

from __future__ import annotations

from collections.abc import Mapping

from baihuo.assist.turns import Language

PLACEHOLDERS = frozenset(
    {
        *("order_id", "status", "days", "hours", "reasons", "item", "new_item"),
        *("category", "period", "since"),
    }
)
"""What a text may name in braces."""

RULE_TEXTS: Mapping[str, Mapping[Language, str]] = {
    "identified": {
        "en": "I can only change orders for a shopper I have identified.",
        "zh": "需要先核实您的身份，才能为您处理订单。",
    },
    "own_order": {
        "en": "I find no order {order_id} of yours.",
        "zh": "没有找到您名下的订单 {order_id}。",
    },
    "changed_items_final": {
        "en": "The items of order {order_id} were changed already; after that it can be neither changed nor cancelled.",
        "zh": "订单 {order_id} 的商品已经修改过，之后不能再修改或取消。",
    },
    "cancel_pending": {
        "en": "Order {order_id} is {status}; it can no longer be cancelled.",
        "zh": "订单 {order_id} 的状态是“{status}”，不能取消。",
    },
    "cancel_in_time": {
        "en": "Order {order_id} can only be cancelled within {hours} hours of ordering.",
        "zh": "订单 {order_id} 只能在下单后 {hours} 小时内取消。",
    },
    "cancel_reason": {
        "en": "An order is cancelled for one of these reasons: {reasons}.",
        "zh": "取消订单需要下列原因之一：{reasons}。",
    },
    "change_pending": {
        "en": "Order {order_id} is {status}; it can no longer be changed.",
        "zh": "订单 {order_id} 的状态是“{status}”，不能修改。",
    },
    "return_delivered": {
        "en": "Order {order_id} is {status}; only a delivered order can be returned.",
        "zh": "订单 {order_id} 的状态是“{status}”，只有已送达的订单可以退货。",
    },
    "exchange_once": {
        "en": "An exchange was already requested for order {order_id}; an order is exchanged once.",
        "zh": "订单 {order_id} 已经申请过换货，每个订单只能换货一次。",
    },
    "exchange_delivered": {
        "en": "Order {order_id} is {status}; only a delivered order can be exchanged.",
        "zh": "订单 {order_id} 的状态是“{status}”，只有已送达的订单可以换货。",
    },
    "something_to_do": {
        "en": "No item was named.",
        "zh": "没有指定商品。",
    },
    "one_new_for_each": {
        "en": "Each item needs one new variant.",
        "zh": "每件商品需要对应一个新的款式。",
    },
    "items_of_order": {
        "en": "Order {order_id} does not have these items, or not so many of them.",
        "zh": "订单 {order_id} 中没有这些商品，或数量不足。",
    },
    "return_window": {
        "en": "{item} of order {order_id} cannot be returned: it was delivered {since} ago, and the time for it is {period}.",
        "zh": "订单 {order_id} 中的 {item} 不能退货：已送达{since}，超过退货期限（送达后{period}内）。",
    },
    "return_window.never": {
        "en": "{item} of order {order_id} cannot be returned: goods of the category {category} are not taken back.",
        "zh": "订单 {order_id} 中的 {item} 不能退货：“{category}”类商品不支持退货。",
    },
    "return_window.no_date": {
        "en": "{item} of order {order_id} cannot be returned here: its day of delivery is not known to us, and the time for it is {period} after delivery.",
        "zh": "订单 {order_id} 中的 {item} 不能在这里退货：我们没有它的送达日期，而退货期限是送达后{period}内。",
    },
    "exchange_window": {
        "en": "{item} of order {order_id} cannot be exchanged: it was delivered {since} ago, and the time for it is {period}.",
        "zh": "订单 {order_id} 中的 {item} 不能换货：已送达{since}，超过换货期限（送达后{period}内）。",
    },
    "exchange_window.never": {
        "en": "{item} of order {order_id} cannot be exchanged: goods of the category {category} are not exchanged.",
        "zh": "订单 {order_id} 中的 {item} 不能换货：“{category}”类商品不支持换货。",
    },
    "exchange_window.no_date": {
        "en": "{item} of order {order_id} cannot be exchanged here: its day of delivery is not known to us, and the time for it is {period} after delivery.",
        "zh": "订单 {order_id} 中的 {item} 不能在这里换货：我们没有它的送达日期，而换货期限是送达后{period}内。",
    },
    "known_variant": {
        "en": "There is no such variant.",
        "zh": "没有这个款式。",
    },
    "same_product": {
        "en": "An item can only become another variant of the same product.",
        "zh": "只能换成同一商品的其他款式。",
    },
    "other_option": {
        "en": "{item} is the same variant; choose another option.",
        "zh": "{item} 是同一款式，请选择其他款式。",
    },
    "variant_available": {
        "en": "{new_item} is not available now.",
        "zh": "{new_item} 目前无货。",
    },
    "own_payment_method": {
        "en": "That is none of your stored payment methods.",
        "zh": "这不是您已保存的支付方式。",
    },
    "refund_to": {
        "en": "A refund goes to the original payment method or to a gift card of yours.",
        "zh": "退款只能退回原支付方式或您的礼品卡。",
    },
    "payment_changed_once": {
        "en": "The payment of order {order_id} was changed already; it is changed once.",
        "zh": "订单 {order_id} 的支付方式已经修改过，只能修改一次。",
    },
    "other_payment_method": {
        "en": "Order {order_id} is paid with that method already.",
        "zh": "订单 {order_id} 已经使用该支付方式。",
    },
    "gift_card_covers": {
        "en": "The balance of the gift card does not cover the amount.",
        "zh": "礼品卡余额不足以支付该金额。",
    },
    "whole_address": {
        "en": "The address lacks a street, a city, a country or a postal code.",
        "zh": "地址缺少街道、城市、国家或邮政编码。",
    },
}

RULE_NAMES: tuple[str, ...] = tuple(RULE_TEXTS)
"""Names of all rules, in the order in which they are asked. Behind a dot is one cause of a rule, with a text of its own: ``return_window.never``."""
