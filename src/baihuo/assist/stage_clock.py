"""Lets a stage that may wait (for a model, for the shop's own system) take so long and no longer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

_Made = TypeVar("_Made")
_Given = TypeVar("_Given")
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
        call = _Call(lambda: run(given))
        try:
            self._worker().give(call)
        except RuntimeError as error:  # the system has no more threads
            self._free.release()
            raise TooSlow("no thread could be started") from error
        if not call.is_done.acquire(timeout=seconds):
            raise TooSlow(f"not there after {seconds:.1f} s")
        if call.error is not None:
            raise call.error
        return cast(_Made, call.made)

    def _worker(self) -> _Worker:
        try:
            return self._idle.pop()
        except IndexError:
            return _Worker(self._idle, self._free.release)


class _Call:
    """A call and what came of it. A lock costs a third of what a future does."""

    __slots__ = ("error", "is_done", "made", "run")

    def __init__(self, run: Callable[[], object]) -> None:
        self.run: Callable[[], object] | None = run
        self.made: object = None
        self.error: BaseException | None = None
        self.is_done = threading.Lock()
        self.is_done.acquire()

    def do(self) -> None:
        run, self.run = self.run, None
        try:
            self.made = run() if run is not None else None
        except BaseException as error:
            self.error = error


class _Worker:
    """A thread that works for one call at a time, and stands among the idle ones in between."""

    def __init__(self, idle: deque[_Worker], done: Callable[[], None]) -> None:
        self._idle, self._done = idle, done
        self._given: SimpleQueue[_Call] = SimpleQueue()
        threading.Thread(target=self._run, name="assist-stage", daemon=True).start()

    def give(self, call: _Call) -> None:
        self._given.put(call)

    def _run(self) -> None:
        while (call := self._next()) is not None:
            call.do()
            self._idle.append(self)
            self._done()
            call.is_done.release()
            del call  # an idle thread keeps nothing of a conversation

    def _next(self) -> _Call | None:
        try:
            return self._given.get(timeout=_IDLE_S)
        except Empty:
            pass
        try:
            self._idle.remove(self)
        except ValueError:  # a call has just taken it
            return self._given.get()
        return None
