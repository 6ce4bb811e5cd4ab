"""What a message asks of an order where no intents were learned: closed patterns, each of which is surely meant."""

from __future__ import annotations

import re
from typing import Final

from baihuo.assist.act.intents import ORDER_STATUS, tool_of
from baihuo.assist.turns import Understanding
from baihuo.assist.understand.lexicon import lexicon, message_words
from baihuo.assist.understand.readable import readable
from baihuo.core import fold

P_PLAIN: Final = 0.7
"""As sure as such a pattern is: below what makes a learned intent end a change that is being asked for."""

_ORDER = r"(order|orders|purchase|parcel|package|delivery|shipment)"
_OWN = r"(my|this|that|the|an|a|it|#?[a-z]{0,4}\d{3,})"
_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "cancel_order",
        re.compile(
            rf"\bcancel(l?ing)? ({_OWN} )?((whole|entire|last|recent) )?({_ORDER}|#?[a-z]{{0,4}}\d{{3,}})\b|\bcancel it\b"
            r"|取消.{0,6}(订单|这单|那单|#?[a-z]{0,4}\d{3,})|(订单|这单|那单).{0,12}取消|(不想要了|撤单|退单)"
        ),
    ),
    (
        "change_address",
        re.compile(
            r"\b(change|update|correct|edit|modify|fix)\b.{0,30}\b(delivery |shipping )?address\b|\baddress\b.{0,20}\b(wrong|changed|incorrect)\b"
            r"|(改|换|修改|更改|变更|填错|写错).{0,10}地址|地址.{0,8}(改|换|错|变更)"
        ),
    ),
    (
        "change_payment",
        re.compile(
            r"\b(change|update|switch|edit)\b.{0,30}\b(payment|pay|card)\b|(改|换|修改|更改).{0,10}(支付|付款)|(支付|付款).{0,8}(改|换)"
        ),
    ),
    (
        "exchange_items",
        re.compile(
            r"\b(exchange|swap)\b.{0,40}\b(item|items|order|it|for|size|colou?r)\b|换货|(换|调)(一|个|成).{0,8}(尺码|颜色|号|码|大|小)"
        ),
    ),
    (
        "return_items",
        re.compile(
            rf"\b(return|send back)\b ({_OWN} )?(\w+ ){{0,3}}({_ORDER}|item|items|it|product)\b"
            r"|\b(want|like|need) to return\b|(我?想|我?要|申请|办理|能|可以).{0,6}退货|(这个|它|这件|东西).{0,6}退(掉|了|货)"
        ),
    ),
    (
        "order_status",
        re.compile(
            rf"\bwhere('s| is| are)? ({_OWN} )?{_ORDER}\b|\b(status|track|tracking|check)\b.{{0,20}}\b{_ORDER}\b|\b{_ORDER}\b.{{0,20}}\b(status|arrive|arrived|coming|shipped)\b"
            r"|(订单|快递|包裹|货|东西).{0,8}(到哪|在哪|状态|发货|进度|什么时候到|还没到|没收到)|查(一下)?.{0,4}(订单|物流|快递)|物流"
            r"|(买|下单|订|拍)的.{1,12}(发|到|寄|送)(货|了|出)?(了)?(没|吗|么)|\bwhere('?s| is| are) my (stuff|things|package|order)\b"
        ),
    ),
)
_QUESTION = re.compile(
    r"^(how|can|could|may|what|when|why|do|does|is it possible|am i)\b(?!.*\b(my|this|that|#?[a-z]{0,4}\d{3,})\b)|怎么|如何|可以.{0,10}吗|能.{0,10}吗|多久|几天|什么时候|规定|政策"
)
_LOOKS_UP = (ORDER_STATUS,)
_SURE_OF_ACT = 0.5  # a change is planned from this probability on
_SURE = 0.8  # what is learned is surer than a pattern


def plain_intent(text: str) -> str:
    """The tool that a message asks for; empty where no pattern is surely meant.

    A question about how something works asks for nothing to be done, unless it names an order or says "my".

    >>> plain_intent("please cancel my order W1001"), plain_intent("How can I cancel an order?"), plain_intent("我要取消订单")
    ('cancel_order', '', 'cancel_order')
    """
    folded = " ".join(fold(text).split())
    if len(folded) > 500:
        return ""
    found = next((tool for tool, pattern in _PATTERNS if pattern.search(folded)), "")
    if found and found not in _LOOKS_UP and _QUESTION.search(folded):
        return ""
    return found


def names_order_alone(text: str) -> bool:
    """Whether a message is a word for an order and polite words around it: who writes that wants their own.

    >>> names_order_alone("wheres the tracking number"), names_order_alone("运单号发我一下"), names_order_alone("how does tracking work")
    (True, True, False)
    """
    known, words = lexicon(), message_words(readable(text))
    begins, only = known.order_alone.covers(words, known.order_around)
    return begins and only


def meant_of_orders(text: str, understanding: Understanding) -> tuple[str, float]:
    """The intent and its probability, where a closed pattern is surer than what was learned, or a change is not likely enough.

    "Check order 4711" may look a little like a return: an order that is named is then looked up, and nothing is planned.
    """
    intent, p_intent = understanding.intent, understanding.p_intent
    is_act = tool_of(intent) not in (None, ORDER_STATUS)
    if names_order_alone(text) and not (is_act and p_intent >= _SURE):
        return ORDER_STATUS, max(P_PLAIN, p_intent if tool_of(intent) == ORDER_STATUS else 0.0)
    if understanding.intents and (p_intent >= _SURE or (p_intent >= _SURE_OF_ACT and is_act)):
        return intent, p_intent
    plain = plain_intent(text)
    if plain:
        return plain, max(p_intent, P_PLAIN)
    if is_act and understanding.intents:
        names_it = any(e.kind == "order_id" for e in understanding.entities)
        return (ORDER_STATUS, P_PLAIN) if names_it else ("", p_intent)
    return intent, p_intent if understanding.intents else 0.0
