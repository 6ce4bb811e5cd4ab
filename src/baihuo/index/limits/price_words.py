"""Limits of the price in words: ``under 300``, ``300元以下``, ``100-300``, ``100块左右``, ``cheap``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from baihuo.index.limits.numbers import HAN_NUMBER, MULTIPLES, NUMBER, number_of
from baihuo.index.limits.words import limit_words, word_pattern

_ABOUT = 0.2  # "100块左右": 80 to 120
_LESS_ROUND = 10  # of a range that may be one
_SMALLEST_BARE, _ROUND_BARE = (
    100,
    10,
)  # "around 5000" without a currency; "about 20" may be anything
_ROUND = 50  # of a range without a currency: "70-200" and "57-305" are lenses and tyres
_YEARS = range(1900, 2101)
_UNIT_LEFT_OUT = 10  # 3-4千: the first number leaves out its unit
_LARGEST = 1e12  # in major units; larger numbers are codes

_SIGN = r"(?:us\$|\$|€|£|¥|₩|₹|usd|eur|gbp|rmb|cny)"
_NAME = r"(?:元钱|元|块钱|块(?!装)|(?:rmb|cny|usd|eur|gbp|dollars?|bucks|euros?|pounds?|yuan|yen)(?![a-z])|[$€£])"
_UPPER = (
    r"(?:(?<![a-z\-])(?:under|below|less th[ae]n|cheaper th[ae]n|up to|at most|no more th[ae]n|not more th[ae]n|"
    r"max(?:imum)?|within)(?![a-z0-9])|<=?|≤|不超过|不高于|不大于|不多于|低于|少于|小于|不到|最多|最高|至多)"
)
_LOWER = (
    r"(?:(?<![a-z\-])(?:over|above|more th[ae]n|at least|min(?:imum)?|from|starting at)(?![a-z0-9])|>=?|≥|"
    r"不低于|不少于|高于|大于|超过|至少|最低)"
)
_ABOUT_WORD = (
    r"(?:(?<![a-z])(?:about|around|approx(?:imately)?|roughly)(?![a-z0-9])|大约|大概|约|差不多)"
)
_ABOUT_AFTER = r"(?:左右|上下|ish(?![a-z])|or so(?![a-z]))"
_BUDGET = r"(?:(?<![a-z])budget(?:\s++(?:of|is))?\s*+:?|预算(?:是|为|在)?\s?[:：]?)"
# 2000元内, and no 300元内衣.
_UPPER_AFTER = r"(?:以下|以内|之内|内(?![存衣裤胆置饰搭部胎径裆芯])|封顶|or less|or under|and under|or below|max(?![a-z]))"
_LOWER_AFTER = r"(?:以上|起|or more|and up|and above|and over)"
_WITH_CURRENCY_ONLY = re.compile(
    r"within|from|starting at|起|(?<![以之])内$"
)  # "from 10" may be anything


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """A limit as typed, in major units of the currency; None: no limit on that side.

    ``evidence`` is what the catalogue must say before it is read: ``any`` product of the kind costs that; or products of
    the ``kind`` do, and none of them bears the number, because "2000" may also be a model or a capacity.
    """

    start: int
    end: int
    low: float | None
    high: float | None
    is_bare: bool  # without a currency: it may also be something else
    is_range: bool = False  # "100-300": nothing but two numbers
    evidence: str = ""  # "", "any" or "kind"


def _amount(name: str) -> str:
    return (
        rf"(?P<{name}_sign>{_SIGN}\s?)?(?:(?P<{name}>{NUMBER})\s?(?P<{name}_k>k(?![a-z])|千|万)?|(?P<{name}_han>{HAN_NUMBER}))"
        rf"\s?(?P<{name}_name>{_NAME})?"
    )


@cache
def _patterns() -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], PriceLimit | None]]]:
    tail = r"(?![a-z0-9]|[.,\-/:*×x]\d)"
    start = r"(?<![a-z0-9.\-/_])(?<![宽长高径厚深重龄温])"
    a, b = _amount("a"), _amount("b")
    to = r"\s?(?:-|~|–|到|至|(?<![a-z])to(?![a-z]))\s?"
    written = r"(?P<x>[一二两三四五六七八])(?P<y>[二两三四五六七八九])(?P<unit>[十百千万])"
    return [
        (re.compile(rf"{start}{_BUDGET}\s*+{a}\s?(?:以内|以下|左右)?(?:想?买)?{tail}"), _budget),
        (re.compile(rf"{start}{a}\s?(?:的预算|预算|budget(?![a-z])){tail}"), _budget),
        (re.compile(rf"{start}{written}\s?(?P<a_name>{_NAME})?(?:左右)?{tail}"), _neighbours),
        (re.compile(rf"(?:between|from)\s+{a}\s+(?:and|to|-)\s+{b}{tail}"), _range),
        (re.compile(rf"{start}{a}{to}{b}(?P<inside>之间|以内)?{tail}"), _range),
        (re.compile(rf"{_UPPER}\s*+{a}(?:{_UPPER_AFTER})?{tail}"), _upper),
        (re.compile(rf"{start}{a}\s?(?P<after>{_UPPER_AFTER}){tail}"), _upper),
        (re.compile(rf"{_LOWER}\s*+{a}(?:{_LOWER_AFTER})?{tail}"), _lower),
        (re.compile(rf"{start}{a}\s?(?P<after>{_LOWER_AFTER}){tail}"), _lower),
        (re.compile(rf"{_ABOUT_WORD}\s*+{a}{tail}"), _about),
        (re.compile(rf"{start}{a}\s?(?P<after>{_ABOUT_AFTER}){tail}"), _about),
        (re.compile(rf"{start}{a}\s?(?:价位|价格|档)的?{tail}"), _about),
        (
            re.compile(
                r"(?<![零一二两三四五六七八九十百千万几数\d])(?P<unit>[百千万])元(?:级|档|价位)?(?![店户])"
            ),
            _magnitude,
        ),
        (re.compile(rf"(?<=[a-z] )for {a}$"), _paid),
        (re.compile(rf"{start}{a}(?=的)"), _paid),
        (re.compile(rf"{start}{a}{tail}(?![店户])"), _money),
    ]


@cache
def _unit() -> re.Pattern[str]:
    """What makes a number before it something else than money: "under 5 kg", "max 90w", "100以内加减法"."""
    words = limit_words()
    units = sorted({*words.units, *words.not_money}, key=len, reverse=True)
    latin = "|".join(re.escape(u) for u in units if u.isascii() and u.isalpha())
    other = "|".join(re.escape(u) for u in units if not (u.isascii() and u.isalpha()))
    return re.compile(rf"\s?(?:(?:{latin})(?![a-z])|{other})")


def is_counted(folded: str, at: int) -> bool:
    """Whether the number that ends ``at`` has a unit or a counting word after it: "5 kg", 38双."""
    return _unit().match(folded, at) is not None


def price_limits(folded: str) -> list[PriceLimit]:
    """The limits in a folded text, each part of the text read once.

    >>> [(p.low, p.high) for p in price_limits("phone under 300")]
    [(None, 300.0)]
    >>> price_limits("iphone 15 256gb"), price_limits("bag under 5 kg")
    ([], [])
    """
    if not (any(c.isdigit() for c in folded) or any(c in "十百千万" for c in folded)):
        return []
    found: list[PriceLimit] = []
    for pattern, make in _patterns():
        for match in pattern.finditer(folded):
            if any(match.start() < p.end and p.start < match.end() for p in found):
                continue
            limit = make(match)
            # With its currency a number is money: 20元以下双肩包 limits no 双.
            if limit is not None and not (limit.is_bare and is_counted(folded, limit.end)):
                found.append(limit)
    return found


def _value(match: re.Match[str], name: str) -> float | None:
    han = match[f"{name}_han"]
    number = number_of(han or match[name], match[f"{name}_k"] or "")
    return number if number is not None and 0 < number < _LARGEST else None


def _has_currency(match: re.Match[str], name: str) -> bool:
    return bool(match[f"{name}_sign"] or match[f"{name}_name"])


def _range(match: re.Match[str]) -> PriceLimit | None:
    low, high = _value(match, "a"), _value(match, "b")
    is_money = _has_currency(match, "a") or _has_currency(match, "b")
    is_named = match.group().startswith(("between", "from")) or bool(
        match.re.groupindex.get("inside") and match["inside"]
    )
    if low is None or high is None:
        return None
    if low < _UNIT_LEFT_OUT:  # 3-4千, 三到五千元
        unit = match["b_k"] or (match["b_han"] or "")[-1:]
        low *= MULTIPLES[unit] if unit in MULTIPLES and low * MULTIPLES[unit] < high else 1
    if low >= high:
        return None
    if not is_money and match["a_han"]:
        return None  # 一二三到四五六: not a price without its currency
    is_range = not is_money and not is_named
    if is_range and (low % _LESS_ROUND or high % _LESS_ROUND or _are_years(low, high)):
        return None
    # "100-300" is likely money; "40-60" is if the kind costs that.
    evidence = "kind" if is_range and (low % _ROUND or high % _ROUND) else ""
    return PriceLimit(match.start(), match.end(), low, high, not is_money, is_range, evidence)


def _are_years(low: float, high: float) -> bool:
    return math.floor(low) in _YEARS and math.floor(high) in _YEARS


def _one_sided(match: re.Match[str]) -> tuple[float, bool] | None:
    value, is_money = _value(match, "a"), _has_currency(match, "a")
    if value is None:
        return None
    if not is_money and _WITH_CURRENCY_ONLY.search(match.group()):
        return None
    return value, is_money


def _upper(match: re.Match[str]) -> PriceLimit | None:
    read = _one_sided(match)
    if read is None:
        return None
    return PriceLimit(match.start(), match.end(), None, read[0], not read[1])


def _lower(match: re.Match[str]) -> PriceLimit | None:
    read = _one_sided(match)
    if read is None:
        return None
    return PriceLimit(match.start(), match.end(), read[0], None, not read[1])


def _budget(match: re.Match[str]) -> PriceLimit | None:
    """What there is to spend: a limit above, and cheaper ones are welcome."""
    value, is_money = _value(match, "a"), _has_currency(match, "a")
    if value is None or (not is_money and value < _SMALLEST_BARE):
        return None
    return PriceLimit(match.start(), match.end(), None, value, not is_money)


def _neighbours(match: re.Match[str]) -> PriceLimit | None:
    """三四千: from three to four thousand and something."""
    low, high = number_of(match["x"] + match["unit"]), number_of(match["y"] + match["unit"])
    one, is_money = number_of(match["unit"]), bool(match["a_name"])
    if low is None or high is None or one is None or high - low != one:
        return None
    if not is_money and one < _SMALLEST_BARE:
        return None  # 三四十 of anything
    below = high + one - 0.01
    return PriceLimit(match.start(), match.end(), low, below, not is_money, evidence="any")


def _magnitude(match: re.Match[str]) -> PriceLimit | None:
    """千元: what costs a thousand and something."""
    one = number_of(match["unit"])
    if one is None:
        return None
    return PriceLimit(
        match.start(), match.end(), one * (1 - _ABOUT), 2 * one, False, evidence="any"
    )


def _about(match: re.Match[str]) -> PriceLimit | None:
    value, is_money = _value(match, "a"), _has_currency(match, "a")
    if value is None or (not is_money and not _is_round(value, _ROUND_BARE)):
        return None
    return _near(match, value, is_bare=not is_money, evidence="" if is_money else "any")


def _paid(match: re.Match[str]) -> PriceLimit | None:
    """ "phone for 2000", 两千的手机."""
    value, is_money = _value(match, "a"), _has_currency(match, "a")
    if value is None or (not is_money and not _is_round(value, _ROUND)):
        return None
    is_sure = is_money and match["a_name"] != "块"  # 1000块的拼图 has a thousand pieces
    return _near(match, value, is_bare=not is_money, evidence="any" if is_sure else "kind")


def _money(match: re.Match[str]) -> PriceLimit | None:
    """ "phone ¥2000": with a currency it is money, and about that much."""
    value = _value(match, "a")
    sign, name = (match["a_sign"] or "").strip(), match["a_name"] or ""
    is_sign = sign not in ("", "eur") or name in ("$", "€", "£")  # eur 38 is a size
    is_name = name not in ("", "块") and not name.startswith("pound")  # a weight, too
    if value is None or not (is_sign or is_name):
        return None
    return _near(match, value, is_bare=False, evidence="any")


def _near(match: re.Match[str], value: float, *, is_bare: bool, evidence: str) -> PriceLimit | None:
    low, high = value * (1 - _ABOUT), value * (1 + _ABOUT)
    return PriceLimit(match.start(), match.end(), low, high, is_bare, evidence=evidence)


def _is_round(value: float, step: int) -> bool:
    return value >= _SMALLEST_BARE and value % step == 0


@cache
def _cheap_pattern() -> re.Pattern[str]:
    return word_pattern(limit_words().cheap)


def cheap_words(folded: str) -> Iterable[tuple[int, int, str]]:
    """The words for a low price, without a number: start, end, and ``cheap`` or ``cheapest``.

    >>> list(cheap_words("cheapest laptop")), list(cheap_words("性价比高的耳机"))
    ([(0, 8, 'cheapest')], [(0, 4, 'cheap')])
    """
    for match in _cheap_pattern().finditer(folded):
        if (name := limit_words().cheap.get(match.group())) is not None:
            yield match.start(), match.end(), name
