"""A thread that follows something that others write."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from baihuo.core import ShopError
from baihuo.monitor import Metrics

_LOG = logging.getLogger(__name__)
_TURN_S = 0.0005
_LOCK = threading.Lock()  # the interval is of the whole process
_AT_WORK: list[None] = []
_BEFORE: list[float] = []


@contextmanager
def requests_first() -> Iterator[None]:
    """For seconds of work while requests are served: whoever waits for the interpreter gets it after half a millisecond instead of five.

    A page gives it up some fifty times, at each lock, file and model, and waited five milliseconds each time.
    """
    with _LOCK:
        if not _AT_WORK:
            _BEFORE[:] = [sys.getswitchinterval()]
        _AT_WORK.append(None)
        sys.setswitchinterval(min(_BEFORE[0], _TURN_S))
    try:
        yield
    finally:
        with _LOCK:
            _AT_WORK.pop()
            if not _AT_WORK:  # the last of those that overlapped
                sys.setswitchinterval(_BEFORE[0])


class Follower:
    """Calls one function at an interval, from a thread of its own, until it is closed.

    A failure is logged and counted, and the next call tries again.
    """

    def __init__(
        self, name: str, follow: Callable[[], None], *, every_ms: int, metrics: Metrics
    ) -> None:
        """
        Args:
            name: In logs, in metrics and in ``/readyz``.
            follow: Takes over everything that was written since its last call.
            every_ms: Between the end of one call and the next.
            metrics: Where failures and the lag are counted.
        """
        self.name, self._follow, self._every_s, self._metrics = (
            name,
            follow,
            every_ms / 1000,
            metrics,
        )
        self._is_woken, self._is_closing = threading.Event(), threading.Event()
        self._caught_up_at = time.monotonic()
        self._turn, self._n_begun, self._n_ended = threading.Condition(), 0, 0
        self._thread = threading.Thread(target=self._run, name=f"follow {name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Make the next call now, or right after the one in progress."""
        self._is_woken.set()

    def catch_up(self, *, within_s: float) -> bool:
        """Wait for a call that began after this one, so that it saw what was written before; whether it ended in time."""
        with self._turn:
            wanted = self._n_begun + 1  # one in progress may have read too early
            self._is_woken.set()
            self._turn.wait_for(
                lambda: self._n_ended >= wanted or self._is_closing.is_set(), within_s
            )
            return self._n_ended >= wanted

    def close(self) -> None:
        """Ask the thread to end; :meth:`join` waits for it."""
        self._is_closing.set()
        self._is_woken.set()
        with self._turn:
            self._turn.notify_all()

    def join(self) -> None:
        """Wait until the thread has ended. Does nothing where it never started."""
        if self._thread.ident is not None:
            self._thread.join()

    def lag_s(self) -> float:
        """Seconds past its interval since the last call that succeeded."""
        return max(0.0, time.monotonic() - self._caught_up_at - self._every_s)

    def _run(self) -> None:
        while not self._is_closing.is_set():
            with self._turn:
                self._n_begun += 1
            try:
                self._follow()
                self._caught_up_at = time.monotonic()
            except ShopError as error:  # it says what is wrong and the fix; a traceback does not
                self._metrics.failures.labels(self.name).inc()
                text = "following the %s failed; the next call tries again: %s"
                _LOG.error(text, self.name, error)
            except Exception:
                self._metrics.failures.labels(self.name).inc()
                _LOG.exception("following the %s failed; the next call tries again", self.name)
            self._metrics.lag_seconds.labels(self.name).set(self.lag_s())
            with self._turn:
                self._n_ended = self._n_begun
                self._turn.notify_all()
            self._is_woken.wait(self._every_s)
            self._is_woken.clear()
