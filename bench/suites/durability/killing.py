"""A server whose processes are killed by their ids. Linux: it finds workers in ``/proc``."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_RUN = """
import sys
from pathlib import Path
from baihuo.serve import run
run(Path(sys.argv[1]), port=int(sys.argv[2]), workers=int(sys.argv[3]))
"""
_START_S = 120.0


class Server:
    """A server on a free port of loopback, started again on the same port after it was killed."""

    def __init__(self, shop: Path, *, workers: int, max_file_bytes: int | None = None) -> None:
        """``max_file_bytes``: a limit of the system on every file that it writes."""
        self._shop, self._workers, self._max_file_bytes = shop, workers, max_file_bytes
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill("both", random.Random(0), is_last=True)

    def kill(self, kind: str, dice: random.Random, *, is_last: bool = False) -> None:
        """Kill one worker, the supervisor, or all at once. What a supervisor would start again, we start here."""
        workers = self.workers()
        if kind == "worker" and workers:
            _kill(dice.choice(workers))
            return
        self.process.kill()
        if kind == "both":
            for worker in workers:
                _kill(worker)
        self.process.wait(timeout=60)
        if not is_last:
            self._start()

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        found = []
        with suppress(FileNotFoundError):
            for task in Path(f"/proc/{self.process.pid}/task").iterdir():
                for child in (task / "children").read_text().split():
                    with suppress(FileNotFoundError):
                        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                            found.append(int(child))
        return sorted(found)

    def _start(self) -> None:
        """Start, as soon as workers of a killed supervisor gave the port back."""
        deadline = time.monotonic() + _START_S
        while not self._is_port_free():
            if time.monotonic() > deadline:
                raise SystemExit("the port of a killed server was not given back")
            time.sleep(0.05)
        command = [sys.executable, "-c", _RUN, str(self._shop), str(self.port), str(self._workers)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=self._limit_files,
        )

    def _limit_files(self) -> None:
        if self._max_file_bytes is not None:
            import resource

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._max_file_bytes,) * 2)

    def _is_port_free(self) -> bool:
        with socket.socket() as mine:
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                mine.bind(("127.0.0.1", self.port))
                mine.listen()
            except OSError:
                return False
            return True


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
