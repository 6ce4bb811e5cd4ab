"""Group commit: one writer thread, many callers, one fsync for all waiting jobs."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from baihuo.core import Conflict, ShopError, transaction

Job = TypeVar("Job")
Result = TypeVar("Result")

FailureCallback: TypeAlias = Callable[[int, Exception], None]
"""Called with the number of jobs of a commit that failed, and why."""
MAX_JOBS = 512  # in one commit: keeps the write lock short for the other processes


class GroupCommit(Generic[Job, Result]):
    """Commits waiting jobs together; the future of each is done only after the fsync.

    While one commit is written, the next group gathers: slow disks get large groups, and no job waits
    for a timer. If a commit fails, the future of every job in it gets the error, and :attr:`failure` says why until a
    commit succeeds.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        write: Callable[[sqlite3.Connection, Sequence[Job]], list[Result]],
        *,
        reserve_bytes: int = 0,
        when_failed: FailureCallback = lambda n_jobs, error: None,
    ) -> None:
        """
        Args:
            write: Writes the jobs of a group; a result for each.
            reserve_bytes: Free disk space below which nothing is written.
            when_failed: Called by the thread that writes.
        """
        self.failure: ShopError | None = None
        self._reserve_bytes, self._when_failed = reserve_bytes, when_failed
        self._path, self._connection, self._write = path, connection, write
        self._waiting: queue.SimpleQueue[tuple[Job | None, Future[Result]] | None] = (
            queue.SimpleQueue()
        )
        self._lock = threading.Lock()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name=f"commit {path.name}", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Future[Result]:
        """Return a future that completes when the job is on disk or has failed."""
        future: Future[Result] = Future()
        with self._lock:
            if not self._is_open:
                raise Conflict(f"{self._path} is closed", fix="open the log again before writing")
            self._waiting.put((job, future))
        return future

    def probe(self) -> None:
        """After a failed commit, try another in the background."""
        with self._lock:
            if self._is_open and self.failure is not None:
                self._waiting.put((None, Future()))

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

    def _next_group(self) -> tuple[list[tuple[Job | None, Future[Result]]], bool]:
        group: list[tuple[Job | None, Future[Result]]] = []
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

    def _commit(self, group: list[tuple[Job | None, Future[Result]]]) -> None:
        jobs = [job for job, _ in group if job is not None]
        waiting = [future for job, future in group if job is not None]
        try:
            with transaction(
                self._connection, self._path, reserve_bytes=self._reserve_bytes
            ) as connection:
                results = self._write(connection, jobs) if jobs else _touch(connection)
        except Exception as error:
            if isinstance(error, ShopError):
                self.failure = error
            if jobs:
                self._when_failed(len(jobs), error)
            for future in waiting:
                future.set_exception(error)
            return
        self.failure = None
        for future, result in zip(waiting, results, strict=True):
            future.set_result(result)


def _touch(connection: sqlite3.Connection) -> list[Any]:
    """Write the first page of the file as it is: the smallest commit that needs the disk."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {version}")
    return []
