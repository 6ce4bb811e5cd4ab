"""Our clock: the machine's at the start, and steady from then on. A server's timestamps (of events, pages, keys) decide windows, decays,
expiry and limits. A machine's clock set 400 days ahead by mistake would empty all of them in one request, and one set back would freeze
them. So a process counts the time since its start. Corrections of up to :data:`FOLLOWED_S` are followed; a larger jump is not, until the
process is
started again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

FOLLOWED_S: Final = 60.0
"""The largest correction of the machine's clock that is followed."""

_FOLLOWED_NS = int(FOLLOWED_S * 1e9)


_passed_ns = partial(time.clock_gettime_ns, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Time that passed since the machine started, sleep included, the same for all its processes."""


class SteadyClock:
    """UTC that does not jump. Thread-safe."""

    def __init__(
        self,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        passed_ns: Callable[[], int] = _passed_ns,
    ) -> None:
        """
        Args:
            wall_ns: The machine's clock, in nanoseconds since 1970.
            passed_ns: A clock that is never set, in nanoseconds.
        """
        self._wall_ns, self._passed_ns = wall_ns, passed_ns
        self._lock = threading.Lock()
        self._not_before_ns = 0
        self.jump_s = 0.0
        """How far the machine's clock is ahead of ours; 0 if we follow it."""
        self._offset_ns = wall_ns() - passed_ns()

    @property
    def offset_ns(self) -> int:
        """UTC minus the time since the machine started: another process adopts it to have the same clock."""
        return self._offset_ns

    def adopt(self, offset_ns: int) -> None:
        """Take over the clock of another process of this machine."""
        self._offset_ns = offset_ns

    def restart(self) -> None:
        """Restart from the machine's clock."""
        self.adopt(self._wall_ns() - self._passed_ns())

    def know(self, at_us: int) -> None:
        """Learn that ``at_us`` has passed: while our clock is behind it, it was wrong from the start, and follows a jump ahead."""
        self._not_before_ns = max(self._not_before_ns, at_us * 1_000)

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        with self._lock:
            ours = self._passed_ns() + self._offset_ns
            jump = self._wall_ns() - ours
            is_late = jump > 0 and ours < self._not_before_ns
            if abs(jump) <= _FOLLOWED_NS or is_late:
                self._offset_ns += jump
                ours, self.jump_s = ours + jump, 0.0
            else:
                self.jump_s = jump / 1e9
            return ours // 1_000


CLOCK: Final = SteadyClock()
"""The clock of this process."""


def now_us() -> int:
    """Our clock, UTC, in microseconds."""
    return CLOCK.now_us()
