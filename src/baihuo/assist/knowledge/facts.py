"""Numbers with their units, and yes or no, in an answer: what two answers to one question may not differ in."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

_CURRENCY = {"$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "元": "cny", "块": "cny", "rmb": "cny"}
_UNITS = {
    **dict.fromkeys(("day", "days", "天", "日", "个工作日", "工作日"), "day"),
    **dict.fromkeys(("hour", "hours", "小时", "个小时", "h"), "hour"),
    **dict.fromkeys(("minute", "minutes", "分钟", "min"), "minute"),
    **dict.fromkeys(("week", "weeks", "周", "个星期", "星期"), "week"),
    **dict.fromkeys(("month", "months", "个月", "月"), "month"),
    **dict.fromkeys(("year", "years", "年"), "year"),
    **dict.fromkeys(("%", "percent"), "percent"),
    **dict.fromkeys(("dollar", "dollars", "usd"), "usd"),
    **dict.fromkeys(("euro", "euros", "eur"), "eur"),
    **dict.fromkeys(("元", "块", "yuan", "rmb", "cny"), "cny"),
    **dict.fromkeys(("kg", "公斤", "千克"), "kg"),
    **dict.fromkeys(("次", "times"), "times"),
}
_WORDS = {
    **dict(
        zip("one two three four five six seven eight nine ten".split(), range(1, 11), strict=True)
    ),
    "fourteen": 14,
    "fifteen": 15,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
    **dict(zip("一二三四五六七八九十", range(1, 11), strict=True)),
    "两": 2,
    "十五": 15,
    "二十": 20,
    "三十": 30,
}
_NUMBER = r"\d+(?:,\d{3}){0,5}(?:\.\d+)?"
_SPELLED = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_FACT = re.compile(
    rf"(?P<sign>[$€£¥])\s?(?P<priced>{_NUMBER})|(?<![a-z0-9.])(?P<low>{_NUMBER}|{_SPELLED})"
    rf"(?:\s?(?:-|–|~|to|至|到)\s?(?P<high>{_NUMBER}|{_SPELLED}))?\s?-?(?:(?:business|working|calendar|full)\s)?(?P<unit>{_UNIT})(?![a-z])"
)
_NO = re.compile(
    r"^\W*no\b|\b(?:cannot|can't|can not|don't|do not|doesn't|does not|not (?:possible|available|offer\w*)|unable|unfortunately)\b|不(?:可以|能|支持|提供|行|接受|包邮)|无法|没有办法|没办法"
)
_YES = re.compile(
    r"^\W*yes\b|\b(?:we|you) (?:can|do|may|offer)\b(?! not)|(?<!不)(?:可以|支持|能够|提供)"
)


def facts(text: str) -> dict[str, frozenset[float]]:
    """Values by unit; a range has both ends.

    >>> facts("Refunds take 3-5 business days, postage is $4.50")
    {'day': frozenset({3.0, 5.0}), 'usd': frozenset({4.5})}
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    found: dict[str, set[float]] = defaultdict(set)
    for match in _FACT.finditer(folded):
        if match["sign"]:
            found[_CURRENCY[match["sign"]]].add(_value(match["priced"]))
            continue
        for part in (match["low"], match["high"]):
            if part:
                found[_UNITS[match["unit"]]].add(_value(part))
    return {unit: frozenset(values) for unit, values in found.items()}


def says_yes(text: str) -> bool | None:
    """Whether an answer allows or refuses; None where it says neither or both.

    >>> says_yes("不可以的哦"), says_yes("Yes, you can."), says_yes("It is blue")
    (False, True, None)
    """
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    no, yes = bool(_NO.search(folded)), bool(_YES.search(folded))
    return None if no == yes else yes


def _value(text: str) -> float:
    return float(_WORDS[text]) if text in _WORDS else float(text.replace(",", ""))
