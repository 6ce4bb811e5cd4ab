"""What a question asks of the policy: closed patterns, each of which is surely meant, and how people ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from baihuo.assist.turns import Language
from baihuo.core import fold


class Topic(StrEnum):
    """A part of the policy that shoppers ask for, named by its rule or setting: ``policy:<name>`` is its source id."""

    RETURN_WINDOW = "return_window"
    EXCHANGE_WINDOW = "exchange_window"
    CANCEL = "cancel_pending"
    CHANGE_ADDRESS = "change_pending#address"
    CHANGE_PAYMENT = "change_pending#payment"
    CHANGE_ITEMS = "change_pending#items"
    REFUND_DAYS = "refund_days"
    REFUND_TO = "refund_to"
    TELLING = "own_order"


_WHEN = r"(how long|how much time|how soon|the latest|how many (days|weeks)|until when|till when|by when|up to when|how late|deadline|time limit|((is|am|was) (it|i) |not )too late|too late to|time frame|what is the (period|limit))"
_WHEN_ZH = r"(多久|几天|多少天|多长时间|什么时候|什么时间|最晚|最迟|期限|时限|时间有?限制|有效期|几个?小时)"
_ASKS_ZH = r"(吗|么|嘛|\?|不能|能不能|可不可以|可否|能否|还能|还可以)"
_BACK = r"(return(s|ed|ing|able)?|(send|bring|give|take)(ing)?( \w+){0,3} back)"
_SWAP = r"(exchang(e|es|ed|ing)|swap(ped|ping)?)"
_THING = r"(this|it|these|them|that|an item|a product|items|products|something|things)"
_LEFT = r"(ship|shipped|shipping|sent|dispatch\w*|left|processed|delivered|on its way|paid|payment|ordering|ordered|i order)"


def _of_window(verb: str) -> str:
    return (
        rf"\b{_WHEN}\b.{{0,40}}\b{verb}\b|\b{verb}\b.{{0,40}}\b{_WHEN}\b"
        rf"|\b(can|could|may|able to)\b.{{0,12}}\b{verb}\b.{{0,20}}\bwithin\b|^\W*am i (still )?able to {verb}( {_THING}| back)?\W*$"
        rf"|\b{verb} (policy|window|period|deadline)\b|\bwithin (how|what)\b.{{0,40}}\b{verb}\b"
        rf"|^\W*((hi|hello|please|so|and|but)\W+)*(can|could|may) (i|we|you|{_THING})( still)?( be)? {verb}( {_THING}| back)?( \w+){{0,2}}\W*$"
    )


def _of_change(what: str, what_zh: str) -> str:
    return (
        rf"\b({_WHEN}|when)\b.{{0,30}}\bchang(e|ed)\b.{{0,30}}\b{what}\b"
        rf"|\bchang(e|ed|ing)\b.{{0,30}}\b{what}\b.{{0,30}}\b(after|once|when)\b.{{0,20}}\b{_LEFT}\b"
        rf"|(改|换|修改|更改|变更){what_zh}.{{0,8}}{_WHEN_ZH}|{_WHEN_ZH}.{{0,8}}(改|换|修改|更改|变更).{{0,6}}{what_zh}"
        rf"|(发货|寄出|付款|下单)(了|之?后|以后).{{0,8}}(改|换).{{0,6}}{what_zh}.{{0,4}}{_ASKS_ZH}"
        rf"|(发货|寄出|付款|下单)(了|之?后|以后).{{0,4}}{_ASKS_ZH}.{{0,4}}(改|换).{{0,6}}{what_zh}"
    )


_PATTERNS: Final[tuple[tuple[Topic, re.Pattern[str]], ...]] = (
    (
        Topic.REFUND_DAYS,
        re.compile(
            rf"\b({_WHEN}|when|how soon|how fast)\b.{{0,40}}\b(refund(s|ed)?|money back|money)\b|\brefund(s|ed)?\b.{{0,30}}\b({_WHEN}|take|arrive|time|period)\b"
            rf"|(退款|退钱|钱).{{0,10}}({_WHEN_ZH}|到账)|{_WHEN_ZH}.{{0,8}}(退款|退钱|到账)"
        ),
    ),
    (
        Topic.REFUND_TO,
        re.compile(
            r"\b(where|which|what)\b.{0,30}\b(refund|refunded|money)\b.{0,30}\b(go|goes|to|sent|card|account|method)\b"
            r"|\brefund(ed)?\b.{0,20}\b(to|onto|on)\b.{0,15}\b(card|account|method|paypal)\b"
            r"|(退款|退钱|钱)会?.{0,4}(退?到|回).{0,2}(哪|什么|别的|其他|另)|退到(哪|别的|其他|礼品卡)|原路(退|返)"
        ),
    ),
    (
        Topic.EXCHANGE_WINDOW,
        re.compile(
            _of_window(_SWAP)
            + rf"|(?<!退)换货.{{0,6}}({_WHEN_ZH}|政策|规定)|{_WHEN_ZH}.{{0,8}}(换货|内换|能换|可以换)|(能|可以|支持)换货?(吗|么|嘛)?\W*$"
        ),
    ),
    (
        Topic.CANCEL,
        re.compile(
            rf"\b({_WHEN}|when|is it (still )?possible)\b.{{0,40}}\bcancel\w*\b|\bcancel\w*\b.{{0,30}}\b(after|once|when|before)\b.{{0,25}}\b{_LEFT}\b"
            rf"|\b(after|once|when|if)\b.{{0,25}}\b{_LEFT}\b.{{0,25}}\bcan\b.{{0,20}}\bcancel\w*\b|\b(shipped|sent|dispatched)\b.{{0,20}}\bcan\b.{{0,20}}\bcancel\w*\b|\bcancell?ation (policy|period|window|deadline|rules?)\b"
            rf"|取消.{{0,6}}({_WHEN_ZH}|政策|规则|规定|条件)|{_WHEN_ZH}.{{0,10}}取消"
            rf"|(发货|寄出|出库|付款|下单)(了|之?后|以后).{{0,8}}取消.{{0,4}}{_ASKS_ZH}|(发货|发出去?|寄出|出库|付款|下单)(了|之?后|以后)?.{{0,4}}{_ASKS_ZH}.{{0,4}}取消"
        ),
    ),
    (
        Topic.RETURN_WINDOW,
        re.compile(
            _of_window(_BACK)
            + rf"|\b(returnable|non.returnable)\b|退(货|换货?)?的?.{{0,6}}({_WHEN_ZH}|政策|规定)|{_WHEN_ZH}.{{0,8}}(退货|能退|可以退|可退|退换|内退|退回)"
            r"|(能|可以|支持|能不能|可不可以|可否)(无理由)?退货?(吗|么|嘛)?\W*$|[七7]天无理由|无理由退"
        ),
    ),
    (Topic.CHANGE_ADDRESS, re.compile(_of_change("address", "地址"))),
    (Topic.CHANGE_PAYMENT, re.compile(_of_change("(payment|card)", "(支付|付款)"))),
    (Topic.CHANGE_ITEMS, re.compile(_of_change("(items?|sizes?|colou?rs?)", "(商品|尺码|颜色)"))),
    (
        Topic.TELLING,
        re.compile(
            r"\b(who|(can|could|may) (someone|anyone|anybody|somebody|someone else|others?|other people|my \w+))\b.{0,40}\b(see|know|ask|told|look|look up|access|view|find out)\b.{0,30}\borders?\b"
            r"|\bhow\b.{0,20}\b(identify|verify|prove|recogni[sz]e)\b.{0,20}\b(me|who i am|myself|my identity)\b"
            r"|谁(能|可以|会).{0,6}(查|看|知道).{0,8}(订单|单子)|(别人|家人|朋友|他人|老婆|老公|妈妈).{0,6}(能|可以|会).{0,6}(查|看|问|知道).{0,10}(订单|单子)"
            r"|(怎么|如何|怎样).{0,4}(核实|验证|确认|证明).{0,6}(身份|是我|本人)"
        ),
    ),
)
_OTHER = re.compile(  # conditions and ways that the policy says nothing of
    r"\b(receipts?|box|packaging|worn|used|opened|washed|without|cost|costs|free|fee|fees|label|store|where (do|can) i|how (do|can|to|would) (i|we) (return|send|exchange|cancel|change|get)|gift(?! card)|sale|discounted|"
    r"postage|who pays|return address|where is|where s)\b|运费|邮费|谁出|怎么(退|换|取消|申请)|如何(退|换|取消|申请)|拆封|吊牌|发票|包装|寄到哪|退货地址|流程|洗过|穿过|用过"
)
_ABOUT_RULES = frozenset(
    "what s is are the a an your our my i we you do does did can could may be have has had how long many much days weeks time until till when by up to in of on for "
    "return returns returned returning returnable send sent sending back give bring take exchange exchanged swap policy policies window period "
    "deadline limit within after it this that them these those please hi hello still able am there any something item items product products thing late "
    "latest got so and tell me about rules rule possible which receive received buying bought order".split()
)
_ABOUT_RULES_ZH = re.compile(
    r"退换?货?|换货|返|期限|时限|时间|限制|政策|规定|规则|多久|几天|多少天|多长|什么时候|最晚|最迟|之?内|之?后|收到|买了?|能不能|可不可以|可以|能|支持|不|请问|你们|您|这|那|个|款|件|它|的|是|有|吗|么|嘛|呢|了|还|要|在|七天|7天|无理由|商品(?!.{0,400}不)|东西(?!.{0,400}不)|天|吧|我|想|怎么算|啊|一般|到"
)
RULE_WORDS: Final = " ".join(sorted(_ABOUT_RULES))
"""English words of questions about rules: a slip of one of them is read."""
_MOST = 400  # characters: a longer message tells a story

QUESTIONS: Final[Mapping[Topic, Mapping[Language, tuple[str, ...]]]] = {
    Topic.RETURN_WINDOW: {
        "en": ("How long can I return an item?", "Until when can I send something back?"),
        "zh": ("退货期限多少天？", "收到后多久可以退货？"),
    },
    Topic.EXCHANGE_WINDOW: {
        "en": ("How long can I exchange an item?",),
        "zh": ("换货期限多少天？",),
    },
    Topic.CANCEL: {
        "en": ("Until when can I cancel an order?", "Can I cancel an order after it was shipped?"),
        "zh": ("订单什么时候可以取消？", "发货后还能取消订单吗？"),
    },
    Topic.CHANGE_ADDRESS: {
        "en": ("Until when can I change the address of an order?",),
        "zh": ("下单后多久可以修改地址？",),
    },
    Topic.CHANGE_PAYMENT: {
        "en": ("Until when can I change the payment of an order?",),
        "zh": ("下单后多久可以修改支付方式？",),
    },
    Topic.CHANGE_ITEMS: {
        "en": ("Until when can I change the items of an order?",),
        "zh": ("下单后多久可以修改商品？",),
    },
    Topic.REFUND_DAYS: {
        "en": ("How long does a refund take?", "When do I get my money back?"),
        "zh": ("退款多久到账？", "退款要几天？"),
    },
    Topic.REFUND_TO: {
        "en": ("To which card is a refund paid?",),
        "zh": ("退款会退到哪里？",),
    },
    Topic.TELLING: {
        "en": ("Who can see my order?", "How do you verify my identity?"),
        "zh": ("谁可以查我的订单？", "怎么核实我的身份？"),
    },
}
"""Questions that each topic answers: they are searched like those of the FAQ."""


def names_nothing_else(text: str) -> bool:
    """Whether a question about a rule names no goods, so that it is about what is on the page.

    >>> names_nothing_else("How long can I return it?"), names_nothing_else("How long can I return food?"), names_nothing_else("食品能退吗")
    (True, False, False)
    """
    folded = fold(text)
    latin = set(re.findall(r"[a-z]+", folded)) - _ABOUT_RULES
    han = "".join(re.findall(r"[\u3400-\u9fff]+", folded))
    return not latin and not _ABOUT_RULES_ZH.sub("", han)


def topic_of(text: str) -> Topic | None:
    """The part of the policy that a question surely asks for.

    What the policy says nothing of, such as who pays for the parcel or whether a box must be closed, has none.

    >>> topic_of("how long can I return this lamp?"), topic_of("退货期限多少天"), topic_of("How do I return a lamp?")
    (<Topic.RETURN_WINDOW: 'return_window'>, <Topic.RETURN_WINDOW: 'return_window'>, None)
    """
    folded = " ".join(fold(text).split())
    if len(folded) > _MOST or _OTHER.search(folded):
        return None
    return next((topic for topic, pattern in _PATTERNS if pattern.search(folded)), None)
