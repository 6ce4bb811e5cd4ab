"""Around every request: its size, its time, its outcome."""

from __future__ import annotations

import time

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from baihuo.core import ShopError
from baihuo.monitor.metrics import Metrics
from baihuo.serve.api.limits import MAX_ADDRESS_BYTES, AddressTooLong, limits_of, require_bytes

_SHOWN = 100  # characters of a path that is too long


class RequestMiddleware:
    """Counts requests, and refuses long addresses and large bodies before they are read."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_body_bytes: int) -> None:
        self._app, self._metrics, self._max = app, metrics, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def counting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            most = min(self._max, limits_of(scope["path"]).max_bytes)
            try:
                _require_address(scope)
                require_bytes(_declared_bytes(scope), most)
            except ShopError as error:
                await _refuse(error, scope, receive, counting_send)
            else:
                await self._app(scope, _Bounded(receive, most), counting_send)
        finally:
            route = getattr(scope.get("route"), "path", "(none)")
            method = scope["method"] if route != "(none)" else "-"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - start)


async def _refuse(error: ShopError, scope: Scope, receive: Receive, send: Send) -> None:
    """By the application's own handler, so that people see a page; the long address is not repeated."""
    short = {**scope, "path": scope["path"][:_SHOWN], "raw_path": b"", "query_string": b""}
    answer = await scope["app"].exception_handlers[ShopError](Request(short), error)
    answer.headers["Connection"] = "close"  # the rest of the body is not read
    await answer(scope, receive, send)


class _Bounded:
    """Counts what comes in, for bodies that do not say their size."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._n_bytes = receive, most, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            require_bytes(self._n_bytes, self._most)
        return message


def _require_address(scope: Scope) -> None:
    n_bytes = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if n_bytes > MAX_ADDRESS_BYTES:
        raise AddressTooLong(
            f"the address is longer than {MAX_ADDRESS_BYTES:,} bytes",
            fix="send fewer or shorter parameters; searches may be sent as a body: POST /v1/search",
        )


def _declared_bytes(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared) if declared.isdigit() else 0
