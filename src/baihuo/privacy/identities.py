"""Ids that become pseudonyms on entry: of visitors, sessions and orders."""

from __future__ import annotations

import hmac
import re
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.privacy.personal_ids import (
    CANDIDATE,
    PERSONAL_NUMBER,
    PLAIN_NUMBER,
    is_personal_id,
)

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
