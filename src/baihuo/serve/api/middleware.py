"""The middleware of every request: its limits, its turn, and its counts. What is refused here has cost next to nothing.

A worker answers in one thread, so a costly request delays all others.
"""

from __future__ import annotations

import re
import time
from itertools import chain
from typing import Any
from urllib.parse import unquote_plus

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from baihuo.core import ShopError
from baihuo.monitor import REQUEST_ID_HEADER, AccessLog, Metrics, request_id
from baihuo.serve.traffic.bodies import (
    Body,
    BodyLimits,
    BodyMemory,
    ClientGone,
    TooLarge,
    require_bytes,
)
from baihuo.serve.traffic.guard import Admission, Guard, RateClass
from baihuo.serve.traffic.settings import RequestLimits

_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})  # is asked for all the time: not logged
_VISITOR = re.compile(rb"(?:^|&)visitor_id=([^&]{1,768})")  # in an address
_COOKIE = re.compile(rb"(?:^|; )visitor=([^;]{1,256})")
_NO_SNIFF = (b"x-content-type-options", b"nosniff")
_NO_STORE = (b"cache-control", b"no-store")
_CLOSED = (
    "the handler is closed"  # what uvloop says of a connection that ended while its answer was made
)
_MAX_PATH = 100  # characters of a refused request's path that error pages see


class RequestMiddleware:
    """Refuses what is too large, too much or too fast, and lets pages in one by one. Health is always answered.

    HEAD is answered as GET without the body. Every answer has the id of its request, which is in the lines of the log, too.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        limits: RouteLimits,
        guard: Guard,
        access_log: AccessLog | None = None,
    ) -> None:
        self._app, self._metrics, self._limits, self._guard = app, metrics, limits, guard
        self._access_log = access_log
        self._memory = BodyMemory(guard.settings.limits.memory_mb * 2**20)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}  # the server itself looks at its own copy
        headers = dict(reversed(scope["headers"]))  # of a name that comes twice, the first counts
        answer = _Answer(
            send,
            is_head=is_head,
            is_api=scope["path"].startswith("/v1/"),
            request_id=request_id(headers.get(REQUEST_ID_HEADER)),
        )
        structlog.contextvars.bind_contextvars(request_id=answer.request_id)
        try:
            try:
                await self._limited(scope, receive, answer, headers)
            except ShopError as error:
                if answer.status is not None:
                    raise
                answer.refused = type(error).__name__
                self._metrics.refused.labels(answer.refused).inc()
                await _refuse(error, scope, receive, answer)
        except ClientGone:
            answer.status = answer.status or 499  # the client has gone
        finally:
            answer.end_turn()
            route = getattr(scope.get("route"), "path", "(none)")
            method = scope["method"] if route != "(none)" else "-"
            status = str(answer.status or 500)
            seconds = time.perf_counter() - start
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(seconds)
            if self._access_log is not None and not (scope["path"] in _WATCHED and status == "200"):
                self._access_log(
                    status=int(status),
                    method="HEAD" if is_head else scope["method"],
                    route=route,
                    ms=round(1000 * seconds, 1),
                    wait_ms=answer.wait_ms,
                    bytes=answer.n_bytes,
                    key=answer.key,
                    refused=answer.refused,
                )

    async def _limited(
        self, scope: Scope, receive: Receive, answer: _Answer, headers: dict[bytes, bytes]
    ) -> None:
        """Within the limits of size, rate and memory; a page also has to wait for its turn."""
        require_host(scope)
        self._limits.require_head(scope)
        path, method = scope["path"], scope["method"]
        kind, n = rate_of(method, path)
        if kind is RateClass.HEALTH:
            await self._app(scope, receive, answer)
            return
        # a turn of the chat may wait for a model, so it has a queue of its own; pages of the console wait for no turn
        is_page = path == "/" or path.startswith(PAGES)
        client, access = scope.get("client"), scope["app"].state.access
        if (given := headers.get(b"authorization")) is not None:
            key = access.valid_key(given.decode("latin-1"))
            answer.key = None if key is None else key.name
        self._guard.require_rate(
            client[0] if client else None,
            kind,
            visitor_id=_visitor_of(scope),
            key=answer.key,
            n=n,
        )
        access.require_key_if_forwarded(scope)
        body = None
        if method in WRITES:
            limits, declared = self._limits.of(path), headers.get(b"content-length", b"")
            is_number = declared.isdigit() and len(declared) < 20
            require_bytes(int(declared) if is_number else 0, limits.max_bytes)
            within_s = self._guard.settings.connections.body_s
            body = Body(receive, limits, self._memory, within_s=within_s)
        try:
            if is_page:
                if body is not None:
                    await body.read()  # a slow body must not hold the turn
                admission, start = self._guard.admission, time.perf_counter()
                await admission.enter()
                answer.turn_of = admission
                waited_s = time.perf_counter() - start
                answer.wait_ms = round(1000 * waited_s, 1)
                self._metrics.page_waits.observe(waited_s)
                self._metrics.waiting.set(admission.n_waiting)
            await self._app(scope, body or receive, answer)
        finally:
            if body is not None:
                body.close()


class _Answer:
    """``send`` of a request. With the first part of its answer the page is made, and the turn of the next one begins: a client
    that takes its time does not block other requests."""

    def __init__(self, send: Send, *, is_head: bool, is_api: bool, request_id: str) -> None:
        self._send, self._is_head, self._is_api = send, is_head, is_api
        self.request_id = request_id
        self.status: int | None = None
        self.n_bytes = 0  # of the body
        self.key: str | None = None  # the name of the valid key
        self.refused: str | None = None  # why nothing was done
        self.wait_ms: float | None = None  # of a page for its turn
        self.turn_of: Admission | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.end_turn()
            # The id of the request, and headers of safety that the answer does not set itself: one of the API may be of one visitor.
            names = {name.lower() for name, _ in message["headers"]}
            headers = [*message["headers"], (REQUEST_ID_HEADER, self.request_id.encode())]
            for header in (_NO_SNIFF, _NO_STORE) if self._is_api else (_NO_SNIFF,):
                if header[0] not in names:
                    headers.append(header)
            message = {**message, "headers": headers}
        elif self._is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        if message["type"] == "http.response.body":
            self.n_bytes += len(message.get("body", b""))
        try:
            await self._send(message)
        except RuntimeError as error:  # of uvloop; uvicorn hears of it a turn of the loop later
            if _CLOSED not in str(error):
                raise
            raise ClientGone from error

    def end_turn(self) -> None:
        """Let the next page begin, if this one has the turn."""
        if self.turn_of is not None:
            self.turn_of.leave()
            self.turn_of = None


async def _refuse(error: ShopError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by the error handler of the application, so that browsers get a page. The path is cut short."""
    short = {**scope, "path": scope["path"][:_MAX_PATH], "raw_path": b"", "query_string": b""}
    response = await scope["app"].exception_handlers[ShopError](Request(short), error)
    if any(name == b"expect" for name, _ in scope["headers"]):
        response.headers["Connection"] = "close"  # whether the body comes is not known
    await response(scope, receive, send)


def _visitor_of(scope: Scope) -> str | None:
    """Whom a request names in its address or cookie."""
    if found := _VISITOR.search(scope["query_string"]):
        return unquote_plus(found[1].decode("latin-1"))
    for name, value in scope["headers"]:
        if name == b"cookie" and (found := _COOKIE.search(value)):
            return found[1].decode("latin-1")
    return None


_KB, _MB = 2**10, 2**20
_MAX_NAME = 1_000  # characters of a name in an object
_HEALTH = frozenset({"/healthz", "/readyz"})
PAGES = ("/search", "/p/", "/suggestions", "/v1/search", "/v1/recommend/", "/v1/suggest")
CHAT = ("/v1/assist/", "/assist")
_CONSOLE = "/console"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_EXPORT = re.compile(r"/v1/visitors/[^/]+")
_OF_AN_EXPORT = 400  # it reads every file of the shop
_OF_A_DOCUMENT = 20  # of half a megabyte
_DOCUMENTS = frozenset({"/metrics", "/openapi.json"})
_HOST = re.compile(
    rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*"
)  # RFC 3986: a name or an address, and a port


class BadHost(ShopError):
    """HTTP/1.1 wants one ``Host`` header in each request (RFC 9112, section 3.2)."""

    status = 400


class AddressTooLong(ShopError):
    """An address beyond the limit: a page repeats it in about a hundred links."""

    status = 414


class HeadersTooLarge(ShopError):
    """Too many headers, or too long ones."""

    status = 431


class RouteLimits:
    """The limits of each endpoint's body, as the settings of the shop have them."""

    def __init__(self, settings: RequestLimits) -> None:
        self.settings, depth = settings, settings.depth
        team = settings.team_body_mb * _MB
        self._pages = BodyLimits(
            max_bytes=settings.page_body_kb * _KB, max_values=5_000, max_depth=depth
        )
        self._by_prefix = (  # the first match counts
            (
                "/v1/events",
                BodyLimits(
                    max_bytes=settings.events_body_mb * _MB,
                    max_values=100_000,
                    max_items=10_000,
                    max_fields=1_000,
                    max_depth=depth,
                ),
            ),
            ("/v1/products/", BodyLimits(max_bytes=16 * _KB, max_values=50, max_depth=depth)),
            (
                "/v1/products",
                BodyLimits(
                    max_bytes=settings.products_body_mb * _MB,
                    max_values=300_000,
                    max_fields=500,
                    max_depth=depth,
                ),
            ),
            # a text of MAX_TEXT characters, each escaped
            ("/v1/assist", BodyLimits(max_bytes=256 * _KB, max_values=100, max_depth=depth)),
            ("/v1/labels", BodyLimits(max_bytes=team, max_values=10_000, max_depth=depth)),
            ("/v1/quality", BodyLimits(max_bytes=team, max_values=5_000, max_depth=depth)),
        )

    def of(self, path: str) -> BodyLimits:
        """The limits of the endpoint at ``path``."""
        for prefix, limits in self._by_prefix:
            if path.startswith(prefix):
                return limits
        return self._pages

    def require_head(self, scope: Scope) -> None:
        """Refuse an address or headers beyond the limits.

        Raises:
            AddressTooLong: path and parameters.
            HeadersTooLarge: their number, or address and headers together.
        """
        settings, headers = self.settings, scope["headers"]
        n_bytes = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if n_bytes > settings.address_bytes:
            raise AddressTooLong(
                f"the address is longer than {settings.address_bytes:,} bytes",
                fix="send fewer or shorter parameters, or send the search as a body: POST /v1/search",
            )
        n_bytes += sum(map(len, chain.from_iterable(headers)))
        if len(headers) > settings.headers or n_bytes > settings.header_bytes:
            raise HeadersTooLarge(
                f"the request has more than {settings.headers} headers, or more than {settings.header_bytes:,} bytes in them",
                fix="send fewer or shorter headers; cookies of other applications count, too",
            )


def require_host(scope: Scope) -> None:
    """Refuse a request whose ``Host`` says nothing, or several things: caches and proxies before us may have read another.

    Raises:
        BadHost: HTTP/1.1 without the header, more than one of them, or one that is no name of a host.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
        raise BadHost(
            "the request names no single host", fix="send one Host header: a name and a port"
        )
    if not hosts and scope.get("http_version") == "1.1":
        raise BadHost("the request has no Host header", fix="send one; HTTP/1.1 asks for it")


def rate_of(method: str, path: str) -> tuple[RateClass, int]:
    """The class of a request, and as how many requests of the class it counts."""
    if path in _HEALTH:
        return RateClass.HEALTH, 1
    if path == "/" or path.startswith((*PAGES, *CHAT)):
        return RateClass.PAGES, 1
    if method in WRITES:
        return RateClass.WRITES, 1
    if path.startswith(_CONSOLE):
        return RateClass.PAGES, 1
    if path in _DOCUMENTS:
        return RateClass.READS, _OF_A_DOCUMENT
    return RateClass.READS, _OF_AN_EXPORT if _EXPORT.fullmatch(path) else 1


def require_shape(value: Any, limits: BodyLimits) -> None:
    """Refuse parsed JSON beyond ``limits``. The check stops at the first limit that it meets.

    Raises:
        TooLarge: names the limit.
    """
    n_values, depth, level = 1, 0, [value]
    while level:
        depth += 1
        if depth > limits.max_depth:
            raise _too_large(f"is nested deeper than {limits.max_depth} levels")
        deeper: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                if len(node) > limits.max_fields:
                    raise _too_large(f"has an object with more than {limits.max_fields:,} fields")
                if len(max(node, key=len, default="")) > _MAX_NAME:
                    raise _too_large(f"has a name of more than {_MAX_NAME:,} characters")
            elif isinstance(node, list):
                if len(node) > limits.max_items:
                    raise _too_large(f"has a list of more than {limits.max_items:,} items")
            else:
                continue
            n_values += len(node)
            if n_values > limits.max_values:
                raise _too_large(f"has more than {limits.max_values:,} values")
            for inner in node.values() if isinstance(node, dict) else node:
                if isinstance(inner, (dict, list)):
                    deeper.append(inner)
        level = deeper


def _too_large(problem: str) -> TooLarge:
    return TooLarge(f"the body {problem}", fix="send less, or in smaller batches")
