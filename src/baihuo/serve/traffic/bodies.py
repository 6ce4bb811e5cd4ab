"""Bodies of requests: read whole, within a size, a time and a memory for all of them, before anything else happens."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from baihuo.core import ShopError
from baihuo.serve.traffic.guard import Admission, Overloaded
from baihuo.serve.traffic.settings import AdmissionSettings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
_STRING = re.compile(
    rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL
)  # to the end where it is not closed: linear in any text
_ONE_BY_ONE = AdmissionSettings(max_waiting=1_000, max_wait_ms=30_000, cheap_from=0)
_SMALL_BYTES, _LARGE_BYTES = 2**16, 2**18


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """Limits of the body of one endpoint.

    Bytes alone do not limit memory: a JSON value of two bytes takes about a hundred once it is parsed.
    """

    max_bytes: int
    max_values: int  # numbers, strings, objects and lists in the whole body
    max_items: int = 1_000  # of one list
    max_fields: int = 50  # of one object
    max_depth: int = 20


class TooLarge(ShopError):
    """A body beyond the limits of the endpoint."""

    status = 413


class TooSlow(ShopError):
    """A body that does not arrive in time."""

    status = 408


class ClientGone(Exception):
    """The client closed the connection before its body was complete, or before its answer was ready."""


class BodyMemory:
    """The bytes of large bodies that one worker holds. Small ones do not count: they get through whatever others send."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self.n_bytes = max_bytes, 0
        self._turns = Admission(_ONE_BY_ONE)

    def take(self, n_bytes: int) -> None:
        """Count bytes as held; :meth:`give_back` must follow.

        Raises:
            Overloaded: all large bodies together would be too large.
        """
        if self.n_bytes + n_bytes > self._max_bytes:
            raise Overloaded("the bodies of all requests together are too large at the moment")
        self.n_bytes += n_bytes

    async def turn(self) -> None:
        """Wait until this is the only large body that is parsed in a turn of the event loop."""
        await self._turns.enter()
        self._turns.leave()

    def give_back(self, n_bytes: int) -> None:
        """The request is answered."""
        self.n_bytes -= n_bytes


class Body:
    """The body of one request, which is read whole when it is first asked for. It is a ``receive`` of ASGI."""

    def __init__(
        self, receive: Receive, limits: BodyLimits, memory: BodyMemory, *, within_s: float
    ) -> None:
        self._receive, self._limits, self._memory, self._within_s = (
            receive,
            limits,
            memory,
            within_s,
        )
        self._content: bytes | None = None
        self._is_sent, self._n_held = False, 0

    async def __call__(self) -> Message:
        """The body as one message, then what the server says of the connection."""
        if self._is_sent:
            return await self._receive()
        try:
            content = await self.read()
        except ClientGone:
            return {"type": "http.disconnect"}
        self._is_sent, self._content = True, None
        return {"type": "http.request", "body": content, "more_body": False}

    async def read(self) -> bytes:
        """The whole body.

        Raises:
            TooLarge: more bytes, or surely more values, than the endpoint takes.
            TooSlow: it was not complete in time.
            Overloaded: there is no memory for it now.
            ClientGone: the connection was closed.
        """
        if self._content is None:
            try:
                async with asyncio.timeout(self._within_s):
                    content = await self._read()
            except TimeoutError:
                what = f"the body was not complete within {self._within_s:g} seconds"
                raise TooSlow(what, fix="send less at once") from None
            if len(content) > _SMALL_BYTES:
                await self._memory.turn()
            require_values(content, self._limits)
            self._content = content
        return self._content

    def close(self) -> None:
        """Give the memory back."""
        self._memory.give_back(self._n_held)
        self._n_held = 0

    async def _read(self) -> bytes:
        parts, n_bytes, is_more = list[bytes](), 0, True
        while is_more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ClientGone
            parts.append(message.get("body", b""))
            n_bytes += len(parts[-1])
            require_bytes(n_bytes, self._limits.max_bytes)
            if n_bytes > max(_SMALL_BYTES, self._n_held):
                self._memory.take(n_bytes - self._n_held)
                self._n_held = n_bytes
            is_more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def require_bytes(n_bytes: int, max_bytes: int) -> None:
    """Refuse a body of more than ``max_bytes``.

    Raises:
        TooLarge: names the limit.
    """
    if n_bytes > max_bytes:
        size = f"{max_bytes // 2**20} MB" if max_bytes >= 2**20 else f"{max_bytes // 2**10} kB"
        raise TooLarge(f"the body is larger than {size}", fix="send less, or in smaller batches")


def require_values(body: bytes, limits: BodyLimits) -> None:
    """Refuse a body with more values than the endpoint takes, without parsing it: two bytes take about a hundred once they are
    parsed.

    Raises:
        TooLarge: names the limit.
    """
    n_most = limits.max_values
    if _n_values(body) <= n_most:
        return
    # Texts may have commas and brackets, too. Where these or quotes are dense in a large body, it is not for texts: to leave out
    # millions of short ones would cost more than to parse them.
    is_dense = _n_values(body) > len(body) / 16 or body.count(b'"') > len(body) / 8
    is_large = len(body) > _LARGE_BYTES
    if (is_large and is_dense) or _n_values(_STRING.sub(b"", body)) > n_most:
        raise TooLarge(
            f"the body has more than {n_most:,} values", fix="send less, or in smaller batches"
        )


def _n_values(body: bytes) -> int:
    # A value follows a comma, a bracket that holds something, or the beginning.
    n_empty = body.count(b"[]") + body.count(b"{}")
    return 1 + body.count(b",") + body.count(b"[") + body.count(b"{") - n_empty
