"""Attributes of products as shoppers ask for them: the words of the question, and the attribute's name in each language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from baihuo.assist.turns import Language
from baihuo.core import fold


@dataclass(frozen=True, slots=True)
class _Attribute:
    """One that many trades have."""

    named: re.Pattern[str]  # how catalogues call it
    asked: re.Pattern[str]  # how it is asked for
    names: dict[Language, str]


def _attribute(en: str, zh: str, named: str, asked: str) -> _Attribute:
    pattern = rf"(?:{named})"
    return _Attribute(re.compile(pattern), re.compile(f"{pattern}|{asked}"), {"en": en, "zh": zh})


_ATTRIBUTES: Final = (
    _attribute(
        "Waterproof",
        "防水",
        r"\bwater ?-?(proof|resistan\w+)\b|防水",
        r"\b(rain|shower|swim\w*|wet)\b|下雨|淋雨|沾水|进水",
    ),
    _attribute(
        "Capacity",
        "容量",
        r"\bcapacity\b|容量|容积",
        r"\bhow (many|much) (lit\w+|does it hold)\b|\bhold\b|几升|多少升|装多少|装得下",
    ),
    _attribute("Volume", "净含量", r"\bvolume\b|净含量", r"\bhow many ml\b|多少毫升|几毫升"),
    _attribute(
        "Screen size",
        "屏幕尺寸",
        r"\bscreen( size)?\b|屏幕(尺寸)?",
        r"\bdisplay\b|\binch(es)?\b|几寸|多少寸|多大屏",
    ),
    _attribute("Resolution", "分辨率", r"\bresolution\b|分辨率", r"\b4k\b|清晰度"),
    _attribute("Refresh rate", "刷新率", r"\brefresh rate\b|刷新率", r"\b(hz|hertz)\b|赫兹"),
    _attribute("Memory", "内存", r"\bmemory\b|内存", r"\bram\b|运存"),
    _attribute(
        "Storage", "存储", r"\bstorage\b|存储|硬盘", r"\b(gb|tb|ssd|disk)\b|多少g\b|内存多大"
    ),
    _attribute("Processor", "处理器", r"\bprocessor\b|处理器", r"\b(cpu|chip)\b|芯片"),
    _attribute("Battery", "电池", r"\bbattery\b|电池|电量", r"\bmah\b|毫安"),
    _attribute(
        "Playing time",
        "续航",
        r"\b(playing time|battery life|run ?time)\b|续航",
        r"\bhow long\b.{0,30}\b(last|charge|battery|play)\b|(能|可以)用多久|用多长时间|几个?小时",
    ),
    _attribute("Power", "功率", r"\b(power|wattage)\b|功率", r"\bwatts?\b|多少瓦|几瓦"),
    _attribute("Noise cancelling", "降噪", r"\bnoise.?cancel\w*\b|降噪", r"\banc\b|隔音"),
    _attribute(
        "Wireless",
        "无线",
        r"\b(wireless|cordless|bluetooth)\b|无线|蓝牙",
        r"\b(wired|cable)\b|插电|有线",
    ),
    _attribute(
        "Material",
        "材质",
        r"\b(materials?|fabric)\b|材质|材料|面料",
        r"\bmade (of|from|out of)\b|(是|用)?(什么|啥)(做|料)|真皮|纯棉",
    ),
    _attribute(
        "Fill", "填充", r"\bfill(ing|ed)?\b|填充", r"\b(down|feather)s?\b|什么绒|里面是什么"
    ),
    _attribute(
        "Weight",
        "重量",
        r"\b(net )?weight\b|重量|净重",
        r"\b(weigh|weighs|heavy|how light)\b|多重|几斤|重不重|多少(克|斤|公斤)",
    ),
    _attribute(
        "Origin",
        "产地",
        r"\b(origin|country of origin)\b|产地|原产",
        r"\b(where|which country)\b.{0,20}\b(made|from|grown|come)\b|哪里产|哪产的|哪国",
    ),
    _attribute("Flavour", "口味", r"\bflavou?r\b|口味", r"\btaste\b|什么味|味道"),
    _attribute("Scent", "香型", r"\b(scent|fragrance)\b|香型", r"\bsmell\b|什么香|香味"),
    _attribute(
        "Count",
        "数量",
        r"\b(count|pieces)\b|数量|片数|件数",
        r"\bhow many\b|多少(片|张|个|包|抽|支)|几(片|张|个|包|支)",
    ),
    _attribute(
        "Age",
        "适用年龄",
        r"\bage\b|年龄",
        r"\b(years? old|toddler|kids?|child(ren)?)\b|几岁|多大(的)?孩子|小孩",
    ),
    _attribute(
        "People", "人数", r"\bpeople\b|人数", r"\b(how many persons?|sleeps?)\b|几个人|几人"
    ),
    _attribute(
        "Season",
        "季节",
        r"\bseasons?\b|季节",
        r"\b(winter|summer|spring|autumn|cold|warm)\b|冬天|夏天|冬季|夏季|保暖",
    ),
    _attribute(
        "Skin type", "肤质", r"\bskin( type)?\b|肤质", r"\b(oily|dry|sensitive)\b|油皮|干皮|敏感"
    ),
    _attribute("SPF", "防晒指数", r"\bspf\b|防晒指数", r"防晒多少"),
    _attribute(
        "Fits",
        "适用机型",
        r"\b(fits|compatible|compatibility)\b|适用机型|兼容",
        r"\bwork with\b|什么手机|哪款手机|适合.{0,6}(手机|机型)",
    ),
    _attribute("Fit", "版型", r"\bfit\b|版型", r"\b(loose|tight|slim|regular)\b|修身|宽松"),
    _attribute(
        "Gender",
        "适用人群",
        r"\bgender\b|适用人群",
        r"\b(men|women|unisex)('s)?\b|男款|女款|男的|女的",
    ),
    _attribute(
        "Size",
        "尺码",
        r"\b(sizes?|dimensions?|length|width|height)\b|尺码|尺寸|长度|高度",
        r"\b(how (big|wide|tall|long)|measurements?|x{1,4}l|xs)\b|多大|多长|多高|大小|(?<![几大小多\dsmlx])[几大小多\dsmlx]++码",
    ),
    _attribute("Colour", "颜色", r"\bcolou?rs?\b|颜色", r"(什么|哪些|啥)色"),
)


def is_asked_for(name: str, text: str) -> bool:
    """Whether a question asks for an attribute: by the words that people have for it, else by its own name.

    >>> is_asked_for("Capacity", "容量多大"), is_asked_for("Material", "whats it made of"), is_asked_for("Power", "容量多大")
    (True, True, False)
    """
    asked, own = fold(text), fold(name)
    for attribute in _ATTRIBUTES:
        if attribute.named.fullmatch(own):
            return bool(attribute.asked.search(asked))
    if own.isascii():
        return re.search(rf"\b{re.escape(own)}\b", asked) is not None
    return own in asked


def name_in(name: str, language: Language) -> str:
    """An attribute's name in a language, where it is a common one; else as the catalogue has it.

    >>> name_in("Screen size", "zh"), name_in("容量", "en"), name_in("Voltage", "zh")
    ('屏幕尺寸', 'Capacity', 'Voltage')
    """
    own = fold(name)
    found = next((a for a in _ATTRIBUTES if a.named.fullmatch(own)), None)
    is_its_language = own.isascii() == (language == "en")
    return name if found is None or is_its_language else found.names[language]
