"""Detects phone numbers: mobiles, landlines with area codes and extensions, local numbers after a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans
from baihuo.privacy.numbers import phone_key

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
_SERVICE = re.compile(
    r"(?:\+?1[ .-]?)?\(?(?:400|8(?:00|33|44|55|66|77|88))\)?[ .-]?\d{3}[ .-]?\d{4}$"
)


def find_phones(text: str) -> Iterator[PersonalDatum]:
    """Numbers of a known numbering plan, with their extension.

    >>> [f.key for f in find_phones("(0755)8888-9999转12, 415-555-2671 ext. 3, 400-820-8820")]
    ['+8675588889999x12', '+14155552671x3']
    """
    yield from TakenSpans().first((*_landlines(text), *_phones(text)))


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
        if _SERVICE.fullmatch(match["number"]) or _IN_ADDRESS.search(
            text, max(0, start - 80), start
        ):
            continue  # a service number, or the number of a product in a web address
        if _is_product_code(match["number"]) and not _LABEL.search(text, max(0, start - 12), start):
            continue
        if (number := phone_key(match["number"])) is not None:
            yield PersonalDatum(match.start(), match.end(), number + _tail(match["extension"]))


def _is_product_code(number: str) -> bool:
    """Whether it is a GTIN that starts with 00, as an international call does: a UPC padded to 13 or 14 digits."""
    if not (number.startswith("00") and len(number) in (13, 14) and number.isdigit()):
        return False
    weighted = (int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(number)))
    return sum(weighted) % 10 == 0


def _tail(extension: str | None) -> str:
    return f"x{extension}" if extension else ""
