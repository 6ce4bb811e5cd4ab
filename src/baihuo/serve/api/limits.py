"""Limits of requests. A worker answers in one thread, so a costly request delays all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baihuo.core import ShopError

MAX_ADDRESS_BYTES = 8_192  # path and query; a page repeats them in about a hundred links
MAX_LISTED = 100  # errors, or rejected rows, that a response lists; the rest is counted
_MAX_NAME = 1_000  # characters of a name in an object


class TooLarge(ShopError):
    """A body beyond the limits of the endpoint."""

    status = 413


class AddressTooLong(ShopError):
    """An address of more than :data:`MAX_ADDRESS_BYTES`."""

    status = 414


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


_PAGES = BodyLimits(max_bytes=64 * 2**10, max_values=5_000)
_OFFER = BodyLimits(max_bytes=16 * 2**10, max_values=50)
_BY_PREFIX = (  # the first match counts
    (
        "/v1/events",
        BodyLimits(max_bytes=4 * 2**20, max_values=100_000, max_items=10_000, max_fields=1_000),
    ),
    ("/v1/products/", _OFFER),
    ("/v1/products", BodyLimits(max_bytes=8 * 2**20, max_values=300_000, max_fields=500)),
    ("/v1/labels", BodyLimits(max_bytes=2 * 2**20, max_values=10_000)),
    ("/v1/quality", BodyLimits(max_bytes=512 * 2**10, max_values=5_000)),
)


def limits_of(path: str) -> BodyLimits:
    """The limits of the endpoint at ``path``."""
    return next((limits for prefix, limits in _BY_PREFIX if path.startswith(prefix)), _PAGES)


def require_bytes(n_bytes: int, max_bytes: int) -> None:
    """Refuse a body of more than ``max_bytes``.

    Raises:
        TooLarge: names the limit.
    """
    if n_bytes > max_bytes:
        size = f"{max_bytes // 2**20} MB" if max_bytes >= 2**20 else f"{max_bytes // 2**10} kB"
        raise TooLarge(f"the body is larger than {size}", fix="send less, or in smaller batches")


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
