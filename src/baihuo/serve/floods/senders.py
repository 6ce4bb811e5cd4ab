"""Bursts of one address or key, seen by the worker that receives them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from baihuo.core import Event
from baihuo.features import DecayedCounts, FloodSettings

_LOG = logging.getLogger(__name__)
_HOUR_S = 3_600.0
_LOGGED_EVERY_S = 60.0


class SenderBursts:
    """Counts events by sender and product. The log of events names no address, so the doubt is written beside the event."""

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
            self._log_once(kind, len(beyond), products, now)
        return frozenset(beyond) if key is None and self.settings.hold_back else frozenset()

    def _log_once(self, kind: str, n: int, products: set[str], now: float) -> None:
        """A line a minute: a flood must not fill the log. The address is not written: it is personal data."""
        if now - self._logged_at[kind] >= _LOGGED_EVERY_S:
            self._logged_at[kind] = now
            text = "a burst of events from one %s: %s beyond its limit in one request, about %s"
            _LOG.warning(text, kind, n, ", ".join(sorted(products)[:5]))
