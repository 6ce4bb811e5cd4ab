"""Lets a stage that may wait (for a model, for the shop's own system) take so long and no longer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

_Made = TypeVar("_Made")
_Given = TypeVar("_Given")
_Work: TypeAlias = Callable[[], tuple[Future[Any], Any, BaseException | None]]
_IDLE_S = 30.0  # a thread without work ends after that


class TooSlow(Exception):
    """A stage took longer than what was left of its turn."""


class StageClock:
    """Threads for stages that may wait. One that hangs is left behind; with ``most`` of them no other is begun until one ends.

    A thread that is done takes the next call: starting one for each costs a turn three times 0.1 ms. All are daemons, so one that
    hangs does not keep a server from stopping.
    """

    def __init__(self, most: int = 32) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._idle: deque[_Worker] = deque()

    def within(self, seconds: float, run: Callable[[_Given], _Made], given: _Given) -> _Made:
        """The result of ``run(given)``; what it raises is raised here.

        Raises:
            TooSlow: it is not there after ``seconds``, or too many hang already.
        """
        if not self._free.acquire(blocking=False):
            raise TooSlow("too many calls of other turns have not returned")
        future: Future[_Made] = Future()

        def work() -> tuple[Future[Any], Any, BaseException | None]:
            try:
                return future, run(given), None
            except BaseException as error:
                return future, None, error

        try:
            self._worker().give(work)
        except RuntimeError as error:  # the system has no more threads
            self._free.release()
            raise TooSlow("no thread could be started") from error
        try:
            return future.result(timeout=seconds)
        except Late:
            if future.done():  # the work itself raised a timeout
                raise
            raise TooSlow(f"not there after {seconds:.1f} s") from None

    def _worker(self) -> _Worker:
        try:
            return self._idle.pop()
        except IndexError:
            return _Worker(self._idle, self._free.release)


class _Worker:
    """A thread that works for one call at a time, and stands among the idle ones in between."""

    def __init__(self, idle: deque[_Worker], done: Callable[[], None]) -> None:
        self._idle, self._done = idle, done
        self._given: SimpleQueue[_Work] = SimpleQueue()
        threading.Thread(target=self._run, name="assist-stage", daemon=True).start()

    def give(self, work: _Work) -> None:
        self._given.put(work)

    def _run(self) -> None:
        while (work := self._next()) is not None:
            future, made, error = work()
            del work  # an idle thread keeps nothing of a conversation
            self._idle.append(self)
            self._done()
            if error is None:
                future.set_result(made)
            else:
                future.set_exception(error)
            del future, made, error

    def _next(self) -> _Work | None:
        try:
            return self._given.get(timeout=_IDLE_S)
        except Empty:
            pass
        try:
            self._idle.remove(self)
        except ValueError:  # a call has just taken it
            return self._given.get()
        return None
