"""Personal data in free text, Chinese and English, found by kind and replaced by pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from baihuo.privacy.addresses import find_addresses
from baihuo.privacy.found import Detector, PersonalDatum, TakenSpans, narrowed
from baihuo.privacy.names import find_names
from baihuo.privacy.numbers import is_card, is_resident_id
from baihuo.privacy.orders import find_orders
from baihuo.privacy.phones import find_phones
from baihuo.privacy.plates import find_plates

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,63})@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![A-Za-z0-9-])",
    re.ASCII,
)
_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])\d{6}[ -]?\d{8}[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])", re.ASCII
)
_CARD = re.compile(r"(?<![0-9A-Za-z.])\d(?:[ -]?\d){14,18}(?![0-9A-Za-z])", re.ASCII)
_PSEUDONYM = re.compile(r"⟨[a-z_]+(?::[0-9a-f]{8})?⟩")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without the personal data that was found in it, and what kinds were found."""

    text: str
    kinds: tuple[str, ...]  # names of KINDS, one a find


def mask(text: str, key: bytes, *, kinds: Collection[str] | None = None) -> Masked:
    """Replace personal data by keyed pseudonyms such as ``⟨phone:3f9a01bc⟩``.

    The same number under the same key has the same pseudonym however it was written (spaces,
    hyphens, full-width digits, +86), so that two reviews of one person still meet; without the key
    a pseudonym cannot be tried against a list of all phone numbers.

    Found are e-mail addresses; resident ids with a true GB 11643 checksum; bank cards with a true
    Luhn checksum; order, invoice and tracking numbers after their label; phones (mainland China,
    Britain, North America, any with a country code; not free service numbers); postal addresses;
    licence plates; names after a title, a label or a greeting. A name alone is not found.

    Args:
        text: Any text; what is not personal data stays as it was, character for character.
        key: The shop's secret; at least one byte.
        kinds: Which of :data:`KINDS` to replace; None: all.

    Raises:
        ValueError: the key is empty.

    >>> mask("打我电话 138 1234 5678", b"key").text
    '打我电话 ⟨phone:51b4b2ae⟩'
    """
    if not key:
        raise ValueError("a pseudonym without a key hides nothing: give at least one byte")
    return _replaced(text, lambda kind, plain: _pseudonym(kind, plain, key), kinds)


def redact(text: str, *, kinds: Collection[str] | None = None) -> Masked:
    """As :func:`mask` where there is no key: only the kind stays, and two of a kind are alike.

    >>> redact("打我电话 138 1234 5678").text
    '打我电话 ⟨phone⟩'
    """
    return _replaced(text, lambda kind, _: f"⟨{kind}⟩", kinds)


def _replaced(text: str, by: Callable[[str, str], str], wanted: Collection[str] | None) -> Masked:
    kinds: list[str] = []
    # A pseudonym is a boundary that was not there before: what stands beside it may now be clear.
    while found := [x for x in find(text) if wanted is None or x[0] in wanted]:
        pieces, at = [], 0
        for kind, one in found:
            pieces += [text[at : one.start], by(kind, one.key)]
            at = one.end
            kinds.append(kind)
        text = "".join(pieces) + text[at:]
    return Masked(text, tuple(kinds))


def find(text: str) -> list[tuple[str, PersonalDatum]]:
    """What is found, as (kind, where), left to right; pseudonyms are nobody's data any more."""
    narrow = narrowed(text)
    taken = TakenSpans()
    for match in _PSEUDONYM.finditer(narrow):
        taken.claim(*match.span())
    found = [(kind, one) for kind, detect in KINDS.items() for one in taken.first(detect(narrow))]
    return sorted(found, key=lambda pair: pair[1].start)


def _pseudonym(kind: str, plain: str, key: bytes) -> str:
    digest = hmac.new(key, f"{kind}:{plain}".encode(), hashlib.sha256).hexdigest()
    return f"⟨{kind}:{digest[:8]}⟩"


def _by(pattern: re.Pattern[str], key_of: Callable[[str], str | None]) -> Detector:
    def detect(text: str) -> Iterator[PersonalDatum]:
        for match in pattern.finditer(text):
            if (key := key_of(match.group())) is not None:
                yield PersonalDatum(match.start(), match.end(), key)

    return detect


def _resident_id(found: str) -> str | None:
    plain = re.sub(r"[ -]", "", found).upper()
    return plain if is_resident_id(plain) else None


def _card(found: str) -> str | None:
    plain = re.sub(r"[ -]", "", found)
    return plain if is_card(plain) else None


KINDS: dict[str, Detector] = {
    "email": _by(_EMAIL, str.lower),
    "resident_id": _by(_RESIDENT_ID, _resident_id),
    "order_number": find_orders,
    "card": _by(_CARD, _card),
    "phone": find_phones,
    "address": find_addresses,
    "plate": find_plates,
    "name": find_names,
}
"""In this order, of two that overlap the first: a resident id may pass as a card, a labelled order
number as both, and all of them hold what looks like a phone."""
