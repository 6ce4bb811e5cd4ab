"""Around every request: its size, its time, its outcome."""

from __future__ import annotations

import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from baihuo.monitor.metrics import Metrics
from baihuo.serve.problems import problem


class Observed:
    """Counts requests, and refuses bodies above ``max_body_bytes`` before they are read."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_body_bytes: int) -> None:
        self._app, self._metrics, self._max = app, metrics, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if _declared_bytes(scope) > self._max:
                await self._refuse(scope, receive, observed_send)
            else:
                await self._app(scope, _Bounded(receive, self._max), observed_send)
        finally:
            route = getattr(scope.get("route"), "path", "(none)")
            method = scope["method"] if route != "(none)" else "-"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - start)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem(
            Request(scope),
            413,
            kind="too-large",
            detail=f"the body is larger than {self._max // 2**20} MB",
            fix="send smaller batches",
            headers={"Connection": "close"},  # the rest of the body is not read
        )
        await answer(scope, receive, send)


class _Bounded:
    """Counts what comes in, for bodies that do not say their size."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, "the body is larger than this server takes")
        return message


def _declared_bytes(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared) if declared.isdigit() else 0
