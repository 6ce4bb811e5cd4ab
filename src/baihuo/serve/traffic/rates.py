"""Token buckets by client, in bounded memory."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache

from baihuo.core import ShopError


class RateClass(StrEnum):
    """What a request counts as. Every request is of one class, so that no route is without a limit."""

    HEALTH = "health"  # is never refused
    PAGES = "pages"
    WRITES = "writes"
    READS = "reads"


class TooManyRequests(ShopError):
    """A client asks more often than it may."""

    status = 429

    def __init__(self, who: str, retry_after_s: float) -> None:
        super().__init__(
            f"too many requests of this {who}",
            fix="ask again after the seconds that Retry-After says; `serve.rates` of shop.yaml has the limits",
        )
        self.retry_after_s = max(1, math.ceil(retry_after_s))


class TokenBuckets:
    """A bucket for each client: ``burst`` tokens at first, ``per_s`` more each second, one for an ordinary request.

    A client that was forgotten starts with a full bucket, so forgetting never refuses anybody.
    """

    def __init__(
        self,
        *,
        per_s: float,
        burst: int,
        remembered: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_s, self._burst, self._remembered, self._clock = per_s, burst, remembered, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str, n: int = 1) -> float:
        """Take ``n`` tokens (at most a full bucket). Returns 0, or the seconds until there are so many; then none is taken."""
        now, n = self._clock(), min(n, self._burst)
        tokens, at = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - at) * self._per_s)
        is_taken = tokens >= n
        self._buckets[client] = (tokens - n * is_taken, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return 0.0 if is_taken else (n - tokens) / self._per_s


class Addresses:
    """Addresses as clients: which are exempt, and what counts as one."""

    def __init__(self, exempt: Iterable[str]) -> None:
        networks = [ipaddress.ip_network(network) for network in exempt]

        @lru_cache(maxsize=4_096)
        def client(address: str) -> str | None:
            try:
                parsed = ipaddress.ip_address(address.partition("%")[0])
            except ValueError:
                return None
            if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
                parsed = parsed.ipv4_mapped
            if any(parsed in network for network in networks):
                return None
            if isinstance(parsed, ipaddress.IPv6Address):  # who has one has the whole /64
                return str(ipaddress.ip_network((parsed, 64), strict=False))
            return str(parsed)

        self._client = client

    def client(self, address: str | None) -> str | None:
        """The client of an address; None where no limit holds: an exempt one, or none at all (a Unix socket)."""
        return None if address is None else self._client(address)
