"""People who are logged in: the session in a cookie, and what protects it from pages of other sites.

A cookie is sent with requests that another site's page makes. So a session acts only where the browser says that the request
comes from our own pages (``Sec-Fetch-Site``, ``Origin``), and writes only with the token that our pages hold
(OWASP, Cross-Site Request Forgery Prevention: synchronizer token, Fetch Metadata).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from baihuo.access import (
    AccountsFile,
    AccountStore,
    ConsoleSettings,
    LoginLimits,
    Scope,
    Session,
    SessionStore,
)
from baihuo.core import ShopError
from baihuo.serve.ids import now_us

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SESSION_COOKIE = "baihuo-session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"same-origin", "none"})  # none: typed, or opened from a bookmark
_PORTS = {"http": 80, "https": 443}


class NotOurPage(ShopError):
    """A request of a session that does not come from our own pages, or does not show that it does."""

    status = 403


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    session: Session
    csrf: bytes  # what forms and scripts of our pages send with a write, masked

    @property
    def name(self) -> str:
        """The name of the account."""
        return self.session.account.name

    @property
    def actor(self) -> str:
        """Who acts, in the audit log."""
        return self.session.account.actor

    def allows(self, needed: Scope) -> bool:
        """Whether the role holds ``needed``."""
        return self.session.account.allows(needed)

    @property
    def lacks(self) -> str:
        """How a refusal begins."""
        return f"{self.name} has the role {self.session.account.role}"


class People:
    """Accounts, sessions and limits of a shop, open for one server process.

    Sessions are looked up in the event loop, by a connection of their own: what writes does so in threads, with another.
    """

    def __init__(self, file: Path, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._read, self._written = AccountsFile(file), AccountsFile(file)
        limits = {"idle_us": settings.idle_us, "most_us": settings.most_us}
        self._found = SessionStore(self._read, **limits)
        self._has_any = AccountStore(self._read).has_any
        self.accounts = AccountStore(self._written)
        self.sessions = SessionStore(self._written, **limits)
        self.limits = LoginLimits(self._written)

    def has_console(self) -> bool:
        """Whether there is anybody who could log in, and the settings want it."""
        return self._settings.enabled and self._has_any()

    def find(self, request: Request) -> Person | None:
        """Who is logged in in the browser of this request. It says nothing about which page sent it."""
        token = session_token(request)
        if not token or not self._settings.enabled:
            return None
        session = self._found.find(token, at_us=now_us())
        return None if session is None else Person(session, csrf_of(token))

    def acting(self, request: Request) -> Person | None:
        """Who is logged in, where the request comes from our own pages.

        Raises:
            NotOurPage: somebody is logged in, and the request comes from another site, or writes without the token.
        """
        person = self.find(request)
        if person is None:
            return None
        require_same_origin(request)
        if request.method not in _SAFE:
            require_csrf(request.headers.get(CSRF_HEADER, ""), person.csrf)
        return person

    def close(self) -> None:
        """Close the file."""
        self._read.close()
        self._written.close()


def csrf_of(secret: str) -> bytes:
    """What the tokens of forms are made of: it follows from the secret in a cookie that scripts cannot read."""
    return hmac.new(secret.encode(), b"baihuo.csrf", hashlib.sha256).digest()


def masked(csrf: bytes) -> str:
    """A token for one page: other characters each time, so that the sizes of compressed pages say nothing of it (BREACH)."""
    pad = secrets.token_bytes(len(csrf))
    return (pad + _xor(pad, csrf)).hex()


def require_csrf(given: str, expected: bytes) -> None:
    """Refuse a write that does not hold a token of its session.

    Raises:
        NotOurPage: ``given`` is not ``expected``, masked.
    """
    try:
        token = bytes.fromhex(given)
    except ValueError:
        token = b""
    half = len(expected)
    if not hmac.compare_digest(_xor(token[:half], token[half:]), expected):
        raise NotOurPage(
            "the request does not hold the token of its session",
            fix=f"open the page again, and send its form; scripts send the token as {CSRF_HEADER}",
        )


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


def require_same_origin(request: Request) -> None:
    """Refuse what a page of another site sent, as far as the browser says so.

    Raises:
        NotOurPage: it did.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if (site is not None and site not in _OURS) or (origin is not None and not _is_own(request)):
        raise NotOurPage(
            "the request comes from a page of another site",
            fix="send it from a page of this server; programs use a key: baihuo keys create",
        )


def _is_own(request: Request) -> bool:
    """Whether ``Origin`` is our own. Behind a proxy that ends TLS, and is not believed, it may say https where we see http."""
    try:
        origin, ours = urlsplit(request.headers["origin"]), urlsplit(f"//{request.headers['host']}")
        if origin.scheme not in _PORTS or not origin.hostname:
            return False
        is_downgrade = request.url.scheme == "https" and origin.scheme == "http"
        standard = _PORTS[origin.scheme]
        same_port = (origin.port or standard) == (ours.port or standard)
        return not is_downgrade and origin.hostname == ours.hostname and same_port
    except (KeyError, ValueError):
        return False


def cookie_name(request: Request, name: str) -> str:
    """The name of a cookie behind TLS has a prefix, with which no other host and no plain page can set it (RFC 6265bis)."""
    return f"__Host-{name}" if is_tls(request) else name


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """A cookie of the browser's session that scripts cannot read. An empty value deletes it."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=None if value else 0,
        path="/",
        httponly=True,
        secure=is_tls(request),
        samesite="lax",
    )


def session_token(request: Request) -> str:
    """The token of the session's cookie; empty without one."""
    return request.cookies.get(cookie_name(request, SESSION_COOKIE), "")


def is_tls(request: Request) -> bool:
    """Whether the browser speaks TLS to us, or to a proxy that we believe."""
    return request.url.scheme == "https"
