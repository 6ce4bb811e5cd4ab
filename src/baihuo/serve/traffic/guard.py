"""Everything that a worker process counts of its traffic, in one object."""

from __future__ import annotations

from baihuo.serve.traffic.admission import Admission
from baihuo.serve.traffic.bodies import BodyMemory
from baihuo.serve.traffic.rates import Addresses, TokenBuckets, TooManyRequests
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
        self._pages = TokenBuckets(
            per_s=rates.address_per_s, burst=rates.address_burst, remembered=n
        )
        self._writes = TokenBuckets(
            per_s=rates.writes_per_s, burst=rates.writes_burst, remembered=n
        )
        self._visitors = TokenBuckets(
            per_s=rates.visitor_per_s, burst=rates.visitor_burst, remembered=n
        )

        self._keys = TokenBuckets(per_s=rates.key_per_s, burst=rates.key_burst, remembered=n)

    def require_rate(
        self,
        address: str | None,
        *,
        is_write: bool,
        visitor_id: str | None,
        key: str | None = None,
    ) -> None:
        """Count one request of a client.

        Args:
            address: Where it comes from; a proxy that is trusted names the client's.
            is_write: Events and other writes are counted apart from pages.
            visitor_id: As the request names it; made up ids do not help, since the address is counted, too.
            key: The name of its valid key: a server that speaks for all visitors from one address has limits of its own.

        Raises:
            TooManyRequests: of this key, address or visitor.
        """
        client = self.addresses.client(address)
        if client is None:
            return
        if key is not None:
            if wait_s := self._keys.take(key):
                raise TooManyRequests("key", wait_s)
            return
        if wait_s := (self._writes if is_write else self._pages).take(client):
            raise TooManyRequests("address", wait_s)
        if visitor_id and not is_write and (wait_s := self._visitors.take(visitor_id)):
            raise TooManyRequests("visitor", wait_s)
