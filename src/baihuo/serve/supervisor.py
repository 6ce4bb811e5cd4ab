"""Worker processes that share a shop folder and a listening socket."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import uvicorn

from baihuo.core import Conflict, ShopError
from baihuo.monitor import worker_is_gone
from baihuo.serve.app import create_app
from baihuo.serve.config import ServeConfig
from baihuo.serve.traffic.connections import Connections, protocol_with
from baihuo.serve.upkeep import Upkeep

_LOG = logging.getLogger(__name__)
_GRACE_S = 10  # for requests in progress at a stop
# A worker makes one page at a time. Threads of libraries wait by spinning, and would take the core of
# another worker. More cores are used by more workers.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_MIN_LIFE_S = 3.0  # a worker that ends sooner may do so again
_MAX_YOUNG = 8  # that end right after their start, one after the other, before the server gives up
_MAX_PAUSE_S = 10.0  # before another start


def run(
    shop: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    config: ServeConfig | None = None,
    listening: Callable[[int], None] = lambda port: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in progress.

    Args:
        listening: Called with the port once it is listened to: the free one that was found where ``port`` is 0.

    Raises:
        Conflict: the address cannot be used.
        ShopError: a worker ends right after its start; the log says why.
    """
    config = replace(config or ServeConfig(), metrics_folder=None)
    with (
        _listen(host, port) as bound,
        tempfile.TemporaryDirectory(prefix="baihuo-", dir=_memory_folder()) as folder,
    ):
        listening(bound.getsockname()[1])
        inherited = dict(_ONE_THREAD)
        if workers > 1:
            inherited["PROMETHEUS_MULTIPROC_DIR"] = folder
            config = replace(config, metrics_folder=Path(folder))
        with _environment(inherited):
            _Workers(shop, config, bound, workers).run()


def _memory_folder() -> Path | None:
    """Where metrics are shared: in memory, since writing to a mapped file on a full disk kills the process; None: as
    usual for temporary files."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) else None


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables that workers inherit, and that libraries read when a worker imports them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Workers:
    """Starts workers, replaces those that end, and stops all of them on a signal."""

    def __init__(self, shop: Path, config: ServeConfig, listening: socket.socket, n: int) -> None:
        self._arguments, self._config, self._n = (shop, config, listening), config, n
        self._spawn = multiprocessing.get_context("spawn")
        self._upkeep = Upkeep(shop, config)
        self._workers: dict[BaseProcess, float] = {}
        self._is_ending = False
        self._due: list[float] = []  # when workers that ended start again
        self._has_lived = False  # whether any worker was well for a while
        self._n_young = 0  # that ended right after their start, since one lived

    def run(self) -> None:
        before = {s: signal.signal(s, self._end) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            for _ in range(self._n):
                self._start()
            while self._workers or self._due:
                # Returns when a worker ends, or after the timeout to see whether a signal came.
                wait([w.sentinel for w in self._workers], timeout=0.2)
                self._replace_ended()
                self._start_due()
                if not self._is_ending:
                    self._upkeep.tick()
        finally:
            self._end(signal.SIGTERM, None)
            self._upkeep.close()
            for worker in self._workers:
                worker.join(_GRACE_S + 5)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self) -> None:
        worker = self._spawn.Process(target=_serve, args=self._arguments, daemon=False)
        worker.start()
        self._workers[worker] = time.monotonic()

    def _replace_ended(self) -> None:
        folder = self._config.metrics_folder
        for worker, started_at in list(self._workers.items()):
            if worker.exitcode is None:
                continue
            del self._workers[worker]
            if folder is not None and worker.pid is not None:
                worker_is_gone(worker.pid, folder)
            if self._is_ending:
                continue
            self._start_later(worker, is_young=time.monotonic() - started_at < _MIN_LIFE_S)

    def _start_later(self, ended: BaseProcess, *, is_young: bool) -> None:
        """Another worker starts at once, or after a pause where one after the other ends right after its start.

        Raises:
            ShopError: the first workers end by an error of their own, or no worker has lived for a while.
        """
        code = ended.exitcode or 0
        if not is_young:
            self._n_young, self._has_lived = 0, True
        else:
            self._n_young += 1
            # A signal comes from outside and says nothing of the next worker. Healthy workers go on whatever one does.
            is_hopeless = not self._has_lived and code >= 0
            if not self._workers and (is_hopeless or self._n_young > _MAX_YOUNG):
                raise ShopError(
                    f"a worker ended with code {code} right after its start",
                    fix="the log above says why",
                )
        pause_s = min(_MAX_PAUSE_S, 0.1 * 2**self._n_young) if self._n_young else 0.0
        _LOG.error(
            "worker %s ended with code %s; another starts in %.1f s", ended.pid, code, pause_s
        )
        self._due.append(time.monotonic() + pause_s)

    def _start_due(self) -> None:
        now = time.monotonic()
        for worker, started_at in self._workers.items():
            if now - started_at >= _MIN_LIFE_S and worker.is_alive():
                self._has_lived = True
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._start()

    def _end(self, number: int, frame: FrameType | None) -> None:
        if not self._is_ending:
            self._is_ending = True
            self._due.clear()
            for worker in self._workers:
                if worker.is_alive():
                    worker.terminate()


def _serve(shop: Path, config: ServeConfig, listening: socket.socket) -> None:
    app = create_app(shop, config)
    count = app.state.metrics.closed_connections.inc
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=protocol_with(Connections(config.traffic, when_closed=count)),
            ws="none",
            timeout_keep_alive=config.traffic.connections.idle_s,
            access_log=False,  # every request is in the metrics, every page in the served log
            timeout_graceful_shutdown=_GRACE_S,
            server_header=False,
        )
    )
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches workers too, after they have shut down
        server.run(sockets=[listening])


def _end_with_parent(server: uvicorn.Server) -> None:
    """A worker whose supervisor was killed must end, and free the address."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise Conflict(
            f"{host}:{port} cannot be used: {error.strerror}", fix="choose another --port"
        ) from error
    listening.listen(2048)
    listening.set_inheritable(True)
    return listening
