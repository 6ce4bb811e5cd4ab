"""What a worker process counts of its traffic: the queue of pages, rates by client, and bursts of events by sender."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import random
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import lru_cache

from baihuo.core import Event, ShopError
from baihuo.features import DecayedCounts, FloodSettings
from baihuo.serve.traffic.settings import AdmissionSettings, TrafficSettings


class Guard:
    """The queue of pages, and the use of each client."""

    def __init__(self, settings: TrafficSettings) -> None:
        rates = settings.rates
        self.settings = settings
        self.admission = Admission(settings.admission)
        self.addresses = Addresses(rates.exempt)
        n = rates.remembered
        self._by_address = {
            kind: TokenBuckets(per_s=per_s, burst=burst, remembered=n)
            for kind, per_s, burst in (
                (RateClass.PAGES, rates.address_per_s, rates.address_burst),
                (RateClass.WRITES, rates.writes_per_s, rates.writes_burst),
                (RateClass.READS, rates.reads_per_s, rates.reads_burst),
            )
        }
        self._visitors = TokenBuckets(
            per_s=rates.visitor_per_s, burst=rates.visitor_burst, remembered=n
        )

        self._keys = TokenBuckets(per_s=rates.key_per_s, burst=rates.key_burst, remembered=n)

    def require_rate(
        self,
        address: str | None,
        kind: RateClass,
        *,
        visitor_id: str | None,
        key: str | None = None,
        n: int = 1,
    ) -> None:
        """Count one request of a client. Health is not counted.

        Args:
            address: Where it comes from; a proxy that is trusted names the client's.
            kind: Each class is counted apart from the others.
            visitor_id: As the request names it; made up ids do not help, since the address is counted, too.
            key: The name of its valid key: a server that speaks for all visitors from one address has limits of its own.
            n: As how many requests of its class it counts.

        Raises:
            TooManyRequests: of this key, address or visitor.
        """
        client = self.addresses.client(address)
        if client is None or kind is RateClass.HEALTH:
            return
        if key is not None:
            if wait_s := self._keys.take(key, n):
                raise TooManyRequests("key", wait_s)
            return
        if wait_s := self._by_address[kind].take(client, n):
            raise TooManyRequests("address", wait_s)
        is_page = kind is RateClass.PAGES
        if visitor_id and is_page and (wait_s := self._visitors.take(visitor_id)):
            raise TooManyRequests("visitor", wait_s)


_TURNS_BETWEEN = 3  # of the event loop, between two pages
_MOST_HELD = 2_000  # refusals that are held back at the same time


class Overloaded(ShopError):
    """More is asked for than can be answered in time."""

    status = 503

    def __init__(self, what: str = "too many pages are asked for at once") -> None:
        super().__init__(what, fix="ask again after the seconds that Retry-After says")
        self.retry_after_s = random.randint(1, 3)  # not all at once


class Admission:
    """The queue of pages: one at a time, few that wait, and a refusal for the rest while it is cheap. For one event loop; not for threads.

    A page is made in the event loop. Without a queue, all requests that have arrived make their pages in the same turn of the
    loop, and everything else (health, events, new connections) waits for all of them, several times over.
    """

    def __init__(self, settings: AdmissionSettings) -> None:
        self._settings = settings
        self._is_busy = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._n_held = 0
        self.n_refused = 0

    @property
    def n_waiting(self) -> int:
        """Pages that wait now."""
        return len(self._waiting)

    @property
    def is_pressed(self) -> bool:
        """Whether so many wait that pages should be made more cheaply."""
        return 0 < self._settings.cheap_from <= len(self._waiting)

    async def enter(self) -> None:
        """Wait for the turn of this request; :meth:`leave` must follow.

        Raises:
            Overloaded: too many wait already, or this one waited too long.
        """
        if not self._is_busy:
            self._is_busy = True
            return
        if len(self._waiting) >= self._settings.max_waiting:
            await self.refuse()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        timer = turn.get_loop().call_later(self._settings.max_wait_ms / 1000, self._late, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()  # its turn had come
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise
        finally:
            timer.cancel()

    def leave(self, n_turns: int = _TURNS_BETWEEN) -> None:
        """Give the turn to the request that has waited longest, after a few turns of the event loop.

        Not now: a page never pauses, so all requests that arrived together would be made before anything else is heard. A new
        connection takes the loop four turns from its beginning to its answer.
        """
        if n_turns:
            asyncio.get_running_loop().call_soon(self.leave, n_turns - 1)
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._is_busy = False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Within, it is the turn of this request."""
        await self.enter()
        try:
            yield
        finally:
            self.leave()

    async def refuse(self) -> None:
        """Hold the refusal back for a moment, then raise it.

        Raises:
            Overloaded: always.
        """
        self.n_refused += 1
        if self._n_held < _MOST_HELD:
            self._n_held += 1
            try:
                await asyncio.sleep(self._settings.hold_ms / 1000)
            finally:
                self._n_held -= 1
        raise Overloaded

    def _late(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            self._waiting.remove(turn)
            self.n_refused += 1
            turn.set_exception(Overloaded())


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


_LOG = logging.getLogger(__name__)
_HOUR_S = 3_600.0
_LOGGED_EVERY_S = 60.0


class SenderBursts:
    """Counts events by sender and product. The log of events names no address, so the doubt is written next to the event."""

    def __init__(
        self,
        settings: FloodSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        count: Callable[[str, int], None] = lambda reason, n: None,
    ) -> None:
        """
        Args:
            count: Called with ``address`` or ``key`` and how many events were beyond its limit.
        """
        self.settings, self._clock, self._count = settings, clock, count
        self._counts: DecayedCounts[tuple[str, str]] = DecayedCounts(
            fades=_HOUR_S, remembered=settings.remembered
        )
        self._logged_at = {"address": -_LOGGED_EVERY_S, "key": -_LOGGED_EVERY_S}

    def doubted(
        self, events: Iterable[Event], *, address: str | None, key: str | None
    ) -> frozenset[str]:
        """Ids of events beyond the limit of their address.

        Args:
            address: As a client of :class:`Addresses`; None: without limits.
            key: Name of the request's valid key. What it sends is counted and never doubted: whoever has one speaks for the shop.
        """
        sender, kind = (address, "address") if key is None else (key, "key")
        if sender is None:
            return frozenset()
        most = self.settings.address_per_hour if key is None else self.settings.key_per_hour
        now, beyond, products = self._clock(), set(), set()
        for event in events:
            if event.product_id is None:
                continue
            if self._counts.add((f"{kind} {sender}", event.product_id), now) > most:
                beyond.add(event.event_id)
                products.add(event.product_id)
        if beyond:
            self._count(kind, len(beyond))
            # A line a minute: a flood must not fill the log. The address is not written: it is personal data.
            if now - self._logged_at[kind] >= _LOGGED_EVERY_S:
                self._logged_at[kind] = now
                text = "a burst of events from one %s: %s beyond its limit in one request, about %s"
                _LOG.warning(text, kind, len(beyond), ", ".join(sorted(products)[:5]))
        return frozenset(beyond) if key is None and self.settings.hold_back else frozenset()
