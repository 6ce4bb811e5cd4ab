"""Signed visitor ids: only the token's holder is the visitor; guessed ids are invalid."""

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
    The storefront gives one to any browser; those requested by the shop's server have another signature.
    """

    def __init__(self, key: bytes) -> None:
        self._signer, self._server_signer = (
            Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
            for salt in ("baihuo.visitor", "baihuo.visitor.server")
        )

    @classmethod
    def of(cls, key_file: Path) -> VisitorTokens:
        """Open with the key file, which is created if missing, readable by its owner only."""
        return cls(secret_file(key_file, lambda: secrets.token_bytes(32)))

    def sign(self, visitor_id: str, *, for_server: bool = False) -> str:
        """Sign a visitor id.

        Args:
            for_server: The shop's server requested it, with a key.

        Raises:
            BadInput: the id has more than :data:`MAX_SIGNED_ID` characters.
        """
        if len(visitor_id) > MAX_SIGNED_ID:
            raise BadInput(
                f"the visitor id has {len(visitor_id):,} characters",
                fix=f"sign ids of at most {MAX_SIGNED_ID} characters",
            )
        signer = self._server_signer if for_server else self._signer
        return signer.sign(visitor_id).decode()

    def read(self, token: str) -> str | None:
        """Return the visitor id of a token; None if not of this shop. Only one spelling is valid: base64 ignores bits of its last
        character, and other spellings would evade the limits by visitor.
        """
        own = _read(self._signer, token)
        return _read(self._server_signer, token) if own is None else own

    def is_of_server(self, token: str) -> bool:
        """Return whether the shop's server requested this token; False for tokens of earlier versions."""
        return _read(self._server_signer, token) is not None


def _read(signer: Signer, token: str) -> str | None:
    try:
        visitor_id = signer.unsign(token).decode()
    except (BadSignature, UnicodeError):
        return None
    return visitor_id if signer.sign(visitor_id).decode() == token else None
