"""Limits of requests. A worker answers in one thread, so a costly request delays all others."""

from __future__ import annotations

import re
from typing import Any

from starlette.types import Scope

from baihuo.core import ShopError
from baihuo.serve.traffic.bodies import BodyLimits, TooLarge
from baihuo.serve.traffic.rates import RateClass
from baihuo.serve.traffic.settings import RequestLimits

MAX_LISTED = 100  # errors, or rejected rows, that a response lists; the rest is counted
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
        return next(
            (most for prefix, most in self._by_prefix if path.startswith(prefix)), self._pages
        )

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
        n_bytes += sum(len(name) + len(value) for name, value in headers)
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
                if any(len(name) > _MAX_NAME for name in node):
                    raise _too_large(f"has a name of more than {_MAX_NAME:,} characters")
            elif isinstance(node, list):
                if len(node) > limits.max_items:
                    raise _too_large(f"has a list of more than {limits.max_items:,} items")
            else:
                continue
            n_values += len(node)
            if n_values > limits.max_values:
                raise _too_large(f"has more than {limits.max_values:,} values")
            inner = node.values() if isinstance(node, dict) else node
            deeper.extend(v for v in inner if isinstance(v, dict | list))
        level = deeper


def _too_large(problem: str) -> TooLarge:
    return TooLarge(f"the body {problem}", fix="send less, or in smaller batches")
