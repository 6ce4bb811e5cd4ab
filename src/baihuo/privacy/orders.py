"""Detects order, invoice and tracking numbers, which identify a person in a back office."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum

_NUMBER = r"(?P<number>[A-Z]{0,5}-?\d[0-9A-Z]*(?:-[0-9A-Z]+){0,4})(?![0-9A-Za-z])"
_ENGLISH_WORDS = "order purchase invoice tracking booking transaction shipment parcel waybill receipt bill".split()
_ENGLISH = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(_ENGLISH_WORDS)})s?"
    r"(?P<label>[ _-]?(?:number|num\b|no\b|nr\b|id\b|code\b)\.?)?"
    r"[ ]?(?:is|was|with|of)?[ ]?:?[ ]?(?P<hash>#)?[ ]?(?-i:" + _NUMBER + ")",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?:订单|单据|运单|快递|物流|交易|流水|退货|退款|取件|发票)?(?P<label>编?号码?|单号)"
    r"[ ]?(?:是|为|:|#)?[ ]?"
    + _NUMBER
    + r"|(?P<bare>订单|运单)[ ]?[:#]?[ ]?(?P<plain>\d{8,32})(?![0-9A-Za-z])"
)
_CHINESE_LABEL = re.compile(
    r"(?:订单|单据|运单|快递|物流|交易|流水|退货|退款|发票)(?:编?号码?|单号)|单号"
)
_MARKETPLACE = re.compile(r"(?<![0-9A-Za-z-])\d{3}-\d{7}-\d{7}(?![0-9A-Za-z-])")


def find_orders(text: str) -> Iterator[PersonalDatum]:
    """Numbers after a label, of at least six digits (four after ``no.`` or ``#``), and marketplace ids.

    >>> [f.key for f in find_orders("where is order #W7678072? invoice no. 4711, order 12 pieces")]
    ['W7678072', '4711']
    """
    last_end = 0
    for match in sorted((*_labelled(text), *_bare(text)), key=lambda f: f.start):
        if match.start >= last_end:
            last_end = match.end
            yield match


def _labelled(text: str) -> Iterator[PersonalDatum]:
    low = text.lower()
    for match in _ENGLISH.finditer(text) if any(w in low for w in _ENGLISH_WORDS) else ():
        fewest = 4 if match["label"] or match["hash"] else 6
        if _digits(match["number"]) >= fewest:
            yield _find(match, "number")
    for match in _CHINESE.finditer(text) if any(w in text for w in "单号码") else ():
        if match["bare"]:
            yield _find(match, "plain")
        elif _CHINESE_LABEL.match(match.group()) and _digits(match["number"]) >= 6:
            yield _find(match, "number")


def _bare(text: str) -> Iterator[PersonalDatum]:
    for match in _MARKETPLACE.finditer(text):
        yield PersonalDatum(match.start(), match.end(), match.group())


def _digits(number: str) -> int:
    return sum(c.isdigit() for c in number)


def _find(match: re.Match[str], group: str) -> PersonalDatum:
    return PersonalDatum(match.start(group), match.end(group), match[group].replace("-", ""))
