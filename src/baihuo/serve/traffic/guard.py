"""Everything that a worker process counts of its traffic, in one object."""

from __future__ import annotations

from baihuo.serve.traffic.admission import Admission
from baihuo.serve.traffic.bodies import BodyMemory
from baihuo.serve.traffic.rates import Addresses, RateClass, TokenBuckets, TooManyRequests
from baihuo.serve.traffic.settings import TrafficSettings


class Guard:
    """The queue of pages, the memory of bodies, and the use of each client."""

    def __init__(self, settings: TrafficSettings) -> None:
        rates = settings.rates
        self.settings = settings
        self.admission = Admission(settings.admission)
        self.memory = BodyMemory(settings.limits.memory_mb * 2**20)
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
