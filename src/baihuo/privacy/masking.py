"""Find personal data in free Chinese and English text, and replace it by pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain, count

from baihuo.privacy.addresses import find_addresses
from baihuo.privacy.documents import find_accounts, find_documents
from baihuo.privacy.emails import find_emails
from baihuo.privacy.found import Detector, PersonalDatum, TakenSpans, narrowed
from baihuo.privacy.messengers import find_messengers
from baihuo.privacy.names import find_names
from baihuo.privacy.numbers import is_card, is_resident_id
from baihuo.privacy.odd_phones import find_odd_phones
from baihuo.privacy.orders import find_orders
from baihuo.privacy.phones import find_phones
from baihuo.privacy.places import find_places
from baihuo.privacy.plates import find_plates
from baihuo.privacy.product_numbers import is_product_number
from baihuo.privacy.secrets import find_devices, find_secrets, find_wallets

_RESIDENT_ID = re.compile(
    r"(?:(?<![0-9A-Za-z])|(?<![A-Za-z])(?i:no|id|sfz|idno|idcard|card|number|num)[.:#]?)"
    r"(?P<id>\d{6}[ -]?\d{8}[ -]?\d{3}[0-9Xx])(?![0-9A-Za-z])",
    re.ASCII,
)
_CARD = re.compile(r"(?<![0-9A-Za-z.])\d(?:[ -]?\d){14,18}(?![0-9A-Za-z])", re.ASCII)
PSEUDONYM = re.compile(r"⟨[a-z_]+(?::[0-9a-f]{8})?⟩")
"""Pattern of pseudonyms in a text."""
_MOST_PASSES = 16  # over one text; honest texts need three
_TOO_MANY = "⟨text⟩"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its personal data replaced, and the kinds that were found."""

    text: str
    kinds: tuple[str, ...]  # names of KINDS, one for each find


def mask(
    text: str,
    key: bytes,
    *,
    kinds: Collection[str] | None = None,
    product_numbers: Collection[str] = (),
) -> Masked:
    """Replace personal data by keyed pseudonyms such as ``⟨phone:3f9a01bc⟩``.

    With the same key the same number has the same pseudonym, in every spelling (spaces, hyphens,
    full-width digits, +86), so that two reviews of one person can still be linked. Without the key, pseudonyms cannot be tested against a
    list of phone numbers.

    It finds e-mail addresses; resident ids with a valid GB 11643 checksum; passports and other documents
    after their label or with a checksum; bank cards with a valid Luhn checksum, IBANs, labelled accounts and wallets of
    coins; passwords, codes, tokens and sessions; IMEI, MAC and IP addresses of devices; names
    and numbers of messengers; order, invoice and tracking numbers after their label; phones (mainland China,
    Britain, North America, any with a country code; also digit by digit, in Chinese numerals or against a word; not
    free service numbers); postal addresses, coordinates to some metres; licence plates; names after a title, a label or a greeting. A name
    alone is not found. A number right after a word for a number of goods (style, model, SKU, EAN, 款号) is neither a phone nor a card.

    Args:
        text: Any text; everything else in it stays unchanged.
        key: The secret key of the shop; at least one byte.
        kinds: Which of :data:`KINDS` to replace; None: all.
        product_numbers: Digits of the catalogue's product numbers, which are neither phones nor cards.

    Raises:
        ValueError: the key is empty.

    >>> mask("打我电话 138 1234 5678", b"key").text
    '打我电话 ⟨phone:51b4b2ae⟩'
    """
    if not key:
        raise ValueError("a pseudonym without a key hides nothing: give at least one byte")
    return _replaced(text, lambda kind, plain: _pseudonym(kind, plain, key), kinds, product_numbers)


def redact(
    text: str, *, kinds: Collection[str] | None = None, product_numbers: Collection[str] = ()
) -> Masked:
    """Mask like :func:`mask`, without a key: only the kind remains, so two values of a kind look the same.

    >>> redact("打我电话 138 1234 5678").text
    '打我电话 ⟨phone⟩'
    """
    return _replaced(text, lambda kind, _: f"⟨{kind}⟩", kinds, product_numbers)


def _replaced(
    text: str,
    replacement: Callable[[str, str], str],
    wanted: Collection[str] | None,
    product_numbers: Collection[str],
) -> Masked:
    kinds: list[str] = []
    # A pseudonym is a new boundary: text next to it may now match. So repeat until nothing is found.
    for n_passes in count():
        found = [x for x in find(text, product_numbers) if wanted is None or x[0] in wanted]
        if not found:
            break
        if n_passes == _MOST_PASSES:
            text = _TOO_MANY  # an adversarial text: drop all of it
            break
        pieces, at = [], 0
        for kind, datum in found:
            pieces += [text[at : datum.start], replacement(kind, datum.key)]
            at = datum.end
            kinds.append(kind)
        text = "".join(pieces) + text[at:]
    return Masked(text, tuple(kinds))


def find(text: str, product_numbers: Collection[str] = ()) -> list[tuple[str, PersonalDatum]]:
    """Personal data as (kind, span), left to right; pseudonyms and numbers of goods are skipped."""
    narrow = narrowed(text)
    claimed = TakenSpans()
    for match in PSEUDONYM.finditer(narrow):
        claimed.claim(*match.span())
    found = [
        (kind, datum)
        for kind, detect in KINDS.items()
        for datum in claimed.first(detect(narrow))
        if kind not in _LIKE_GOODS or not _is_of_goods(narrow, datum, product_numbers)
    ]
    return sorted(found, key=lambda pair: pair[1].start)


_LIKE_GOODS = frozenset(("phone", "card"))


def _is_of_goods(narrow: str, datum: PersonalDatum, product_numbers: Collection[str]) -> bool:
    if is_product_number(narrow, datum.start):
        return True
    digits = re.sub(r"\D", "", narrow[datum.start : datum.end])
    return bool(product_numbers) and digits in product_numbers


def _pseudonym(kind: str, plain: str, key: bytes) -> str:
    digest = hmac.new(key, f"{kind}:{plain}".encode(), hashlib.sha256).hexdigest()
    return f"⟨{kind}:{digest[:8]}⟩"


def _detector(pattern: re.Pattern[str], key_of: Callable[[str], str | None]) -> Detector:
    def detect(text: str) -> Iterator[PersonalDatum]:
        for match in pattern.finditer(text):
            if (key := key_of(match.group())) is not None:
                yield PersonalDatum(match.start(), match.end(), key)

    return detect


def _resident_ids(text: str) -> Iterator[PersonalDatum]:
    """Ids with a right checksum; a label may touch them."""
    for match in _RESIDENT_ID.finditer(text):
        plain = re.sub(r"[ -]", "", match["id"]).upper()
        if is_resident_id(plain):
            yield PersonalDatum(match.start("id"), match.end("id"), plain)


def _card(found: str) -> str | None:
    plain = re.sub(r"[ -]", "", found)
    return plain if is_card(plain) else None


KINDS: dict[str, Detector] = {
    "secret": find_secrets,
    "email": find_emails,
    "device": find_devices,
    "resident_id": _resident_ids,
    "document": find_documents,
    "order_number": find_orders,
    "card": _detector(_CARD, _card),
    "account": lambda text: chain(find_accounts(text), find_wallets(text)),
    "phone": lambda text: chain(find_phones(text), find_odd_phones(text)),
    "messenger": find_messengers,
    "address": lambda text: chain(find_addresses(text), find_places(text)),
    "plate": find_plates,
    "name": find_names,
}
"""In order of priority, where finds overlap: a resident id may look like a card, a labelled order number
like both, and all of them contain what looks like a phone number."""
