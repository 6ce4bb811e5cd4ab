"""Signed visitor ids: who has the token is the visitor, and an id that was guessed is nobody's."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from itsdangerous import BadSignature, Signer

from baihuo.core import BadInput, secret_file

MAX_SIGNED_ID = 200  # characters of a visitor id that is signed; an id over HTTP has at most 256, the signature included


class VisitorTokens:
    """Signs visitor ids with the key of a shop: ``id.signature``, HMAC-SHA256 (RFC 2104).

    A token does not expire: it is as long-lived as the cookie that holds it. A new key file makes all of them invalid.
    """

    def __init__(self, key: bytes) -> None:
        self._signer = Signer(
            key, salt="baihuo.visitor", key_derivation="hmac", digest_method=hashlib.sha256
        )

    @classmethod
    def of(cls, key_file: Path) -> VisitorTokens:
        """With the key in the file, which is made the first time, readable by its owner only."""
        return cls(secret_file(key_file, lambda: secrets.token_bytes(32)))

    def sign(self, visitor_id: str) -> str:
        """The token of a visitor.

        Raises:
            BadInput: the id has more than :data:`MAX_SIGNED_ID` characters.
        """
        if len(visitor_id) > MAX_SIGNED_ID:
            raise BadInput(
                f"the visitor id has {len(visitor_id):,} characters",
                fix=f"sign ids of at most {MAX_SIGNED_ID} characters",
            )
        return self._signer.sign(visitor_id).decode()

    def read(self, token: str) -> str | None:
        """The visitor id of a token; None where it is no token of this shop.

        A token has one spelling: base64 leaves bits of its last character open, and each spelling would count as
        another client of the limits by visitor.
        """
        try:
            visitor_id = self._signer.unsign(token).decode()
        except (BadSignature, UnicodeError):
            return None
        return visitor_id if self._signer.sign(visitor_id).decode() == token else None
