"""Passwords: hashing, comparison, and rules."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from baihuo.core import BadInput

MIN_CHARACTERS = 15  # of a password without a second factor: NIST SP 800-63B-4, section 3.1.1.2
MAX_CHARACTERS = 256
_MIN_DISTINCT = 6
_FIX = "take four or five words that do not belong together, or let a password manager make one"
_MIN_NAME = 5  # a shorter name is part of many words
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)


class Passwords:
    """Hashes with argon2id, with the parameters that the library recommends (RFC 9106, section 4, second choice: 64 MiB,
    three passes, four lanes; about 0.05 to 0.2 s).

    A hash names its parameters. Those of an earlier version are still compared, and :meth:`is_outdated` says so.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Return a password's hash."""
        return self._hasher.hash(_normal(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Return whether it is the password of this hash.

        Args:
            password_hash: None: no such account. Takes as long, and is never true, so that timing does not reveal accounts.
        """
        try:
            self._hasher.verify(password_hash or self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Return whether its parameters are outdated."""
        return self._hasher.check_needs_rehash(password_hash)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


class WeakPassword(BadInput):
    """A weak password."""

    def __init__(self, reason: str, what: str, *, fix: str = _FIX) -> None:
        super().__init__(f"this password cannot be used: {what}", fix=fix)
        self.reason = reason  # a stable code, for pages in other languages


def require_good_password(password: str, *, name: str) -> None:
    """Refuse weak passwords. Length counts; mixed kinds of characters are not required. Args: name: Of the account; a password with it is
    refused. Raises: WeakPassword: with the fix.
    """
    text = _normal(password).lower()
    if len(text) < MIN_CHARACTERS:
        what = f"it has {len(text)} characters, and needs {MIN_CHARACTERS}"
        raise WeakPassword("too_short", what)
    if len(text) > MAX_CHARACTERS:
        raise WeakPassword("too_long", f"it has more than {MAX_CHARACTERS} characters")
    if len(set(text)) < _MIN_DISTINCT or _is_repeated(text):
        raise WeakPassword("repeats", "it repeats a few characters")
    if any(text in run * 4 or text in (run * 4)[::-1] for run in _RUNS):
        raise WeakPassword("run", "it is a run of neighbouring keys, letters or digits")
    if len(name) >= _MIN_NAME and name.lower() in text:
        raise WeakPassword("has_name", "it contains the account name")


def require_same_password(password: str, again: str) -> None:
    """Require equal passwords.

    Raises:
        WeakPassword: the two differ.
    """
    if password != again:
        raise WeakPassword("differ", "the two passwords differ", fix="type the same password twice")


def _normal(password: str) -> str:
    """Normalise characters composed differently by keyboards (NIST SP 800-63B-4)."""
    return unicodedata.normalize("NFKC", password)


def _is_repeated(text: str) -> bool:
    """Return whether it repeats a shorter text."""
    return text in (text + text)[1:-1]
