"""Phones, resident ids, bank cards and e-mail addresses in free text."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from baihuo.privacy.numbers import is_card, is_resident_id, phone_key

_DIGIT_CHARS = "0123456789"
# One character for one, so that places found in the narrow text hold in the text as it was.
_NARROW = str.maketrans(
    {
        **{chr(0xFF10 + i): d for i, d in enumerate(_DIGIT_CHARS)},
        "＠": "@",
        "．": ".",
        "－": "-",
        "–": "-",
        "—": "-",
        "＋": "+",
        "Ｘ": "X",
        "ｘ": "x",
        "（": "(",
        "）": ")",
        "\u3000": " ",
        "\u00a0": " ",
    }
)

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,63})@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![A-Za-z0-9-])",
    re.ASCII,
)
_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])\d{6}[ -]?\d{8}[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])", re.ASCII
)
_CARD = re.compile(r"(?<![0-9A-Za-z.])\d(?:[ -]?\d){14,18}(?![0-9A-Za-z])", re.ASCII)
_PHONE = re.compile(
    r"(?<![0-9A-Za-z.])"
    r"(?:(?:\+|00)\d{1,3}[ .-]?)?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}"
    r"(?![0-9A-Za-z]|[.-]\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without the personal data that was found in it, and what kinds were found."""

    text: str
    kinds: tuple[str, ...]  # "phone", "resident_id", "card", "email": one a find, left to right


def mask(text: str, key: bytes) -> Masked:
    """Replace personal data by keyed pseudonyms such as ``⟨phone:3f9a01bc⟩``.

    The same number under the same key has the same pseudonym however it was written (spaces,
    hyphens, full-width digits, +86), so that two reviews of one person still meet; without the key
    a pseudonym cannot be tried against a list of all phone numbers. Found are mainland Chinese,
    British and North American phone numbers and any with a country code, resident ids with a true
    GB 11643 checksum, bank cards with a true Luhn checksum, and e-mail addresses. Names and
    postal addresses are not found.

    Args:
        text: Any text; what is not personal data stays as it was, character for character.
        key: The shop's secret; at least one byte.

    Raises:
        ValueError: the key is empty.

    >>> mask("打我电话 138 1234 5678", b"key").text
    '打我电话 ⟨phone:51b4b2ae⟩'
    """
    if not key:
        raise ValueError("a pseudonym without a key hides nothing: give at least one byte")
    narrow = text.translate(_NARROW)
    found: list[tuple[int, int, str, str]] = []
    for kind, pattern, key_of in _KINDS:
        for match in pattern.finditer(narrow):
            start, end = match.span()
            if any(start < e and s < end for s, e, _, _ in found):
                continue
            plain = key_of(match.group())
            if plain is not None:
                found.append((start, end, kind, plain))
    if not found:
        return Masked(text, ())
    found.sort()
    pieces, at = [], 0
    for start, end, kind, plain in found:
        pieces += [text[at:start], _pseudonym(kind, plain, key)]
        at = end
    return Masked("".join(pieces) + text[at:], tuple(kind for _, _, kind, _ in found))


def _pseudonym(kind: str, plain: str, key: bytes) -> str:
    digest = hmac.new(key, f"{kind}:{plain}".encode(), hashlib.sha256).hexdigest()
    return f"⟨{kind}:{digest[:8]}⟩"


def _resident_id(found: str) -> str | None:
    plain = re.sub(r"[ -]", "", found).upper()
    return plain if is_resident_id(plain) else None


def _card(found: str) -> str | None:
    plain = re.sub(r"[ -]", "", found)
    return plain if is_card(plain) else None


# In this order: a resident id may pass as a card, and both hold what looks like a phone.
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("email", _EMAIL, str.lower),
    ("resident_id", _RESIDENT_ID, _resident_id),
    ("card", _CARD, _card),
    ("phone", _PHONE, phone_key),
)
