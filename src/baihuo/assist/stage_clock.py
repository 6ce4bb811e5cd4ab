"""Lets a stage that may wait (for a model, for the shop's own system) take so long and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import TypeVar

_Made = TypeVar("_Made")
_Given = TypeVar("_Given")


class TooSlow(Exception):
    """A stage took longer than what was left of its turn."""


class StageClock:
    """Threads for stages that may wait. One that hangs is left behind; with ``most`` of them no other is begun until one ends.

    A thread for each call costs about 0.1 ms. It is a daemon, so one that hangs does not keep a server from stopping.
    """

    def __init__(self, most: int = 32) -> None:
        self._free = threading.BoundedSemaphore(most)

    def within(self, seconds: float, run: Callable[[_Given], _Made], given: _Given) -> _Made:
        """The result of ``run(given)``; what it raises is raised here.

        Raises:
            TooSlow: it is not there after ``seconds``, or too many hang already.
        """
        if not self._free.acquire(blocking=False):
            raise TooSlow("too many calls of other turns have not returned")
        future: Future[_Made] = Future()

        def work() -> None:
            try:
                future.set_result(run(given))
            except BaseException as error:
                future.set_exception(error)
            finally:
                self._free.release()

        try:
            threading.Thread(target=work, name="assist-stage", daemon=True).start()
        except RuntimeError as error:  # the system has no more threads
            self._free.release()
            raise TooSlow("no thread could be started") from error
        try:
            return future.result(timeout=seconds)
        except Late:
            if future.done():  # the work itself raised a timeout
                raise
            raise TooSlow(f"not there after {seconds:.1f} s") from None
