"""Detects phone numbers: mobiles, landlines with area codes and extensions, local numbers after a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.documents import NANP, phone_key
from baihuo.privacy.found import PersonalDatum, TakenSpans

# Detects mobile numbers that digit patterns miss, or that touch a word.
#
# ``1 3 8 0 0 1 3 8 0 0 0``, 一三八零零一三八零零零, ①③⑧…, ``tel13800138000``. Only numbers of mainland China: their
# plan is strict, and no list of sizes or parts in 80,000 real texts has their form.


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
_PHONE_WORD = re.compile(f"(?:{_LABELS})", re.IGNORECASE)
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
        or bool(_PHONE_WORD.fullmatch(letters))
        or (len(letters) > 1 and letters[1:].islower())
    )


def _is_part_of_name(text: str, letters: re.Match[str]) -> bool:
    """Whether a stop joins the letters to a name such as ``part.item13800138000``; a label begins a sentence."""
    stop = letters.start() - 1
    return stop >= 0 and text[stop] == "." and not _PHONE_WORD.fullmatch(letters[0])


def _is_of_file(text: str, before: re.Match[str], after: re.Match[str]) -> bool:
    """Return whether letters and number are a file name from a program: ``mmexport16874677010.jpg``."""
    return _FILE.match(text, after.end()) is not None and not _PHONE_WORD.fullmatch(before[0])


def _mobile(match: re.Match[str], digits: str) -> Iterator[PersonalDatum]:
    if _NUMBER.fullmatch(digits) and (key := phone_key(digits)):
        yield PersonalDatum(match.start(), match.end(), key)


_EXTENSION = r"(?:[ ,]{0,2}(?:转|分机|ext\.?|extension|x) ?:?(?P<extension>\d{1,6}))?"
_PHONE = re.compile(
    r"(?<![0-9A-Za-z.])"
    r"(?P<number>(?:(?:\+|00)\d{1,3}[ .-]?)?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12})"
    + _EXTENSION
    + r"(?![0-9A-Za-z]|[.-]\d)",
    re.ASCII | re.IGNORECASE,
)
# Area codes of mainland China: 010, the 02x of the largest cities, and the four digits of the rest.
AREA = r"0(?:10|2[0-57-9]|3[1-9]\d|4[1-8]\d|5[1-9]\d|6[369]\d|7[0-9]\d|8[1-9]\d|9[0-9]\d)"
_LANDLINE = re.compile(
    rf"(?<![0-9A-Za-z.-])(?P<open>\()?(?P<area>{AREA})(?(open)\))(?P<gap>[ -]{{0,2}})(?P<local>[2-8]\d{{2,3}}[ -]?\d{{4}})"
    r"(?:-(?P<short>\d{1,5})|" + _EXTENSION + r")(?![0-9A-Za-z]|[.-]\d)",
    re.ASCII | re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(?P<label>(?:电话|座机|固话|固定电话|传真|家里电话|tel|telephone|landline|phone)(?:号码?| number| no)?\.?[ ]?[:是为]?[ ]?)"
    r"(?P<local>[2-8]\d{2,3}[ -]?\d{4})" + _EXTENSION + r"(?![0-9A-Za-z]|[.-]\d)",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:电话|座机|固话|传真|号码|致电|拨打|tel|phone|call|ring)[ :.是]{0,3}$", re.IGNORECASE
)
# Toll-free service numbers are not personal: 400 and 800 in China, 800, 833 … in North America.
_IN_ADDRESS = re.compile(r"(?:https?:/|www\.|\.(?:com|cn|net|org)\b)[^\s,，]*$", re.IGNORECASE)
# but a URL's phone parameter is one: ?phone=138…&src=sms
_PARAMETER = re.compile(
    r"(?<=[?&#;])(?:(?:user|contact|customer|receiver)[_-]?)?"
    r"(?:tel|telephone|phone|mobile|mob|cell|cellphone|mobilephone|sms|msisdn|whatsapp)[_-]?(?:number|num|no)?="
    r"(?P<number>(?:%2B|\+)?\d(?:(?:%20|[ +.-])?\d){6,14})(?![0-9A-Za-z%])",
    re.ASCII | re.IGNORECASE,
)
_SERVICE = re.compile(
    r"(?:\+?1[ .-]?)?\(?(?:400|8(?:00|33|44|55|66|77|88))\)?[ .-]?\d{3}[ .-]?\d{4}$"
)

# eleven digits in a row are a Chinese mobile, not an American service number
_BARE_MOBILE = re.compile(r"1[3-9]\d{9}")
_LONGEST = {
    "1": 10,
    "7": 10,
    "31": 9,
    "33": 9,
    "34": 9,
    "44": 10,
    "61": 9,
    "65": 8,
    "81": 10,
    "82": 10,
    "86": 11,
    "91": 10,
    "852": 8,
    "853": 8,
    "886": 9,
}
"""Most digits of a number after its country code."""


def find_phones(text: str) -> Iterator[PersonalDatum]:
    """Numbers of a known numbering plan, with their extension.

    >>> [f.key for f in find_phones("(0755)8888-9999转12, 415-555-2671 ext. 3, 400-820-8820")]
    ['+8675588889999x12', '+14155552671x3']
    >>> [f.key for f in find_phones("https://m.shop.example/p?tel=%2B86138%200013%208000&id=13900139000")]
    ['+8613800138000']
    """
    yield from TakenSpans().first((*_parameters(text), *_landlines(text), *_phones(text)))


def _parameters(text: str) -> Iterator[PersonalDatum]:
    for match in _PARAMETER.finditer(text):
        written = re.sub("%20|(?<=.)[+]", " ", re.sub("^%2[bB]", "+", match["number"]))
        if (number := phone_key(written)) is not None:
            yield PersonalDatum(match.start("number"), match.end("number"), number)


def _landlines(text: str) -> Iterator[PersonalDatum]:
    for match in _LANDLINE.finditer(text):
        is_apart = bool(match["open"] or match["gap"])
        if is_apart or _LABEL.search(text, max(0, match.start() - 12), match.start()):
            number = f"+86{match['area'][1:]}{re.sub('[ -]', '', match['local'])}"
            yield PersonalDatum(
                match.start(), match.end(), number + _tail(match["extension"] or match["short"])
            )
    for match in _LOCAL.finditer(text):
        number = re.sub("[ -]", "", match["local"])
        yield PersonalDatum(match.start("local"), match.end(), number + _tail(match["extension"]))


def _phones(text: str) -> Iterator[PersonalDatum]:
    for match in _PHONE.finditer(text):
        start = match.start()
        is_service = _SERVICE.fullmatch(match["number"]) and not _BARE_MOBILE.fullmatch(
            match["number"]
        )
        if is_service or _IN_ADDRESS.search(text, max(0, start - 80), start):
            continue  # a service number, or the number of a product in a web address
        if _is_product_code(match["number"]) and not _LABEL.search(text, max(0, start - 12), start):
            continue
        written = _without_next_number(match["number"])
        if (number := phone_key(written)) is not None:
            is_cut = written != match["number"]
            end = match.start() + len(written) if is_cut else match.end()
            yield PersonalDatum(start, end, number + ("" if is_cut else _tail(match["extension"])))


def _without_next_number(number: str) -> str:
    """Return an international number without digits after a blank that exceed its country's length.

    >>> _without_next_number("+44 7911 908948 4"), _without_next_number("+44 7911 908948")
    ('+44 7911 908948', '+44 7911 908948')
    """
    plus = re.match(r"(?:\+|00)", number)
    if plus is None:
        return number
    digits = re.sub(r"\D", "", number[plus.end() :])
    for length in (1, 2, 3):
        most = _LONGEST.get(digits[:length])
        if most is not None:
            most += length + digits.startswith("440")
            places = [m.start() for m in re.finditer(r"\d", number)][len(plus[0].strip("+")) :]
            is_longer = len(places) > most and number[places[most - 1] + 1] == " "
            return number[: places[most - 1] + 1] if is_longer else number
    return number


def _is_product_code(number: str) -> bool:
    """Whether digits in a row that start with 00, as an international call does, are a GTIN: a UPC, also padded to 13 or 14 digits.

    The check digit proves it; and behind 001 only ten digits of the North American plan are a call, not any code of that length.
    """
    if not (number.startswith("00") and number.isdigit()):
        return False
    if number.startswith("001") and not NANP.fullmatch(number[3:]):
        return True
    if len(number) not in (12, 13, 14):
        return False
    weighted = (int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(number)))
    return sum(weighted) % 10 == 0


def _tail(extension: str | None) -> str:
    return f"x{extension}" if extension else ""
