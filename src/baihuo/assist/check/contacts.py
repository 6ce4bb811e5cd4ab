"""Addresses, telephone numbers and codes of a text: each must be one that a source has, letter for letter."""

from __future__ import annotations

import re
from dataclasses import dataclass

_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}")
_TOP = "com|cn|net|org|io|shop|store|app|me|info|biz|co|top|xyz|vip|site|online|ru|de|uk|eu|fr|es|example|test|invalid|local"
_URL = re.compile(
    rf"(?:https?|ftp|javascript|data)\s?:\S+|www\.[a-z0-9./?=&%_#-]+|(?<![a-z0-9-])[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,5}}\.(?:{_TOP})\b(?:/[^\s，。；）)]*)?"
)
_PHONE = re.compile(r"\+?\(?\d(?:[\d()]|[ -](?=[\d(])){5,24}\d")
_CODE = re.compile(
    r"(?<![a-z0-9.])#?(?=[a-z0-9-]{0,60}\d)(?=[a-z0-9-]{0,60}[a-z])[a-z0-9]{1,60}(?:-[a-z0-9]{1,60}){0,8}(?![a-z0-9])"
)
_MEASURE = re.compile(
    r"#?\d+(?:-\d+)?(?:-?(?:ml|l|mm|cm|m|km|mg|g|kg|lbs?|oz|in|inch|ft|w|kw|v|gb|tb|mb|mah|kilos?|lit(?:er|re)s?|met(?:er|re)s?|grams?|kilograms?|pounds?|k|st|nd|rd|th|x|am|pm|"
    r"days?|weeks?|months?|years?|hours?|minutes?|mins?|hrs?|cny|rmb|usd|eur|gbp))?$"
)
_NUMBERED = re.compile(r"\d{16,}|#\d+|(?:order|订单号?|单号|编号|no\.?|nr\.?)\s?[:：#]?\s?(\d{3,})")


@dataclass(frozen=True, slots=True)
class Contacts:
    """What a text says word for word, and the text without it."""

    contacts: frozenset[str]
    codes: frozenset[str]  # ids of orders and parcels, vouchers, model numbers
    rest: str  # of the same length, with spaces for them


def contacts_of(text: str) -> Contacts:
    """Contacts and codes of a folded text. A measure ("500ml", "2pm") is no code: take measures out before.

    >>> contacts_of("write to help@shop.example, code spring15").contacts
    frozenset({'help@shop.example'})
    """
    contacts: set[str] = set()
    for pattern in (_EMAIL, _URL):
        contacts |= {_address(m.group()) for m in pattern.finditer(text)}
        text = pattern.sub(_spaces, text)
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        is_number = digits == match.group() and not re.fullmatch(r"1[3-9]\d{9}", digits)
        if len(digits) >= 7 and not is_number and not _is_date(match.group()):
            contacts.add(digits)
            text = text[: match.start()] + _spaces(match) + text[match.end() :]
    codes = {m.group().strip("#") for m in _CODE.finditer(text) if not _MEASURE.match(m.group())}
    text = _CODE.sub(lambda m: m.group() if _MEASURE.match(m.group()) else _spaces(m), text)
    codes |= {m.group(1) or m.group().strip("#") for m in _NUMBERED.finditer(text)}
    text = _NUMBERED.sub(_spaces, text)
    return Contacts(frozenset(contacts), frozenset(codes), text)


def _spaces(match: re.Match[str]) -> str:
    """As long as what it takes the place of, so that places in the text stay."""
    return " " * len(match.group())


def _address(found: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|^www\.", "", found).rstrip("./,;)")


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4}", text) is not None
