"""A training by several processes of this machine: the setting ``processes``."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import baihuo.core
from baihuo.core import Progress, ShopError
from baihuo.train.tables.table_training import TableTraining

Place = tuple[int, int, Path]
"""Which of how many processes one is, and the file where they meet."""

_EVERY_S = 0.1


class ProcessKilled(ShopError):
    """A process was killed from outside."""


def train_together(
    job: TableTraining, progress: Progress, train: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    """As :func:`~baihuo.train.tables.stage.train_table`, by ``job.settings.processes`` new processes.

    Args:
        train: Of group, job and progress, what each of them does; the report of the first one is returned.

    Raises:
        ShopError: what the first one raised; or one was killed.
    """
    found: dict[str, Any] = {}

    def hear(message: dict[str, Any]) -> None:
        if "progress" in message:
            progress(*message["progress"])
        else:
            found.update(message)

    try:
        run_processes(_train, job.settings.processes, train, job, hear=hear)
    except ProcessKilled:  # which is also why others failed
        raise
    except ShopError as error:
        if "error" not in found:
            raise
        kind, what, fix = found["error"]
        raise getattr(baihuo.core, kind, ShopError)(what, fix=fix) from error
    report: dict[str, Any] = found["report"]
    return report


def run_processes(
    work: Callable[..., None], n: int, *given: object, hear: Callable[[Any], None]
) -> None:
    """Run ``work(place, send, *given)`` in ``n`` new processes to their end. ``hear``: gets what ``send`` sends.

    Raises:
        ShopError: one was killed, or ended with an error.
    """
    from torch import multiprocessing as torch_processes

    receiving, sending = multiprocessing.get_context("spawn").Pipe(duplex=False)

    def hear_all(wait_s: float) -> None:
        while receiving.poll(wait_s):
            hear(receiving.recv())

    with tempfile.TemporaryDirectory(prefix="baihuo-") as folder, _patient_threads():
        running = torch_processes.start_processes(
            _one, (n, Path(folder) / "meeting", sending, work, given), n, False, False, "spawn"
        )
        try:
            while not running.join(timeout=_EVERY_S):
                hear_all(0)
            hear_all(0)
        except (
            torch_processes.ProcessExitedException,
            torch_processes.ProcessRaisedException,
        ) as error:
            hear_all(0)
            codes = [process.exitcode for process in running.processes]
            killed = (
                i for i, c in enumerate(codes) if c is not None and c < 0 and c != -signal.SIGTERM
            )
            number = next(killed, error.error_index)
            code = codes[number] or 0
            how = (
                f"was killed ({signal.Signals(-code).name})"
                if code < 0
                else f"ended with code {code}"
            )
            kind = ProcessKilled if code < 0 else ShopError
            raise kind(
                f"process {number + 1} of the {n} that share this training {how}",
                fix="see what it printed, and whether memory is left; the same command goes on from the last checkpoint",
            ) from error
        finally:
            for process in running.processes:
                process.kill()
                process.join()


@contextmanager
def _patient_threads() -> Iterator[None]:
    """Threads that wait by spinning take the cores of the other processes."""
    name = "OMP_WAIT_POLICY"
    before = os.environ.get(name)
    os.environ.setdefault(name, "PASSIVE")
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


def _one(
    rank: int, n: int, meeting: Path, sending: Any, work: Callable[..., None], given: Any
) -> None:
    work((rank, n, meeting), sending.send, *given)


def _train(
    place: Place,
    send: Callable[[Any], None],
    train: Callable[..., dict[str, Any]],
    job: TableTraining,
) -> None:
    from baihuo.train.tables.processes import joined

    last = 0.0

    def progress(task: str, n_done: int, n_total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _EVERY_S or n_done == n_total:
            last = time.monotonic()
            send({"progress": (task, n_done, n_total)})

    try:
        with joined(place) as group:
            report = train(group, job, progress)
            if group.is_first:
                send({"report": report})
    except ShopError as error:
        if place[0] == 0:
            send({"error": (type(error).__name__, error.what, error.fix)})
        sys.exit(1)
