"""Worker processes that share a shop folder and a listening socket."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from types import FrameType

import uvicorn

from baihuo.core import CLOCK, Conflict, ShopError
from baihuo.monitor import set_up_log
from baihuo.serve.config import ServeConfig
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
_OPEN_FIRST_S = 60.0  # one of several workers opens its release before it takes connections
_MOST_WAITING, _LAST_S = (
    256,
    0.05,
)  # clients that learn that the server stopped, and how long each may take to ask
_STOPPED = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
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
    reload: Callable[[], ServeConfig] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in progress. SIGHUP renews the workers one after the other, with the code
    and the settings of then, and no request fails.

    Args:
        reload: Reads the settings for renewed workers; None: they stay.
        listening: Called with the port once it is listened to: the free one that was found where ``port`` is 0.

    Raises:
        Conflict: the address cannot be used.
        ShopError: a worker ends right after its start; the log says why.
    """
    config = replace(config or ServeConfig(), metrics_folder=None, n_workers=workers)
    set_up_log(config.log)
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
            _Workers(shop, config, bound, workers, reload).run()
        _answer_waiting(bound)


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


@dataclass(eq=False)
class _Worker:
    """A worker process; ``is_ready`` is set once it takes connections."""

    process: BaseProcess
    is_ready: Event
    started_at: float = field(default_factory=time.monotonic)
    is_retired: bool = False  # another took its place


class _Workers:
    """Starts workers, replaces those that end, renews all of them on SIGHUP, and stops all of them on SIGTERM or SIGINT."""

    def __init__(
        self,
        shop: Path,
        config: ServeConfig,
        listening: socket.socket,
        n: int,
        reload: Callable[[], ServeConfig] | None = None,
    ) -> None:
        self._shop, self._config, self._listening, self._n = shop, config, listening, n
        self._reload = reload
        self._spawn = multiprocessing.get_context("spawn")
        self._upkeep = Upkeep(shop, config)
        self._workers: list[_Worker] = []
        self._is_ending = False
        self._is_renewal_due = False
        self._old: list[_Worker] = []  # that are still to be renewed
        self._successor: _Worker | None = None  # of the first of them
        self._due: list[float] = []  # when workers that ended start again
        self._has_lived = False  # whether any worker was well for a while
        self._n_young = 0  # that ended right after their start, since one lived

    def run(self) -> None:
        before = {s: signal.signal(s, self._end) for s in (signal.SIGTERM, signal.SIGINT)}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._renew)
        try:
            for _ in range(self._n):
                self._start()
            while self._workers or self._due:
                # Returns when a worker ends, or after the timeout to see whether a signal came.
                wait([w.process.sentinel for w in self._workers], timeout=0.2)
                CLOCK.now_us()  # follows small corrections of the machine's clock
                self._replace_ended()
                self._start_due()
                self._renew_next()
                if not self._is_ending:
                    self._upkeep.tick()
        finally:
            self._end(signal.SIGTERM, None)
            self._upkeep.close()
            for worker in self._workers:
                worker.process.join(_GRACE_S + 5)
                if worker.process.is_alive():  # its port must be free, whatever holds it up
                    worker.process.kill()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self) -> _Worker:
        config = replace(self._config, clock_offset_ns=CLOCK.offset_ns)
        if any(worker.process.is_alive() for worker in self._workers):
            # The others answer while it opens the release, and no request gets a 503 of its own.
            config = replace(config, open_first_s=_OPEN_FIRST_S)
        is_ready = self._spawn.Event()
        process = self._spawn.Process(
            target=_serve, args=(self._shop, config, self._listening, is_ready), daemon=False
        )
        process.start()
        self._workers.append(_Worker(process, is_ready))
        return self._workers[-1]

    def _replace_ended(self) -> None:
        folder = self._config.metrics_folder
        for worker in [w for w in self._workers if w.process.exitcode is not None]:
            self._workers.remove(worker)
            if folder is not None and worker.process.pid is not None:
                from baihuo.monitor import worker_is_gone

                worker_is_gone(worker.process.pid, folder)
            if self._is_ending or worker.is_retired:
                continue
            if worker is self._successor:
                self._successor, self._old = None, []
                _LOG.error(
                    "the new worker ended with code %s; the others serve on",
                    worker.process.exitcode,
                )
                continue
            if worker in self._old:
                self._old.remove(worker)
            is_young = time.monotonic() - worker.started_at < _MIN_LIFE_S
            self._start_later(worker.process, is_young=is_young)

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
        for worker in self._workers:
            if now - worker.started_at >= _MIN_LIFE_S and worker.process.is_alive():
                self._has_lived = True
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._start()

    def _renew(self, number: int, frame: FrameType | None) -> None:
        """SIGHUP: renew all workers. From a terminal that closes it means the end, as ever."""
        if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
            self._end(number, frame)
        self._is_renewal_due = True

    def _renew_next(self) -> None:
        """One step of a renewal: a new worker takes connections before an old one stops to, one after the other."""
        if self._is_ending:
            return
        if self._is_renewal_due and not self._old:
            self._is_renewal_due = False
            CLOCK.restart()  # whoever renews the workers has looked at the machine's clock
            self._read_settings()
            self._old = [worker for worker in self._workers if not worker.is_retired]
            _LOG.warning("renewing %s workers", len(self._old))
        if not self._old or any(worker.is_retired for worker in self._workers):
            return
        if self._successor is None:
            self._successor = self._start()
        elif self._successor.is_ready.is_set():
            self._successor, old = None, self._old.pop(0)
            old.is_retired = True
            old.process.terminate()

    def _read_settings(self) -> None:
        if self._reload is None:
            return
        try:
            old = self._config
            self._config = replace(
                self._reload(), metrics_folder=old.metrics_folder, n_workers=old.n_workers
            )
        except ShopError as error:
            _LOG.error("the settings stay as they were: %s", error)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if not self._is_ending:
            self._is_ending = True
            self._due.clear()
            for worker in self._workers:
                if worker.process.is_alive():
                    worker.process.terminate()


class _Server(uvicorn.Server):
    """Says when it takes connections."""

    def __init__(self, config: uvicorn.Config, is_ready: Event) -> None:
        super().__init__(config)
        self._is_ready = is_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._is_ready.set()


def _serve(shop: Path, config: ServeConfig, listening: socket.socket, is_ready: Event) -> None:
    # The supervisor loads none of it, and is there in half the time.
    from baihuo.serve.app import create_app
    from baihuo.serve.traffic.connections import Connections, protocol_with

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is the supervisor's
    set_up_log(config.log)
    if config.clock_offset_ns is not None:
        CLOCK.adopt(config.clock_offset_ns)
    app = create_app(shop, config)
    count = app.state.metrics.closed_connections.inc
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol_with(Connections(config.traffic, when_closed=count)),
            ws="none",
            timeout_keep_alive=config.traffic.connections.idle_s,
            access_log=False,  # ours names no address and no query
            log_config=None,
            timeout_graceful_shutdown=_GRACE_S,
            server_header=False,
        ),
        is_ready,
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


def _answer_waiting(listening: socket.socket) -> None:
    """Clients that connected while the workers stopped get a 503: closing would reset their connections."""
    listening.setblocking(False)
    for _ in range(_MOST_WAITING):
        try:
            client, _ = listening.accept()
        except OSError:  # no client waits
            return
        with client, suppress(OSError):
            client.settimeout(_LAST_S)
            client.recv(65_536)  # what is unread when it closes is a reset again
            client.sendall(_STOPPED)
            client.shutdown(socket.SHUT_WR)
