"""Comparing passwords: in one thread of low priority, few at a time, so that a flood of logins holds no page."""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from baihuo.access import Account, Passwords
from baihuo.core import ShopError
from baihuo.serve.api.access import Access
from baihuo.serve.ids import now_us
from baihuo.serve.traffic.guard import Overloaded

_MAX_WAITING = 16  # about two seconds of work
_NICE, _NICEST = 10, 19
_REFUSED_EVERY_US = 60_000_000  # an entry a minute: a flood of guesses must not fill the audit log
_Result = TypeVar("_Result")


class WrongLogin(ShopError):
    """Name and password do not belong together; the same answer whether there is such an account or not."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "name and password do not belong to an account that may log in",
            fix="type both again; who forgot the password asks for a link: baihuo accounts password NAME --invite",
        )


class TooManyLogins(ShopError):
    """Too many attempts failed; the next may be made after a while."""

    status = 429

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "too many attempts to log in failed",
            fix="try again after the seconds that Retry-After says",
        )
        self.retry_after_s = max(1, math.ceil(wait_s))


class Logins:
    """Compares and hashes passwords for one worker process.

    argon2 is made to cost much: 64 MiB and a good part of a second of CPU. So at most one runs in a worker at a time, in a
    thread that gives way to pages (its lanes inherit that), and beyond a few that wait logins get a 503.
    """

    def __init__(self, passwords: Passwords | None = None) -> None:
        self._passwords = passwords or Passwords()
        self._executor: ThreadPoolExecutor | None = None
        self._n_waiting = 0
        self._refused_at_us, self._n_refused = 0, 0

    async def log_in(
        self, access: Access, *, name: str, password: str, address: str, agent: str
    ) -> str:
        """The token of a new session.

        Raises:
            WrongLogin: name and password do not belong together, or the account is disabled.
            TooManyLogins: the name or the address has to wait.
            Overloaded: too many wait for their turn.
        """
        return await self._run(lambda: self._log_in(access, name, password, address, agent))

    async def check(self, access: Access, *, name: str, password: str, address: str) -> None:
        """Compare the password of somebody who is logged in, within the same limits.

        Raises:
            WrongLogin: it is not theirs.
            TooManyLogins: too many attempts failed.
            Overloaded: too many wait for their turn.
        """
        await self._run(lambda: self._checked(access, name, password, address))

    async def hash(self, password: str) -> str:
        """What is kept of a password.

        Raises:
            Overloaded: too many wait for their turn.
        """
        return await self._run(lambda: self._passwords.hash(password))

    def close(self) -> None:
        """Compare nothing that still waits."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    async def _run(self, function: Callable[[], _Result]) -> _Result:
        if self._n_waiting >= _MAX_WAITING:
            raise Overloaded("too many people log in at once")
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "baihuo-login", initializer=_give_way)
        self._n_waiting += 1
        try:
            return await asyncio.wrap_future(self._executor.submit(function))
        finally:
            self._n_waiting -= 1

    def _log_in(self, access: Access, name: str, password: str, address: str, agent: str) -> str:
        account = self._checked(access, name, password, address)
        token = access.people.sessions.start(account, at_us=now_us(), address=address, agent=agent)
        access.record("login", actor=account.actor, subject=account.name)
        return token

    def _checked(self, access: Access, name: str, password: str, address: str) -> Account:
        people, at_us = access.people, now_us()
        if wait_s := people.limits.attempt(name, address, at_us=at_us):
            self._record_refusal(access, people.accounts.find(name), at_us)
            raise TooManyLogins(wait_s)
        found = people.accounts.find(name)
        may_log_in = found is not None and found[0].state == "active"
        password_hash = found[1] if found is not None and may_log_in else None
        if not self._passwords.matches(password_hash, password) or found is None:
            self._record_refusal(access, found, at_us)
            raise WrongLogin
        account = found[0]
        people.limits.succeeded(account.account_id, name, address, at_us=at_us)
        if password_hash and self._passwords.is_outdated(password_hash):
            people.accounts.rehash(
                account.account_id, password_hash, self._passwords.hash(password)
            )
        return account

    def _record_refusal(
        self, access: Access, found: tuple[Account, str | None] | None, at_us: int
    ) -> None:
        """The first of each minute, with the number since the last entry. A name that is no account may be a password: it is left out."""
        self._n_refused += 1
        if not 0 <= at_us - self._refused_at_us <= _REFUSED_EVERY_US:
            detail = {"n": self._n_refused}
            self._refused_at_us, self._n_refused = at_us, 0
            subject = found[0].name if found else ""
            access.record("login.refuse", actor="unknown", subject=subject, detail=detail)


def _give_way() -> None:
    """Lower the priority of this thread alone (Linux); the threads that it starts have the same."""
    with suppress(OSError, AttributeError):
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(now + _NICE, _NICEST))
