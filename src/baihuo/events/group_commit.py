"""Group commit: one writer thread, many callers, one fsync for all that are waiting."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Generic, TypeVar

from baihuo.core import Conflict, transaction

Job = TypeVar("Job")
Result = TypeVar("Result")

MAX_JOBS = 512  # in one commit: keeps the write lock short for the other processes


class GroupCommit(Generic[Job, Result]):
    """Commits waiting jobs together; the future of each is done only after the fsync.

    While one commit is written, the next group gathers: slow disks get large groups, and no job waits
    for a timer. If a commit fails, the future of every job in it gets the error.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        write: Callable[[sqlite3.Connection, Sequence[Job]], list[Result]],
    ) -> None:
        self._path, self._connection, self._write = path, connection, write
        self._waiting: queue.SimpleQueue[tuple[Job, Future[Result]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name=f"commit {path.name}", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Future[Result]:
        """A future that is done once the job is on disk, or has failed."""
        future: Future[Result] = Future()
        with self._lock:
            if not self._is_open:
                raise Conflict(f"{self._path} is closed", fix="open the log again before writing")
            self._waiting.put((job, future))
        return future

    def close(self) -> None:
        """Commit waiting jobs, then close the connection. May be called twice."""
        with self._lock:
            was_open, self._is_open = self._is_open, False
            if was_open:
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            group, is_last = self._next_group()
            if group:
                self._commit(group)
        self._connection.close()

    def _next_group(self) -> tuple[list[tuple[Job, Future[Result]]], bool]:
        group: list[tuple[Job, Future[Result]]] = []
        item = self._waiting.get()
        while item is not None:
            group.append(item)
            if len(group) >= MAX_JOBS:
                return group, False
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: list[tuple[Job, Future[Result]]]) -> None:
        try:
            with transaction(self._connection, self._path) as connection:
                results = self._write(connection, [job for job, _ in group])
        except Exception as error:
            for _, future in group:
                future.set_exception(error)
            return
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)
