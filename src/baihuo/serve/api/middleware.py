"""The middleware of every request: limits of size, counts and times."""

from __future__ import annotations

import time

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from baihuo.core import ShopError
from baihuo.monitor import Metrics
from baihuo.serve.api.limits import MAX_ADDRESS_BYTES, AddressTooLong, limits_of, require_bytes

_MAX_PATH = 100  # characters of a too long path that error pages see


class RequestMiddleware:
    """Counts requests, and refuses long addresses and large bodies before they are read."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_body_bytes: int) -> None:
        self._app, self._metrics, self._max_body_bytes = app, metrics, max_body_bytes

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
            max_bytes = min(self._max_body_bytes, limits_of(scope["path"]).max_bytes)
            try:
                _require_address(scope)
                require_bytes(_declared_bytes(scope), max_bytes)
            except ShopError as error:
                await _refuse(error, scope, receive, counting_send)
            else:
                await self._app(scope, _LimitedReceive(receive, max_bytes), counting_send)
        finally:
            route = getattr(scope.get("route"), "path", "(none)")
            method = scope["method"] if route != "(none)" else "-"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - start)


async def _refuse(error: ShopError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by the error handler of the application, so that browsers get a page. The path is cut short."""
    short = {**scope, "path": scope["path"][:_MAX_PATH], "raw_path": b"", "query_string": b""}
    response = await scope["app"].exception_handlers[ShopError](Request(short), error)
    response.headers["Connection"] = "close"  # the rest of the body is not read
    await response(scope, receive, send)


class _LimitedReceive:
    """Limits the bytes of a body that does not declare its length."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive, self._max_bytes, self._n_bytes = receive, max_bytes, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            require_bytes(self._n_bytes, self._max_bytes)
        return message


def _require_address(scope: Scope) -> None:
    n_bytes = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if n_bytes > MAX_ADDRESS_BYTES:
        raise AddressTooLong(
            f"the address is longer than {MAX_ADDRESS_BYTES:,} bytes",
            fix="send fewer or shorter parameters, or send the search as a body: POST /v1/search",
        )


def _declared_bytes(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared) if declared.isdigit() else 0
