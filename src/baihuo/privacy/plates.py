"""Detects licence plates: mainland Chinese (with the eight characters of new-energy cars) and British."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# These are also ordinary words ("black", "new", "cloud"), so they need more evidence.
_ALSO_WORDS = "黑新青云川宁吉甘贵蒙藏"
# GA 36: no I, no O; at most two letters among the last five; green plates have D or F first or last.
_CHINESE = re.compile(
    rf"(?P<province>[{_PROVINCES}])(?P<city>[A-HJ-NP-Z])(?P<dot>[·•・. -]?)"
    r"(?P<serial>[A-HJ-NP-Z][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJ-NP-Z]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳使领])"
    r"(?![0-9A-Za-z])"
)
_LED = re.compile(r"(?:车牌号?码?|牌照号?|牌号|车号|号牌|车主|车|是|为|开|的)[ :是为]{0,2}$")
_NAMED = re.compile(r"(?:车牌号?码?|牌照号?|车号|号牌)[ :是为]{0,2}$")
_HAN = re.compile(r"[㐀-鿿]")
_BRITISH = re.compile(
    r"(?<![0-9A-Za-z])(?:[A-HJ-PR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}|[A-HJ-NPR-TV-Y]\d{2,3} ?[A-HJ-PR-Y]{3})(?![0-9A-Za-z])"
)
_LED_ENGLISH = re.compile(
    r"\b(?:plates?|reg|regs|registration|licen[cs]e|vrm|vehicle|car|van|number plate)\b"
    r"(?: (?:number|no\.?|plate|is|was|with|of|my|the|mark)){0,3} ?[:#(]? ?$",
    re.IGNORECASE,
)


def find_plates(text: str) -> Iterator[PersonalDatum]:
    """Chinese plates, and British ones that the text calls a plate, a registration or a car's.

    >>> [f.key for f in find_plates("车牌粤B·12345，reg AB12 CDE")]
    ['粤B12345', 'AB12CDE']
    """
    for match in _CHINESE.finditer(text):
        if _is_plate(match, text):
            yield PersonalDatum(
                match.start(), match.end(), match["province"] + match["city"] + match["serial"]
            )
    for match in _BRITISH.finditer(text):
        if _LED_ENGLISH.search(text, max(0, match.start() - 40), match.start()):
            yield PersonalDatum(match.start(), match.end(), match.group().replace(" ", ""))


def _is_plate(match: re.Match[str], text: str) -> bool:
    serial = match["serial"]
    n_digits = sum(c.isdigit() for c in serial)
    start = match.start()
    is_led = bool(_LED.search(text, max(0, start - 8), start))
    is_named = bool(_NAMED.search(text, max(0, start - 8), start))  # then people misread a digit
    if n_digits < (1 if is_named else 3) or (len(serial) == 6 and not _is_green(serial)):
        return False
    if match["province"] in _ALSO_WORDS and match["dot"] not in tuple("·•・"):
        return is_led
    return is_led or start == 0 or not _HAN.match(text, start - 1)


def _is_green(serial: str) -> bool:
    return serial[0] in "ABCDEFGHJK" or serial[5] in "ABCDEFGHJK"
