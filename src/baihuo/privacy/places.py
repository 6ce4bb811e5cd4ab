"""Detects locations: coordinates to some metres, in degrees or in degrees, minutes and seconds.

Four decimals of a degree are eleven metres: a house. Fewer name a quarter or a town, and are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans

_DEGREES = r"[-+]?[0-9]{1,3}\.[0-9]{4,15}"
_NAMED = r"(?:lat(?:itude)?|lng|lon|long(?:itude)?|[xy]|纬度|经度|北纬|东经|南纬|西经)"
_PAIR = re.compile(
    rf"(?<![0-9A-Za-z.])(?P<a>{_DEGREES})(?P<gap>[ ]?[,;/|][ ]?|%2C|[ ]|[°º]? ?[NSns], ?)(?P<b>{_DEGREES})(?![0-9A-Za-z%.])"
)
_LABELLED = re.compile(
    rf"{_NAMED} ?[:=]? ?(?P<a>{_DEGREES}) ?[°º]?[^0-9+-]{{0,12}}?{_NAMED} ?[:=]? ?(?P<b>{_DEGREES})(?![0-9.])",
    re.IGNORECASE,
)
_PART = r"[0-9]{1,3} ?[°º] ?[0-9]{1,2} ?[′'’] ?(?:[0-9]{1,2}(?:\.[0-9]+)? ?(?:[″\"”]|''))"
_SEXAGESIMAL = re.compile(rf"{_PART} ?[NSns北南]?[ ,，]{{0,2}}(?:东经|西经)? ?{_PART} ?[EWew东西]?")


def find_places(text: str) -> Iterator[PersonalDatum]:
    """Pairs of a latitude and a longitude, in either order.

    >>> [f.key for f in find_places("store near 31.230416,121.473701")], list(find_places("0.1234 x 12.5"))
    (['31.230416,121.473701'], [])
    """
    found = [
        PersonalDatum(m.start("a"), m.end("b"), f"{m['a']},{m['b']}")
        for pattern in (_PAIR, _LABELLED)
        for m in pattern.finditer(text)
        if _is_place(float(m["a"]), float(m["b"])) and not _is_padded(m)
    ]
    found += [PersonalDatum(m.start(), m.end(), m[0]) for m in _SEXAGESIMAL.finditer(text)]
    yield from TakenSpans().first(sorted(found, key=lambda datum: (datum.start, -datum.end)))


def _is_place(a: float, b: float) -> bool:
    """Whether one may be a latitude and the other a longitude; two small numbers are sizes."""
    return min(abs(a), abs(b)) <= 90 and max(abs(a), abs(b)) <= 180 and max(abs(a), abs(b)) >= 10


def _is_padded(match: re.Match[str]) -> bool:
    """Whether zeros fill the numbers, as a database fills prices: 12.5000."""
    ends = [match[name].endswith("00") for name in "ab"]
    n_decimals = [len(match[name].partition(".")[2]) for name in "ab"]
    return all(ends) or (any(ends) and n_decimals == [4, 4])
