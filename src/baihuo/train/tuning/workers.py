"""Processes that train, one training at a time each; the caller alone decides and writes."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tuning.trial import Outcome, TrialRows, run_trial

_END_S = 2.0  # for a process to end before it is killed


@dataclass(frozen=True, slots=True)
class Mark:
    """A training has reached a mark; :meth:`Workers.answer` says whether it ends there."""

    trial: int
    mark: int
    value: float


@dataclass(frozen=True, slots=True)
class Done:
    """A training has ended."""

    trial: int
    outcome: Outcome


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    trial: int | None = None  # what it trains


@dataclass(slots=True)
class Workers:
    """``n`` processes; use in a ``with`` block, which ends them."""

    n: int
    rows: TrialRows
    _workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.process.terminate()
        until = time.monotonic() + _END_S
        for worker in self._workers:
            worker.process.join(max(until - time.monotonic(), 0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()

    @property
    def trials(self) -> list[int]:
        """What is being trained."""
        return [w.trial for w in self._workers if w.trial is not None]

    @property
    def has_room(self) -> bool:
        """Whether another training can start."""
        return len(self.trials) < self.n

    def start(self, trial: int, settings: DeepSettings, until: float) -> None:
        """Begin a training that stops by itself when :func:`time.time` is ``until``."""
        worker = next((w for w in self._workers if w.trial is None), None) or self._begun()
        worker.trial = trial
        # a process that died since then is noticed when it is waited for
        with suppress(BrokenPipeError):
            worker.pipe.send((settings.model_dump(mode="json"), until))

    def wait(self, seconds: float) -> list[Mark | Done]:
        """What happened, as soon as something does."""
        by_pipe: dict[Any, _Worker] = {w.pipe: w for w in self._workers if w.trial is not None}
        return [self._heard(by_pipe[pipe]) for pipe in wait(list(by_pipe), seconds)]

    def answer(self, trial: int, *, ends: bool) -> None:
        """To a mark."""
        with suppress(BrokenPipeError):
            self._of(trial).pipe.send(ends)

    def kill(self, trial: int) -> None:
        """End a training that did not stop by itself."""
        worker = self._of(trial)
        worker.process.kill()
        self._forget(worker)

    def _of(self, trial: int) -> _Worker:
        return next(w for w in self._workers if w.trial == trial)

    def _heard(self, worker: _Worker) -> Mark | Done:
        trial = worker.trial
        assert trial is not None
        try:
            message = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            self._forget(worker)
            code = worker.process.exitcode
            what = f"the process of the training ended with code {code}"
            if code == -signal.SIGKILL:
                what += ": it was killed, perhaps for its memory"
            return Done(trial, Outcome(end="failed", error=what))
        if isinstance(message, Outcome):
            worker.trial = None
            return Done(trial, message)
        return Mark(trial, *message)

    def _forget(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)

    def _begun(self) -> _Worker:
        # torch and its threads do not survive a fork
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_work, args=(theirs, self.rows), daemon=True)
        with _without_ctrl_c():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """A process begun here never sees Ctrl-C, not even while it starts: the caller ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(pipe: Connection, rows: TrialRows) -> None:
    """The process: trainings until the caller is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def report(mark: int, value: float) -> bool:
        pipe.send((mark, value))
        return bool(pipe.recv())

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            settings, until = pipe.recv()
            pipe.send(run_trial(rows, DeepSettings.model_validate(settings), until, report))
