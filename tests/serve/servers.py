"""Servers as processes of their own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.waiting import wait_until_ready


def connection(url: str) -> httpx.Client:
    """A client of a server without TLS: reading the certificates of authorities would cost more than a request."""
    return httpx.Client(base_url=url, timeout=120, verify=False)


@dataclass
class Server:
    """A running server, and connections to chosen workers of it."""

    process: subprocess.Popen[bytes]
    url: str
    n_workers: int
    shop: Path = Path()
    clients: ExitStack = field(default_factory=ExitStack)

    def client(self) -> httpx.Client:
        return self.clients.enter_context(connection(self.url))

    def by_worker(self) -> list[httpx.Client]:
        """One kept-alive connection to each worker: /readyz says which one it reached."""
        found: dict[int, httpx.Client] = {}
        deadline = time.monotonic() + 300
        while len(found) < self.n_workers and time.monotonic() < deadline:
            client = self.client()
            worker = client.get("/readyz").json().get("worker")
            if worker is None or worker in found:
                client.close()
                time.sleep(0.01)
            else:
                found[worker] = client
        assert len(found) == self.n_workers, "every worker answers"
        return list(found.values())

    def wait_until_ready(self) -> None:
        """Until every worker is: one that answers already says nothing of the others."""
        with connection(self.url) as client:
            wait_until_ready(client, is_running=lambda: self.process.poll() is None)
        for client in self.by_worker():
            client.close()

    def stop(self) -> int:
        self.clients.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=120)


_RUN = """
import json, sys
from pathlib import Path
from baihuo.serve import ServeConfig, run
run(Path(sys.argv[1]), port=int(sys.argv[2]), workers=int(sys.argv[3]), config=ServeConfig(seed=1, **json.loads(sys.argv[4])))
"""


def started(shop: Path, *, workers: int, **config: Any) -> Server:
    """A server that is ready; ``config`` are further settings of :class:`ServeConfig`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(shop), str(port), str(workers), json.dumps(config)]
    )
    server = Server(process, f"http://127.0.0.1:{port}", workers)
    try:
        server.wait_until_ready()
    except BaseException:
        process.terminate()
        raise
    return server
