"""Detects mobile numbers that digit patterns miss, or that touch a word.

``1 3 8 0 0 1 3 8 0 0 0``, 一三八零零一三八零零零, ①③⑧…, ``tel13800138000``. Only numbers of mainland China: their
plan is strict, and no list of sizes or parts in 80,000 real texts has their form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum
from baihuo.privacy.numbers import phone_key

_HAN = dict(zip("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789", strict=True))
_SERIES = (
    "⓪①②③④⑤⑥⑦⑧⑨",
    "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "₀₁₂₃₄₅₆₇₈₉",
    "٠١٢٣٤٥٦٧٨٩",
    "۰۱۲۳۴۵۶۷۸۹",
    "0⑴⑵⑶⑷⑸⑹⑺⑻⑼",
    "0⒈⒉⒊⒋⒌⒍⒎⒏⒐",
    "0❶❷❸❹❺❻❼❽❾",
)
_MATHEMATICAL = [chr(0x1D7CE + i) for i in range(50)]
_DIGITS = {
    **_HAN,
    **{c: str(i) for series in _SERIES for i, c in enumerate(series)},
    **{c: str(i % 10) for i, c in enumerate(_MATHEMATICAL)},
}
OTHER_DIGITS = "".join(c for c in _DIGITS if not c.isascii())
"""Characters for digits, besides 0 to 9 and full-width ones."""
_TO_DIGITS = str.maketrans(_DIGITS)
_D = f"[0-9{re.escape(OTHER_DIGITS)}]"
_IN_A_ROW = re.compile(rf"(?<!{_D}){_D}{{11}}(?!{_D})")
# each digit with the same little thing behind it; keycaps (1️⃣) are digits with two characters behind
_ONE_BY_ONE = re.compile(
    r"(?<![\d.])1(?P<gap>[ .·•~_*|/,、-]{1,2}|\ufe0f?\u20e3 ?)[3-9](?:(?P=gap)\d){9}(?!(?P=gap)?\d)",
    re.ASCII,
)
_LABELS = (
    "tel|telephone|phone|mobile|mob|cell|call|ring|sms|ph|v|vx|wx|wechat|weixin|wa|whatsapp|qq|tg"
)
_NUMBER = re.compile("(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_BEFORE, _AFTER = (
    re.compile("(?<![0-9A-Za-z_-])[A-Za-z]{0,20}$"),
    re.compile("[A-Za-z]{0,20}(?![0-9A-Za-z_])"),
)
_LABEL = re.compile(f"(?:{_LABELS})", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|bmp|mp[34]|mov|avi|pdf|docx?|xlsx?|txt|csv|zip|rar|apk)(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def find_odd_phones(text: str) -> Iterator[PersonalDatum]:
    """Mobile numbers in other digits, digit by digit, or against a word.

    >>> [f.key for f in find_odd_phones("一三八零零一三八零零零 或 tel13900139000, not SKU13900139000, img13900139000.jpg")]
    ['+8613800138000', '+8613900139000']
    """
    if not text.isascii():
        for match in _IN_A_ROW.finditer(text):
            if not match[0].isascii():
                yield from _mobile(match, match[0].translate(_TO_DIGITS))
    for match in _ONE_BY_ONE.finditer(text):
        yield from _mobile(match, re.sub("[^0-9]", "", match[0]))
    for match in _NUMBER.finditer(text):
        before = _BEFORE.search(text, max(0, match.start() - 21), match.start())
        after = _AFTER.match(text, match.end())
        if (
            before
            and after
            and (before[0] or after[0])
            and _is_word(before[0])
            and not _is_part_of_name(text, before)
            and _is_word(after[0])
            and not _is_of_file(text, before, after)
        ):
            yield from _mobile(match, match[0])


def _is_word(letters: str) -> bool:
    """Return whether the letters next to a number are a label or a word; capitals or a single letter belong to a part number."""
    return (
        not letters
        or bool(_LABEL.fullmatch(letters))
        or (len(letters) > 1 and letters[1:].islower())
    )


def _is_part_of_name(text: str, letters: re.Match[str]) -> bool:
    """Whether a stop joins the letters to a name such as ``part.item13800138000``; a label begins a sentence."""
    stop = letters.start() - 1
    return stop >= 0 and text[stop] == "." and not _LABEL.fullmatch(letters[0])


def _is_of_file(text: str, before: re.Match[str], after: re.Match[str]) -> bool:
    """Return whether letters and number are a file name from a program: ``mmexport16874677010.jpg``."""
    return _FILE.match(text, after.end()) is not None and not _LABEL.fullmatch(before[0])


def _mobile(match: re.Match[str], digits: str) -> Iterator[PersonalDatum]:
    if _NUMBER.fullmatch(digits) and (key := phone_key(digits)):
        yield PersonalDatum(match.start(), match.end(), key)
