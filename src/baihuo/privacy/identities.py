"""Ids that become pseudonyms on entry: of visitors, sessions and orders."""

from __future__ import annotations

import hmac
import re
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.privacy.found import narrowed
from baihuo.privacy.masking import KINDS

IdMode: TypeAlias = Literal["plain", "hmac"]
_PREFIX = "hmac-"
_PSEUDONYM = re.compile(r"hmac-[0-9a-f]{32}")
_KINDS = ("email", "phone", "resident_id", "card")
_CANDIDATE = (  # of RE2 and of Python: an @, or nine digits that no letter goes on with, as in a hexadecimal id
    r"[@＠]|(?:^|[^0-9A-Za-z.])[0-9０-９](?:[ .()+－-]{0,2}[0-9０-９]){7,}[0-9０-９Xx](?:$|[^0-9A-Za-z])"
)
_MAY_BE_PERSONAL = re.compile(_CANDIDATE)


class Identities:
    """Pseudonyms of ids: ``hmac-`` and 128 bits of HMAC-SHA256 (RFC 2104) in hexadecimal.

    Stable, so that a visitor stays the same one; without the key nobody can test a pseudonym against a list of
    addresses. A pseudonym stands for itself: making one of it again changes nothing.
    """

    def __init__(self, key: bytes, mode: IdMode = "plain") -> None:
        """
        Args:
            key: The secret key of the shop; at least one byte.
            mode: ``hmac``: every id becomes a pseudonym; ``plain``: only one that looks personal.

        Raises:
            ValueError: the key is empty.
        """
        if not key:
            raise ValueError("a pseudonym without a key hides nothing: give at least one byte")
        self._key, self.mode = key, mode

    def of(self, given: str) -> str:
        """What is stored of the id of a visitor, a session or an order.

        >>> Identities(b"key").of("account-17"), Identities(b"key").of("anna@mail.com")
        ('account-17', 'hmac-90caf22bdf1fc1c59ee70e2332ff171f')
        """
        if self.mode == "hmac":
            return given if _PSEUDONYM.fullmatch(given) else self._made(given)
        return self.unless_plain(given)

    def unless_plain(self, given: str) -> str:
        """The same of an id that names no person, as of an event: a pseudonym where it looks personal."""
        return self._made(given) if is_personal_id(given) else given

    def column(self, column: pa.ChunkedArray, *, names_person: bool = True) -> pa.ChunkedArray:
        """A column of ids; each distinct id is looked at once.

        Args:
            names_person: Whether they are ids of visitors, sessions or orders.
        """
        coded = column.combine_chunks().dictionary_encode()
        ids = coded.dictionary
        if names_person and self.mode == "hmac":
            ids = pa.array([self.of(given) for given in ids.to_pylist()], column.type)
        else:
            may_be = pc.match_substring_regex(ids, _CANDIDATE)
            if not pc.any(may_be).as_py():
                return column
            made = [self.unless_plain(given) for given in ids.filter(may_be).to_pylist()]
            ids = pc.replace_with_mask(ids, may_be, pa.array(made, column.type))
        return pa.chunked_array([ids.take(coded.indices)], type=column.type)

    def _made(self, given: str) -> str:
        return _PREFIX + hmac.digest(self._key, b"id:" + given.encode(), "sha256").hex()[:32]


def may_be_personal(ids: str) -> bool:
    """Whether an id may look personal; False is sure. Several ids, a line each, are looked at together."""
    return _MAY_BE_PERSONAL.search(ids) is not None


def is_personal_id(text: str) -> bool:
    """Whether an id is or holds an e-mail address, a phone number, a card or a resident id."""
    if not may_be_personal(text) or _PSEUDONYM.fullmatch(text):
        return False
    narrow = narrowed(text)
    return any(True for kind in _KINDS for _ in KINDS[kind](narrow))
