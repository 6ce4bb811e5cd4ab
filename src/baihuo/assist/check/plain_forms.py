"""One form for what English and Chinese write in several: contractions, "no longer", "interest-free", 尚未发货, 每年."""

from __future__ import annotations

import re

_FORMS = (
    (re.compile(r"[’`´]"), "'"),
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"\bno longer\b|\bnot any ?more\b"), "not"),
    # "from 72 cm to 118 cm"
    (
        re.compile(
            r"(?<!\d)(?<!\d\.)(\d[\d.]*+)\s?([a-z%]{1,8}|(?![点时号月])[\u4e00-\u9fff]{1,3})\s?(to|-|–|至|到)\s?(\d[\d.]*+)\s?\2(?![a-z])"
        ),
        r"\1 \3 \4 \2",
    ),
    # "as long as it has not been shipped" is "until it is shipped"
    (
        re.compile(
            r"\b(?:as long as|while|if|provided) (.{1,40}?) (?:has|have|is|are) not (?:yet )?(?:been )?(?=\w+(?:ed|d|t|n)\b)"
        ),
        r"until \1 is ",
    ),
    (
        re.compile(
            r"(?:还没有?|尚未|未)(发货|寄出|发出|出库|完成|付款|支付)(?:之前|以前|前|时|的订单|就)"
        ),
        r"\1前",
    ),
    (re.compile(r"(?:没有|不收|不用付|无需付|无|零|0)利息|无息"), "免息"),
    (re.compile(r"不(?:能|可以?)?([退换修])[,、]?也?不(?:能|可以?)?([退换修])"), r"不\1\2"),
    # what has not been sent yet: 待发货的订单 is an order before it is sent
    (re.compile(r"(?<!未)已经?(发货|付款|支付|出库|寄出|发出)的"), r"\1后的"),
    (re.compile(r"(?:待|等待)(发货|付款|支付|出库)(?:的时候|时(?!间)|状态下?)?"), r"\1前"),
    (re.compile(r"\b(\w{3,})-free\b"), r"without \1"),
    (re.compile(r"\bfree of (?!charge|cost)(\w+)"), r"without \1"),
    (re.compile(r"\b(?:the )?u\.?k\.?(?![\w.])"), "united kingdom"),
    (re.compile(r"\bthe u\.?s\.?(?:a\.?)?(?![\w.])|\bu\.s\.(?:a\.)?|\busa\b"), "united states"),
    (re.compile(r"\b(?:without (?:any )?|not |no )damaged?\b|\bfree of damage\b"), "undamaged"),
    (
        re.compile(r"\bafter waiting (?:for )?((?:\d+|[a-z]+) (?:minutes?|hours?|days?))\b"),
        r"wait \1 before then",
    ),
    (re.compile(r"\bin case(?: of)?\b"), "if"),
    (re.compile(r"\bin (?:this|that|any|all|all other|which|such|either|your|most) cases?\b"), ""),
    # "one" that stands for a thing is no number
    (
        re.compile(
            r"\b(new|right|wrong|larger|smaller|bigger|other|another|this|that|which|correct|same|different|second|first|any|good|matching|next)(?: |-)one\b"
        ),
        r"\1 item",
    ),
    (re.compile(r"\bone of (?=(?:our|the|your|these|those|their)\b)"), ""),
    (re.compile(r"\bcustoms\b"), "tariff"),  # not a customer
    (re.compile(r"\bby (?:post|letter|regular mail|snail mail)\b"), "by letterpost"),  # not sent
    (re.compile(r"\b(?:under|in) (?=\")"), "at "),  # under "My account"
    # rates: 98 CNY a year, 98 CNY per year
    (re.compile(r"\b(?:per|each|every) (year|month|week)\b"), r"a \1"),
    (re.compile(r"\b(?:annual(?:ly)?|yearly)\b"), "a year"),
    (re.compile(r"\bmonthly\b"), "a month"),
    (re.compile(r"(?<![月\d])(\d{1,2})号(?=[之以]?[前后]|起|到|至|开始|截止)"), r"\1日"),
    (re.compile(r"每个?(年|月)(?!底|末|初)"), r"1个\1"),
    (re.compile(r"1个年"), "1年"),
    (re.compile(r"\b(?:please )?allow (?:for )?(?:up to |between |about )?(?=\d)"), "takes "),
)
# "it expires after 1 hour" is "it is valid for 1 hour": read when numbers have digits
_PERIODS = (
    (re.compile(r"(?:不会|永不|不)(?:再)?(?:过期|失效|作废|清零)"), "永久有效"),
    (
        re.compile(
            r"\b(?:(?:will )?(?:expires?|lapses?)|(?:is|are|be|gets?) lost|runs? out|stops? working|ends?) (?:after|in) (?=\d)"
        ),
        "is valid for ",
    ),
    (
        re.compile(r"\b(?:will )?(?:expires?|lapses?) (\d+ \w+) (?:later|afterwards?)\b"),
        r"is valid for \1",
    ),
    (re.compile(r"\b(?:will )?(?:expires?|lapses?) (?=(?:at|on) )"), "is valid until "),
    (re.compile(r"过(\d+(?:个?小时|分钟|天|日|周|个?月|年))(?:就|便|即|后)"), r"\1后"),
    (
        re.compile(
            r"(\d(?:个?小时|分钟|天|日|周|个?月|年)|[年月]底|[年月]末)(?:以?后|之后|时)?,?([^\W不未没]{0,3}?)(?:就|便|即|会|将|自动)*(?:过期|到期|失效|作废|清零)"
        ),
        r"\1内\2有效",
    ),
    (re.compile(r"[,;](?:之后|过后|逾期|到时)(?:就|便|会|将|自动)*(?:过期|失效|作废|清零)"), ""),
)


def in_plain_forms(text: str) -> str:
    """``text`` (folded) with one spelling for each of these forms.

    >>> in_plain_forms("you can't, it's the uk")
    "you can not, it's united kingdom"
    """
    for pattern, plainer in _FORMS:
        text = pattern.sub(plainer, text)
    return text


def with_periods(text: str) -> str:
    """``text`` with numbers in digits: what expires after a period is valid for it.

    >>> with_periods("the link expires after 1 hour")
    'the link is valid for 1 hour'
    """
    for pattern, plainer in _PERIODS:
        text = pattern.sub(plainer, text)
    return text
