"""Who may use an endpoint, and for which visitor: keys with scopes in the ``Authorization`` header, sessions of people whose
roles have the scope, and signed visitor ids.

A visitor id in a request is believed where it carries the shop's signature, where the request has a key of the right
scope, or where the shop says that ids are open. The storefront keeps the signed id of its visitors in a cookie.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import Scope as RequestScope

from baihuo.access import ApiKey, AuditLog, ConsoleSettings, KeyRing, Scope, VisitorTokens
from baihuo.core import CannotWrite, ShopError, ShopPaths
from baihuo.privacy import Identities, Pseudonyms
from baihuo.serve.api.people import CSRF_HEADER, People, Person
from baihuo.serve.ids import now_us

VISITOR_COOKIE = "visitor"
_LOG = logging.getLogger(__name__)
Caller: TypeAlias = ApiKey | Person
"""Who a request speaks for: a key, or a person who is logged in."""
_bearer = HTTPBearer(auto_error=False, description="A key that `baihuo keys create` printed")
_CALLER = "baihuo.caller"  # of a request's scope
_DAY_US = 86_400_000_000
_REFUSED_EVERY_US = 60_000_000  # an entry a minute: a flood of wrong keys must not fill the disk


class NotAllowed(ShopError):
    """The key is missing, wrong, expired or revoked."""

    status = 401


class Forbidden(ShopError):
    """The key is valid, and its scopes do not hold what the endpoint needs."""

    status = 403


class KeyNeeded(ShopError):
    """A proxy forwards requests of others to a shop that believes whatever it is sent, since no key was made yet."""

    status = 403


class Access:
    """The keys, the people and the audit log of a shop, open for one server process."""

    def __init__(
        self,
        shop: Path,
        visitors: Literal["auto", "signed", "open"] = "auto",
        identities: Identities | None = None,
        console: ConsoleSettings | None = None,
    ) -> None:
        """
        Args:
            identities: What ids of visitors become on entry; None: as a shop without settings does it.
        """
        paths = ShopPaths(shop)
        self.identities = identities or Pseudonyms.of(paths.mask_key_file).identities
        self.people = People(paths.accounts_file, console or ConsoleSettings())
        self.tokens = VisitorTokens.of(paths.visitor_key_file)
        self._visitors = visitors
        self._ring = KeyRing(paths.keys_file, paths.audit_file)
        self._audit = AuditLog(paths.audit_file)
        self._used_on: dict[str, int] = {}
        self._refused_at_us = 0
        self._n_refused = 0
        adopted = self._ring.adopt(paths.team_key_file, at_us=now_us())
        if adopted is not None:
            self.record("key.adopt", actor="system", subject=adopted.name)

    def find(self, request: Request) -> ApiKey | None:
        """The valid key of a request; None where it names none.

        Raises:
            NotAllowed: it names one that is not valid.
        """
        header = request.headers.get("authorization", "")
        if header.partition(" ")[0].lower() != "bearer":  # none, or one for a proxy in front of us
            return None
        at_us, key = now_us(), self.valid_key(header)
        if key is None:
            self._record_refusal(request, at_us)
            raise NotAllowed(
                "the key of this request is not valid: it may be misspelt, expired or revoked",
                fix="send `Authorization: Bearer KEY`; `baihuo keys list` shows which keys are valid",
            )
        self._record_use(key, at_us)
        return key

    def valid_key(self, header: str) -> ApiKey | None:
        """The key that an ``Authorization`` header holds; None where it is not valid, or of another scheme."""
        scheme, _, token = header.partition(" ")
        return self._ring.find(token.strip()) if scheme.lower() == "bearer" else None

    def require(self, request: Request, needed: Scope) -> Caller:
        """The key or the person of a request that may do what needs ``needed``. A key comes first.

        Raises:
            NotAllowed: it has no valid key, and nobody is logged in.
            Forbidden: the key has other scopes, or the role does not hold it.
            NotOurPage: somebody is logged in, and the request does not come from our pages.
        """
        caller = self.find(request) or self.people.acting(request)
        make = f"baihuo keys create NAME --scope {needed}"
        if caller is None:
            raise NotAllowed(
                f"this needs a key with the scope {needed}",
                fix=f"send `Authorization: Bearer KEY` with the key that `{make}` prints",
            )
        if not caller.allows(needed):
            fix = f"use a key of that scope: {make}"
            if isinstance(caller, Person):
                fix = f"ask for another role: baihuo accounts role {caller.name} ROLE"
            raise Forbidden(f"{caller.lacks}; this needs {needed}", fix=fix)
        return caller

    def is_open(self) -> bool:
        """Whether any visitor id is believed."""
        return self._visitors == "open" or (self._visitors == "auto" and not self._ring.has_made())

    def require_key_if_forwarded(self, scope: RequestScope) -> None:
        """Without a key a shop is for whoever sits at its machine, and a proxy lets others in.

        Raises:
            KeyNeeded: the request was forwarded, no key was ever made, and the settings do not say who is believed.
        """
        if self._visitors == "auto" and _is_forwarded(scope) and self.is_open():
            raise KeyNeeded(
                "this request came through a proxy, and the shop has no key yet: it believes everything that it is sent",
                fix="run on its machine: baihuo keys create NAME --scope admin; no restart is needed",
            )

    def sender(self, request: Request, needed: Scope) -> Sender:
        """For which visitors a request may speak.

        Args:
            needed: The scope that lets a key name any visitor.

        Raises:
            NotAllowed: the request has a key that is not valid.
        """
        caller: Caller | None = self.find(request)
        if caller is None and CSRF_HEADER in request.headers:  # else a person is a shopper here
            caller = self.people.acting(request)
        has_key, is_open = caller is not None and caller.allows(needed), self.is_open()
        return Sender(
            self,
            is_trusted=has_key or is_open,
            is_shop=has_key or (is_open and not _is_from_outside(request.scope)),
            needed=needed,
            cookie_id=self.cookie_visitor(request),
        )

    def cookie_visitor(self, request: Request) -> str | None:
        """The visitor of the storefront's cookie, as the shop stores the id; None without a valid one."""
        cookie = request.cookies.get(VISITOR_COOKIE, "")
        return self.signed_visitor(cookie) if cookie else None

    def signed_visitor(self, token: str) -> str | None:
        """The visitor of a token, as the shop stores the id; None where it is no token of this shop."""
        signed = self.tokens.read(token)
        return None if signed is None else self.identities.of(signed)

    def record(
        self,
        action: str,
        *,
        actor: str,
        subject: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Append to the audit log; on disk when it returns."""
        self._audit.append(action, actor=actor, at_us=now_us(), subject=subject, detail=detail)

    def close(self) -> None:
        """Close all files."""
        self.people.close()
        self._ring.close()
        self._audit.close()

    def _record_use(self, key: ApiKey, at_us: int) -> None:
        day = at_us // _DAY_US
        if self._used_on.get(key.key_id) != day:
            self._used_on[key.key_id] = day
            detail = {"key_id": key.key_id}
            try:
                self.record("key.use", actor=key.actor, subject=key.name, detail=detail)
            except CannotWrite as error:  # a full disk ends no search; its next use is tried again
                del self._used_on[key.key_id]
                _LOG.warning("the use of key %s is not in the audit log: %s", key.name, error.what)

    def _record_refusal(self, request: Request, at_us: int) -> None:
        self._n_refused += 1
        if at_us - self._refused_at_us > _REFUSED_EVERY_US:
            route = getattr(request.scope.get("route"), "path", "")
            detail = {"n": self._n_refused, "method": request.method, "path": route}
            self._refused_at_us = at_us
            with suppress(CannotWrite):  # they stay counted
                self.record("key.refuse", actor="unknown", detail=detail)
                self._n_refused = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a request: for which visitors it may speak."""

    access: Access
    is_trusted: bool  # for all visitors: it has a key, or the shop is open
    is_shop: (
        bool  # the same, but of an open shop only from its own machine: purchases, exports, erasure
    )
    needed: Scope  # what a key would need
    cookie_id: str | None  # the visitor of the storefront's cookie

    def visitor(self, given: str, *, is_whole: bool = False) -> str:
        """The visitor id that ``given`` stands for, as the shop stores it: a signed id, or an id of a trusted sender.

        Args:
            is_whole: Whether it is about all that is stored of the visitor: to read it, or to erase it.

        Raises:
            NotAllowed: it is not signed, and the sender is not trusted.
        """
        own = self.access.signed_visitor(given)
        if own is not None:
            return own
        if self.is_shop if is_whole else self.is_trusted:
            return self.access.identities.of(given)
        raise NotAllowed(UNSIGNED, fix=sign_fix(self.needed))


_FORWARDED = (b"forwarded", b"via", b"x-real-ip")


def _is_forwarded(scope: RequestScope) -> bool:
    """Whether a proxy says that it passes the request on (RFC 7239, RFC 9110, and the names from before them)."""
    for name, _ in scope["headers"]:
        if name in _FORWARDED or name.startswith(b"x-forwarded-"):
            return True
    return False


def _is_from_outside(scope: RequestScope) -> bool:
    """Whether a request comes from another machine."""
    if _is_forwarded(scope):
        return True
    try:
        return not ipaddress.ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:  # a Unix socket
        return False


UNSIGNED = "this visitor id is not signed, so anybody could have guessed it"


def sign_fix(needed: Scope) -> str:
    """How a request may name a visitor."""
    return (
        "send the token that POST /v1/visitors/token gives your server for the id, "
        f"or send a key with the scope {needed}; docs/access.md"
    )


class NeedsScope:
    """A dependency that requires a key of this scope, or a person whose role has it. ``StrictRoute`` asks it before the body is read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        """Who the request speaks for.

        Raises:
            NotAllowed: it has no valid key, and nobody is logged in.
            Forbidden: the scopes do not hold this one.
        """
        return self.require(request)

    def require(self, request: Request) -> Caller:
        """As a call; asked twice, it looks once."""
        caller: Caller | None = request.scope.get(_CALLER)
        if caller is None or not caller.allows(self.scope):
            caller = access_of(request).require(request, self.scope)
            request.scope[_CALLER] = caller
        return caller


def access_of(request: Request) -> Access:
    """The keys and the audit log of the application."""
    access: Access = request.app.state.access
    return access


def caller_of(request: Request) -> Caller:
    """Who a request speaks for, whose endpoint has :class:`NeedsScope`."""
    caller: Caller = request.scope[_CALLER]
    return caller


def require_own_name(request: Request, name: str) -> None:
    """Who is logged in judges and decides under their own name. A key speaks for whom it names.

    Raises:
        Forbidden: it is another name.
    """
    caller = caller_of(request)
    if isinstance(caller, Person) and name != caller.name:
        raise Forbidden(
            f"{caller.name} is logged in, and cannot decide as {name[:80]!r}",
            fix=f"send {caller.name!r}",
        )


async def record_write(
    request: Request, action: str, *, subject: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """An entry of the audit log for what the caller of this request did; in a thread, since it waits for the disk."""
    actor = caller_of(request).actor
    await asyncio.to_thread(
        access_of(request).record, action, actor=actor, subject=subject, detail=detail
    )
