"""Visitors who asked to be forgotten, as a worker follows them: nothing from before they asked is known of them."""

from __future__ import annotations

from baihuo.core import ShopError
from baihuo.events import StoredPage
from baihuo.privacy import Erasures, Receipt


class ErasedVisitors:
    """Requests of this process's lifetime, and those that were waiting when it began; read by many threads, followed by one.

    They are remembered until the process ends, also when files hold nothing of them any more: pages of before may still be
    in memory.
    """

    def __init__(self, register: Erasures | None = None) -> None:
        self._register = register
        self._requests: dict[str, Receipt] = {}  # replaced, never changed: readers take no lock
        self.newest = 0  # the number of the newest request

    def follow(self) -> None:
        """Take over the requests that came since the last call."""
        if self._register is None:
            return
        found = self._register.pending(after=self.newest)
        if found:
            self._requests = self._requests | {str(r.visitor_id): r for r in found}
            self.newest = found[-1].seq

    def request(self, visitor_id: str, *, at_us: int, after_seq: int) -> Receipt:
        """Record a request durably, as :meth:`Erasures.request`; what follows the register hears of it at once."""
        if self._register is None:
            raise ShopError("this server has no register of erasures", fix="start it on a shop")
        return self._register.request(visitor_id, at_us=at_us, after_seq=after_seq)

    def latest(self, visitor_id: str) -> Receipt | None:
        """The newest receipt of a visitor."""
        return None if self._register is None else self._register.latest(visitor_id)

    def waiting(self) -> list[str]:
        """Visitors of whom files still hold something."""
        if self._register is None:
            return []
        return [str(r.visitor_id) for r in self._register.pending()]

    def request_of(self, visitor_id: str) -> Receipt | None:
        """The request of a visitor who asked while this process was there, or was waiting when it began."""
        return self._requests.get(visitor_id)

    def since(self, after: int) -> list[str]:
        """Visitors whose request has a number above ``after``."""
        return [visitor for visitor, r in self._requests.items() if r.seq > after]

    def covers_event(self, visitor_id: str, seq: int) -> bool:
        """Whether an event of the live log came before its visitor asked to be forgotten."""
        found = self._requests.get(visitor_id) if self._requests else None
        return found is not None and seq <= found.after_seq

    def covers_page(self, page: StoredPage) -> bool:
        """Whether a page was served before its visitor asked to be forgotten."""
        found = self._requests.get(page.query.visitor_id) if self._requests else None
        return found is not None and page.served_at_us <= found.requested_at_us

    def close(self) -> None:
        """Close the register."""
        if self._register is not None:
            self._register.close()


NOBODY = ErasedVisitors()
"""Nobody asked."""
