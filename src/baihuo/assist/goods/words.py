"""Words of shoppers about products: what they ask of one, and what they say around the words that describe one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from baihuo.core import Product, fold

_PART = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")

ASKED: Final[dict[str, re.Pattern[str]]] = {
    "price": re.compile(
        r"\b(price|cost|costs|how much|expensive)\b|多少钱|价格|价钱|什么价|怎么卖|几块"
    ),
    "stock": re.compile(
        r"\b(in stock|available|availability|sold out|have any|any left|do you still have)\b|有货|现货|库存|缺货|还有吗|有没有货"
    ),
    "colour": re.compile(
        r"\b(colou?rs?|red|blue|green|black|white|yellow|pink|purple|grey|gray|brown|orange|beige|gold|silver)\b"
        r"|颜色|[红蓝绿黑白黄粉紫灰棕橙金银]色|什么色|哪些色"
    ),
    "size": re.compile(
        r"\b(sizes?|small|medium|large|x+l|fit|fits|how big|how long|how wide|how tall|dimensions?|measurements?)\b|尺码|尺寸|多大|多长|多高|大小|码数|几码"
    ),
    "material": re.compile(
        r"\b(materials?|made of|made from|fabric|leather|cotton|metal)\b|材质|材料|面料|什么做的"
    ),
    "weight": re.compile(r"\b(weight|weigh|weighs|heavy|how light)\b|重量|多重|几斤|重不重"),
    "brand": re.compile(r"\b(brand|maker|manufacturer|who makes)\b|品牌|牌子|厂家"),
}
"""Which fact of a product a message asks for, by its words."""

ATTRIBUTE_NAMES: Final[dict[str, re.Pattern[str]]] = {
    "colour": re.compile(r"colou?r|颜色"),
    "size": re.compile(r"size|dimension|length|width|height|尺码|尺寸|长度|高度"),
    "material": re.compile(r"material|fabric|材质|材料|面料"),
    "weight": re.compile(r"weight|重量"),
}
"""Attributes of the catalogue that hold that fact."""

_AROUND: Final = frozenset(
    "a an the i am im i'm we my me you your looking look for search searching show find get want wants need buy like love some any "
    "do does have has sell got there is are in of to with and or please can could would recommend suggest something anything "
    "one ones good nice best cheap new hi hello it this that what which thing things around about under below than less more "
    "at make makes use using work really very just also who where stuff product products item items gift present".split()
)
_AROUND_HAN: Final = re.compile(
    r"我|想|要|买|找|看看|一下|一个|一款|一台|一双|一件|请问|请|推荐|有没有|有|吗|呢|的|什么|哪些|哪款|给|帮|你们|您|卖|些|点|这种|那种|比较|好"
)
_LOOKS_FOR: Final = re.compile(
    r"\b(looking for|look for|search(ing)? for|show me|find me|want to buy|buy|recommend|suggest|do you (have|sell|carry|stock)|"
    r"have you got|i (need|want|would like)|any)\b|想买|要买|找|推荐|有没有|有[^有吗\n]*+吗|卖不卖|卖[^卖吗\n]*+吗|看看|求"
)
_ASKS: Final = re.compile(
    r"\?|？|\b(do|does|is|are|has|have|got|can i (get|have|buy)|come|comes|available|any)\b|吗|么|有没有|有无|有货|还有|有.{0,4}[码色]|能买|多少|几块|什么价|不(?=.{0,3}$)|吵不吵|可以买|没有.{0,6}(码|色)"
)
_OF_ORDER: Final = re.compile(
    r"\b(ordered|order|orders|bought|arrived|received|delivered|sent|delivery|exchange|return|refund)\b|订单|收到|买的|买了|下单|发货|快递|退|换"
)


def asks_of_goods(text: str) -> bool:
    """Whether a message may ask what a product is like, rather than tell of an order."""
    return bool(_ASKS.search(fold(text))) and not tells_of_order(text)


def tells_of_order(text: str) -> bool:
    """Whether a message is about what was bought, or is to go back."""
    return bool(_OF_ORDER.search(fold(text)))


def looks_for(text: str) -> bool:
    """Whether a message says that something is looked for."""
    return bool(_LOOKS_FOR.search(fold(text)))


def described(text: str) -> tuple[str, ...]:
    """The words that describe, without those around them; Chinese as pieces between the words around.

    >>> described("I'm looking for a red kettle, please")
    ('red', 'kettle')
    >>> described("请问有没有红色的电水壶")
    ('红色', '电水壶')
    """
    found: list[str] = []
    for part in _PART.findall(fold(text)):
        if part.isascii():
            found += [part] if part not in _AROUND and len(part) > 1 else []
        else:
            found += [piece for piece in _AROUND_HAN.split(part) if piece]
    return tuple(dict.fromkeys(found))


def names_any(words: Sequence[str], products: Sequence[Product]) -> bool:
    """Whether a title or category of the first products has one of the words, or two characters of a Chinese one."""
    for product in products[:3]:
        titles = fold(" ".join((product.title_en or "", product.title_zh or "", *product.category)))
        ascii_words = set(re.findall(r"[a-z0-9]+", titles))
        for word in words:
            if word.isascii():
                is_named = len(word) > 2 and (
                    word in ascii_words or word.rstrip("s") in ascii_words
                )
            else:
                is_named = any(word[i : i + 2] in titles for i in range(len(word) - 1))
            if is_named:
                return True
    return False


def share_held(words: tuple[str, ...], text: str) -> float:
    """The share of words that a text holds, from 0 to 1; of a Chinese piece, of its pairs of characters."""
    if not words:
        return 0.0
    folded = fold(text)
    ascii_words = set(re.findall(r"[a-z0-9]+", folded))
    held = 0.0
    for word in words:
        if word.isascii():
            held += float(
                word in ascii_words or (len(word) > 3 and word.rstrip("s") in ascii_words)
            )
        else:
            pairs = [word[i : i + 2] for i in range(max(1, len(word) - 1))]
            held += sum(pair in folded for pair in pairs) / len(pairs)
    return held / len(words)


def unsaid(words: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """The words that no text holds any part of.

    >>> unsaid(("waterproof", "headphones"), ["wireless headphones", "headphones for children"])
    ('waterproof',)
    """
    return tuple(w for w in words if not any(share_held((w,), text) for text in texts))
