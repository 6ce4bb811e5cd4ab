"""The queue of pages: one at a time, few that wait, and a refusal for the rest while it is cheap.

A page is made in the event loop. Without a queue, all requests that have arrived make their pages in the same turn of the
loop, and everything else (health, events, new connections) waits for all of them, several times over.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from baihuo.core import ShopError
from baihuo.serve.traffic.settings import AdmissionSettings

_TURNS_BETWEEN = 3  # of the event loop, between two pages
_MOST_HELD = 2_000  # refusals that are held back at the same time


class Overloaded(ShopError):
    """More is asked for than can be answered in time."""

    status = 503

    def __init__(self, what: str = "too many pages are asked for at once") -> None:
        super().__init__(what, fix="ask again after the seconds that Retry-After says")
        self.retry_after_s = random.randint(1, 3)  # not all at once


class Admission:
    """Admits one page after the other in the order of arrival. For one event loop; not for threads."""

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

    def leave(self) -> None:
        """Give the turn to the request that has waited longest, after a few turns of the event loop.

        Not now: a page never pauses, so all requests that arrived together would be made before anything else is heard. A new
        connection takes the loop four turns from its beginning to its answer.
        """
        self._rest(_TURNS_BETWEEN)

    def _rest(self, n_turns: int) -> None:
        loop = asyncio.get_running_loop()
        if n_turns > 1:
            loop.call_soon(self._rest, n_turns - 1)
        else:
            loop.call_soon(self._pass_on)

    def _pass_on(self) -> None:
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
