"""Ids that become pseudonyms on entry: of visitors, sessions and orders."""

from __future__ import annotations

import hmac
import re
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.privacy.documents import is_card, is_resident_id
from baihuo.privacy.found import narrowed
from baihuo.privacy.masking import KINDS, SUSPECTS, mask
from baihuo.privacy.messengers import HIDDEN
from baihuo.privacy.phones import AREA

# Masks whole columns: a fast pre-filter skips texts without personal data, which are most.


class ColumnMask:
    """Masks columns of text with the key of a shop; see :func:`column_mask`."""

    def __init__(self, key: bytes, ids: IdMode) -> None:
        mask("", key)
        self._key, self._identities = key, Identities(key, ids)

    def __call__(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The column with each text masked."""
        suspect = _suspect(column)
        if not pc.any(suspect).as_py():
            return column
        texts = [mask(t, self._key).text for t in column.filter(suspect).to_pylist()]
        flat = pa.chunked_array(column.chunks, type=column.type).combine_chunks()
        flags = pa.chunked_array(suspect.chunks, type=pa.bool_()).combine_chunks()
        return pa.chunked_array([pc.replace_with_mask(flat, flags, pa.array(texts, flat.type))])

    @property
    def identities(self) -> Identities:
        """Pseudonymises ids on entry."""
        return self._identities


def column_mask(key: bytes, ids: IdMode = "plain") -> ColumnMask:
    """A function that masks a column of text as :func:`baihuo.privacy.mask` masks one text.

    Args:
        ids: Which ids become pseudonyms where a whole table is imported; see ``Identities``.

    Raises:
        ValueError: the key is empty.
    """
    return ColumnMask(key, ids)


def _suspect(column: pa.ChunkedArray) -> pa.ChunkedArray:
    suspect = pc.match_substring_regex(column, SUSPECTS[0])
    for pattern in SUSPECTS[1:]:
        suspect = pc.or_(suspect, pc.match_substring_regex(column, pattern))
    return pc.fill_null(suspect, False)


IdMode: TypeAlias = Literal["plain", "hmac"]
_PREFIX = "hmac-"
_PSEUDONYM = re.compile(r"hmac-[0-9a-f]{32}")


class Identities:
    """Pseudonyms of ids: ``hmac-`` and 128 bits of HMAC-SHA256 (RFC 2104) in hexadecimal.

    Stable, so that a visitor stays the same one; without the key, pseudonyms cannot be tested against a list of addresses. Pseudonyms stay
    unchanged when masked again.
    """

    def __init__(self, key: bytes, mode: IdMode = "plain") -> None:
        """
        Args:
            key: The secret key of the shop; at least one byte.
            mode: ``hmac``: every id becomes a pseudonym; ``plain``: only one that is personal (:func:`is_personal_id`).

        Raises:
            ValueError: the key is empty.
        """
        if not key:
            raise ValueError("a pseudonym without a key hides nothing: give at least one byte")
        self._key, self.mode = key, mode

    def of(self, given: str) -> str:
        """Return the stored form of an id of a visitor, a session or an order.

        >>> Identities(b"key").of("account-17"), Identities(b"key").of("anna@mail.com")
        ('account-17', 'hmac-90caf22bdf1fc1c59ee70e2332ff171f')
        """
        if self.mode == "hmac":
            return given if _PSEUDONYM.fullmatch(given) else self._made(given)
        return self.unless_plain(given)

    def unless_plain(self, given: str) -> str:
        """Return the stored form of an id of no person, such as an event's: a pseudonym if it is personal."""
        return self._made(given) if is_personal_id(given) else given

    def column(self, column: pa.ChunkedArray, *, names_person: bool = True) -> pa.ChunkedArray:
        """Pseudonymise a column of ids, each distinct id once.

        Args:
            column: Texts, with or without codes; the result is of the same type.
            names_person: Whether they are ids of visitors, sessions or orders.
        """
        has_codes = pa.types.is_dictionary(column.type)
        has_pseudonyms = names_person and self.mode == "hmac"
        if not has_codes and not has_pseudonyms and not pc.any(_may_be_personal(column)).as_py():
            return column  # most columns, without a dictionary
        whole = column.combine_chunks()
        coded = whole if has_codes else whole.dictionary_encode()
        ids = coded.dictionary
        if has_pseudonyms:
            ids = pa.array([self.of(given) for given in ids.to_pylist()], ids.type)
        else:
            may_be = _may_be_personal(ids)
            if not pc.any(may_be).as_py():
                return column
            made = [self.unless_plain(given) for given in ids.filter(may_be).to_pylist()]
            ids = pc.replace_with_mask(ids, may_be, pa.array(made, ids.type))
        if has_codes:
            new = pa.DictionaryArray.from_arrays(coded.indices, ids)
            return pa.chunked_array([new])
        return pa.chunked_array([ids.take(coded.indices)], type=column.type)

    def _made(self, given: str) -> str:
        return _PREFIX + hmac.digest(self._key, b"id:" + given.encode(), "sha256").hex()[:32]


def _may_be_personal(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return which ids may be personal: a full check costs 50 times as much."""
    may_be = pc.match_substring_regex(ids, CANDIDATE)
    if not pc.any(may_be).as_py():
        return may_be
    is_other = pc.and_not(
        pc.match_substring_regex(ids, PLAIN_NUMBER), pc.match_substring_regex(ids, PERSONAL_NUMBER)
    )
    return pc.and_not(may_be, is_other)


# Detect personal ids: those that contain an e-mail address, or are a phone number, a resident id or a card.
#
# A search for phone numbers inside of ids finds them by chance: in 3 of 100 random ids of 16 to 18 digits, and in order numbers such as
# ``522-2913118-7932495``. So a number has to be the whole id, except for a word before it, in a usual format.


_DIGIT = "[0-9０-９]"
_BETWEEN = "[ \u00a0\u3000.．()（）–—－-]{0,3}"
_AFTER_WORD = "[ \u00a0\u3000:：=._/#＃．－–—-]"
CANDIDATE = (
    # characters of an address, or a line with at most one word before 9 to 19 digits with few separators, and an X
    f"[@＠]|%40|{HIDDEN}|(?m:^)[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ一-鿿\\n]{{0,20}}"
    f"(?:[A-Za-zＡ-Ｚａ-ｚ]{{1,12}}{_AFTER_WORD}{{1,2}}|[一-鿿]{{1,6}}{_AFTER_WORD}{{0,2}})?"
    f"[+＋(（]?{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{8,18}}[XxＸｘ]?[^0-9A-Za-z０-９\\n]{{0,4}}(?m:$)"
)
"""For RE2 and Python: matches every personal id, and others."""
PLAIN_NUMBER = "^[0-9]+$"
PERSONAL_NUMBER = (
    # mobile phones of China and Britain, cards, resident ids
    "^(?:(?:(?:00)?86)?1[3-9][0-9]{9}|(?:0044|0)7[1-57-9][0-9]{8}"
    "|[3-6][0-9]{15}|[0-9]{6}(?:19|20)[0-9]{10})$"
)
"""For RE2 and Python: matches every personal id that matches :data:`PLAIN_NUMBER`, and others."""
_CANDIDATE = re.compile(CANDIDATE)
_ADDRESS = re.compile(f"@|%40|{HIDDEN}")  # without it, a text has no address
_WHOLE = re.compile(
    r"(?:[A-Za-z]{1,12}[ :=._/#-] ?|[一-鿿]{1,6}[ :=._/#-]? ?)?(?P<number>[+(]?\d[\d ().-]*[\dXx])",
    re.ASCII,
)
_PHONE = re.compile(
    r"(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?P<gap>[ .-]?)\d{4}(?P=gap)\d{4}"  # mainland China, mobile
    rf"|(?:\({AREA}\) ?|{AREA}[ -])[2-8]\d{{2,3}}[ -]?\d{{4}}"  # with an area code
    r"|(?:(?:\+|00)44[ -]?(?:\(0\) ?)?|0)7[1-57-9]\d{2}[ -]?\d{3}[ -]?\d{3}"  # Britain, mobile
    r"|(?:(?:\+|00)?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}"  # North America
    r"|\+[1-9](?:[ ().-]{0,2}\d){8,14}",  # any with its country code
    re.ASCII,
)
_SERVICE = re.compile(r"(?:\+?1[ .-])?\(?(?:400|8(?:00|33|44|55|66|77|88))\)?[ .-]")
# A card as it is printed, or 16 digits. 15 or 19 in a row are too often something else: Snowflake ids and orders have 19.
_CARD = re.compile(
    r"[3-6]\d{15}|[3-6]\d{3}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}(?:(?P=gap)\d{3})?",
    re.ASCII,
)
_RESIDENT_ID = re.compile(r"\d{6}[ -]?(?:19|20)\d{6}[ -]?\d{3}[\dXx]", re.ASCII)


def may_be_personal(ids: str) -> bool:
    """Whether an id may be personal; False is sure. Checks several ids together, a line each."""
    return _CANDIDATE.search(ids) is not None


def is_personal_id(text: str) -> bool:
    """Return whether an id contains an e-mail address, or is a phone number, a resident id or a card. One word and one separator may
    precede a number.

    >>> [is_personal_id(text) for text in ("wx_13800138000", "tel:+86 138 0013 8000", "17-13800138000", "u:anna@mail.com")]
    [True, True, False, True]
    """
    if not may_be_personal(text):
        return False
    narrow = narrowed(text).strip()
    if _ADDRESS.search(narrow) and any(True for _ in KINDS["email"](narrow)):
        return True
    whole = _WHOLE.fullmatch(narrow)
    return whole is not None and _is_personal_number(whole["number"])


def _is_personal_number(number: str) -> bool:
    if _PHONE.fullmatch(number):
        return _SERVICE.match(number) is None
    plain = re.sub("[ -]", "", number).upper()
    if _CARD.fullmatch(number):
        return is_card(plain)
    return _RESIDENT_ID.fullmatch(number) is not None and is_resident_id(plain)
