"""Limits of the price in words: ``under 300``, ``300元以下``, ``100-300``, ``100块左右``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from baihuo.index.limits.numbers import HAN_NUMBER, NUMBER, number_of
from baihuo.index.limits.words import limit_words

_ABOUT = 0.2  # "100块左右": 80 to 120
_LESS_ROUND = 10  # of a range that may be one
_ROUND = 50  # of a range without a currency: "70-200" and "57-305" are lenses and tyres
_YEARS = range(1900, 2101)
_LARGEST = 1e12  # in major units; larger numbers are codes

_SIGN = r"(?:us\$|\$|€|£|¥|₩|₹|usd|eur|gbp|rmb|cny)"
_NAME = r"(?:元钱|元|块钱|块(?!装)|(?:rmb|cny|usd|eur|gbp|dollars?|bucks|euros?|pounds?|yuan|yen)(?![a-z])|[$€£])"
_UPPER = (
    r"(?:(?<![a-z\-])(?:under|below|less than|cheaper than|up to|at most|no more than|not more than|"
    r"max(?:imum)?|within)(?![a-z0-9])|<=?|≤|不超过|不高于|不大于|不多于|低于|少于|小于|不到|最多|最高|至多)"
)
_LOWER = (
    r"(?:(?<![a-z\-])(?:over|above|more than|at least|min(?:imum)?|from|starting at)(?![a-z0-9])|>=?|≥|"
    r"不低于|不少于|高于|大于|超过|至少|最低)"
)
_ABOUT_WORD = r"(?:(?<![a-z])(?:about|around|approx(?:imately)?|roughly)(?![a-z0-9])|大约|大概|约)"
_UPPER_AFTER = r"(?:以下|以内|之内|封顶|or less|or under|and under|or below|max(?![a-z]))"
_LOWER_AFTER = r"(?:以上|起|or more|and up|and above|and over)"
_WITH_CURRENCY_ONLY = re.compile(r"within|from|starting at|起")  # "from 10" may be anything


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """A limit as typed, in major units of the currency; None: no limit on that side."""

    start: int
    end: int
    low: float | None
    high: float | None
    is_bare: bool  # without a currency: it may also be something else
    is_range: bool  # "100-300": nothing but two numbers
    is_unsure: bool = False  # "40-60": a price only if products of the kind cost that


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
    return [
        (re.compile(rf"(?:between|from)\s+{a}\s+(?:and|to|-)\s+{b}{tail}"), _range),
        (re.compile(rf"{start}{a}{to}{b}(?P<inside>之间|以内)?{tail}"), _range),
        (re.compile(rf"{_UPPER}\s*{a}(?:{_UPPER_AFTER})?{tail}"), _upper),
        (re.compile(rf"{start}{a}\s?(?P<after>{_UPPER_AFTER}){tail}"), _upper),
        (re.compile(rf"{_LOWER}\s*{a}(?:{_LOWER_AFTER})?{tail}"), _lower),
        (re.compile(rf"{start}{a}\s?(?P<after>{_LOWER_AFTER}){tail}"), _lower),
        (re.compile(rf"{_ABOUT_WORD}\s*{a}{tail}"), _about),
        (re.compile(rf"{start}{a}\s?(?P<after>左右|上下){tail}"), _about),
    ]


@cache
def _unit() -> re.Pattern[str]:
    """What makes a number before it something else than money: "under 5 kg", "max 90w", "100以内加减法"."""
    words = limit_words()
    units = sorted({*words.units, *words.not_money}, key=len, reverse=True)
    latin = "|".join(re.escape(u) for u in units if u.isascii() and u.isalpha())
    other = "|".join(re.escape(u) for u in units if not (u.isascii() and u.isalpha()))
    return re.compile(rf"\s?(?:(?:{latin})(?![a-z])|{other})")


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
            if limit is not None and not (limit.is_bare and _unit().match(folded, limit.end)):
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
    if low is None or high is None or low >= high:
        return None
    if not is_money and match["a_han"]:
        return None  # 一二三到四五六: not a price without its currency
    is_range = not is_money and not is_named
    if is_range and (low % _LESS_ROUND or high % _LESS_ROUND or _are_years(low, high)):
        return None
    is_unsure = is_range and bool(low % _ROUND or high % _ROUND)
    return PriceLimit(match.start(), match.end(), low, high, not is_money, is_range, is_unsure)


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
    return PriceLimit(match.start(), match.end(), None, read[0], not read[1], False)


def _lower(match: re.Match[str]) -> PriceLimit | None:
    read = _one_sided(match)
    if read is None:
        return None
    return PriceLimit(match.start(), match.end(), read[0], None, not read[1], False)


def _about(match: re.Match[str]) -> PriceLimit | None:
    read = _one_sided(match)
    if read is None or not read[1]:
        return None  # "about 20" may be anything
    low, high = read[0] * (1 - _ABOUT), read[0] * (1 + _ABOUT)
    return PriceLimit(match.start(), match.end(), low, high, False, False)
