"""Sizes of clothes and shoes: one spelling for each, and how people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from baihuo.core import fold

_LETTERS = re.compile(r"(?:(\d{1,2})x|(x*))(s|m|l)")
_WORDS = {"均码": "onesize", "one size": "onesize", "free size": "onesize", "onesize": "onesize"}
_NUMBER = re.compile(r"(?:eu|eur|欧码)?\s?(\d{1,3}(?:\.5)?)\s?(?:eu|eur|码|号)?")
_LONGEST = 12  # characters of a size as it is stored
_LOW, _HIGH = 4.0, 180.0  # shoes, clothes, and the height of a child in cm

_LETTER = r"(?:\d{1,2}x|x{1,5})[sl]"
_NAMED = re.compile(
    r"(?<![a-z0-9.])(?:eu|eur|size|sz|尺码|尺寸|鞋码)[\s:：]?\s?(?P<a>\d{1,3}(?:\.5)?|(?:\d{1,2}x|x{0,5})[sml])(?![a-z0-9.\-/])"
    r"|(?<![a-z0-9.\-/])(?P<b>\d{1,3}(?:\.5)?|(?:\d{1,2}x|x{0,5})[sml])\s?(?:码|号|(?:eu|eur|size)(?![a-z0-9])(?!\s(?:\d|x*[sml](?![a-z]))))"
    r"|(?P<c>均码|(?<![a-z])(?:one|free) size(?![a-z]))"
)
# One letter alone is a size as the last word, after a word: "jeans s", and neither "iphone 5 s" nor "men s".
_BARE = re.compile(
    rf"(?<![a-z0-9.\-/_])(?P<a>{_LETTER})(?![a-z0-9.\-/_])"
    r"|(?<=[a-z\u4e00-\u9fff]\s)(?<!men\s)(?P<b>[sml])$"
)
# "shoes 38", 女鞋38: digits at the end, before a comma or Chinese, or first before a gender.
_BARE_NUMBER = re.compile(
    r"(?<![a-z0-9.\-/_+*×#])(?<!\d\s)(\d{2,3}(?:\.5)?)(?=\s*(?:$|,|[\u3400-\u9fff])|\s+(?:wo)?men)"
)


@dataclass(frozen=True, slots=True)
class SizeTyped:
    """A size in a folded text. ``is_bare``: no word such as "size" beside it says that it is one."""

    start: int
    end: int
    key: str
    is_bare: bool
    is_number: bool = False  # bare digits: a size only beside a kind that comes in it


@lru_cache(maxsize=1 << 16)
def size_key(value: str) -> str:
    """One spelling for each size; other values are unchanged.

    >>> size_key("XXL"), size_key("2xl"), size_key("EU 38"), size_key("38.0"), size_key("XL码")
    ('2xl', '2xl', '38', '38', 'xl')
    """
    if len(value) > _LONGEST:
        return value
    text = fold(value)
    if text in _WORDS:
        return _WORDS[text]
    if match := _LETTERS.fullmatch(text.removesuffix("码").strip()):
        digits, crosses, letter = match.groups()
        n = int(digits) if digits else len(crosses)
        if n == 0 or letter == "m":
            return letter
        return f"x{letter}" if n == 1 else f"{n}x{letter}"
    if match := _NUMBER.fullmatch(text.removesuffix(".0")):
        return match[1].removesuffix(".0")
    return text


def is_letter_size(value: str) -> bool:
    """Whether a value is a size by letters: S, XL, 2XL, one size."""
    key = size_key(value)
    return key == "onesize" or _LETTERS.fullmatch(key) is not None


def is_numeric_size(value: str) -> bool:
    """Whether a value may be a size by number: 38, 38.5, EU 38, 38码."""
    key = size_key(value)
    return re.fullmatch(r"\d{1,3}(\.5)?", key) is not None and _LOW <= float(key) <= _HIGH


def sizes_typed(folded: str) -> Iterable[SizeTyped]:
    """The sizes in a folded text: named ones ("size 38", "38码"), then bare letters ("xl") and numbers.

    >>> [(s.key, s.is_bare) for s in sizes_typed("shirt 2xl 38码")]
    [('38', False), ('2xl', True)]
    """
    spans = []
    for match in _NAMED.finditer(folded):
        typed = match["a"] or match["b"] or match["c"]
        spans.append(match.span())
        # 38号 may be a size, and so may be a number of anything.
        is_bare = match.group().endswith("号")
        yield SizeTyped(match.start(), match.end(), size_key(typed), is_bare)
    for match in _BARE.finditer(folded):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            yield SizeTyped(match.start(), match.end(), size_key(match["a"] or match["b"]), True)
    for match in _BARE_NUMBER.finditer(folded):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            yield SizeTyped(match.start(), match.end(), size_key(match[1]), True, is_number=True)
