"""Recognises personal numbers by checksum or numbering plan: resident ids, cards, phones."""

from __future__ import annotations

import datetime
import re

_GB_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_GB_CHECK = "10X98765432"
_PROVINCES = frozenset(
    (
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 "
        "44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
    ).split()
)
# Issuer ranges: UnionPay, Visa, Mastercard, American Express, JCB, Discover, Maestro.
_CARD_PREFIX = re.compile(
    r"62|4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|35|6011|65|67|50|5[678]"
)
_CHINA_MOBILE = re.compile(r"1[3-9]\d{9}")
_UK_MOBILE = re.compile(r"7[1-57-9]\d{8}")
NANP = re.compile(r"[2-9]\d{2}[2-9]\d{6}")


def is_resident_id(digits: str) -> bool:
    """Whether 18 characters are a Chinese resident id: province, real birthday, GB 11643 checksum.

    >>> is_resident_id("11010519491231002X")
    True
    >>> is_resident_id("110105194912310021")
    False
    """
    if not re.fullmatch(r"\d{17}[\dX]", digits) or digits[:2] not in _PROVINCES:
        return False
    try:
        datetime.date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(w * int(d) for w, d in zip(_GB_WEIGHTS, digits[:17], strict=True))
    return _GB_CHECK[total % 11] == digits[17]


def is_card(digits: str) -> bool:
    """Whether 15 to 19 digits are a bank card: a known issuer range and the Luhn checksum.

    >>> is_card("4111111111111111")
    True
    """
    if not re.fullmatch(r"\d{15,19}", digits) or not _CARD_PREFIX.match(digits):
        return False
    if len(digits) == 15 and digits[:2] not in ("34", "37"):  # only American Express is this short
        return False
    return is_luhn(digits) and len(set(digits)) > 1


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812, Luhn).

    >>> is_luhn("490154203237518"), is_luhn("490154203237519")
    (True, False)
    """
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def phone_key(found: str) -> str | None:
    """The number in normal form, ``+86…``, or None where no numbering plan has it.

    Bare digits must be a Chinese mobile or a British mobile with its 0; ten bare digits alone may
    be anything, so a North American number needs its separators or its +1.

    >>> phone_key("138-1234-5678"), phone_key("07700 900123"), phone_key("1234567")
    ('+8613812345678', '+447700900123', None)
    """
    has_plus = found.startswith(("+", "00"))
    digits = re.sub(r"\D", "", found)
    if has_plus:
        digits = digits.removeprefix("00") if found.startswith("00") else digits
        if digits.startswith("86"):
            return _plan("86", digits[2:].removeprefix("0"), _CHINA_MOBILE) or _landline(digits)
        if digits.startswith("440"):  # +44 (0)7700 …
            digits = "44" + digits[3:]
        return f"+{digits}" if 9 <= len(digits) <= 15 and not digits.startswith("0") else None
    groups = [g for g in re.split(r"[ .()+-]+", found) if g]
    if any(len(g) == 1 for g in groups[1:]) and not has_plus:
        return None  # single digits are never a group
    if len(digits) == 11 and digits.startswith("1") and _grouped(found, (3, 4, 4)):
        return _plan("86", digits, _CHINA_MOBILE) or _plan("1", digits[1:], NANP, found)
    if len(digits) == 13 and digits.startswith("86"):
        return _plan("86", digits[2:], _CHINA_MOBILE)
    if len(digits) == 11 and digits.startswith("07"):
        return _plan("44", digits[1:], _UK_MOBILE)
    if len(digits) == 11 and digits.startswith("1"):
        other = None if "." in found else _plan("86", digits, _CHINA_MOBILE)
        return _plan("1", digits[1:], NANP, found) or other
    if len(digits) == 10:
        return _plan("1", digits, NANP, found)
    return _landline("86" + digits[1:]) if re.match(r"0\d{2,3}[ -]\d{7,8}$", found) else None


def _plan(country: str, national: str, plan: re.Pattern[str], written: str = "") -> str | None:
    """The number, if the plan has it; a North American one needs separators in ``written``."""
    if plan is NANP and not re.search(r"\d{3}\)?[ .-]\d{3}[ .-]\d{4}$", written):
        return None
    return f"+{country}{national}" if plan.fullmatch(national) else None


def _landline(digits: str) -> str | None:
    return f"+{digits}" if re.fullmatch(r"86[1-9]\d{8,10}", digits) else None


def _grouped(found: str, sizes: tuple[int, ...]) -> bool:
    groups = [len(g) for g in re.split(r"[ .-]", found) if g]
    return groups in ([sum(sizes)], list(sizes))
