"""One worker of a shop in a process of its own, its CPU time and its memory. Linux."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from suites.serve.load import Connections

SERVE = "import sys; from pathlib import Path; from baihuo.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"


# As `baihuo serve` does it, with the settings of the shop.
SERVE_WITH_SETTINGS = "import sys; from pathlib import Path; from baihuo import flow; from baihuo.settings import Shop; flow.serve(Shop(Path(sys.argv[1])), port=int(sys.argv[2]))"


@contextmanager
def served(shop: Path, command: str = SERVE) -> Iterator[tuple[int, int]]:
    """Within, a worker serves ``shop``: its port and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", command, str(shop), str(port)],
        stdout=2,  # it logs there, and this process prints its results
    )
    try:
        with ThreadPoolExecutor(1) as beside:  # of a loop that may run in this thread
            pid = beside.submit(lambda: asyncio.run(_ready(port, server))).result()
        yield port, pid
    finally:
        server.terminate()
        server.wait(timeout=30)


async def _ready(port: int, server: subprocess.Popen[bytes]) -> int:
    """The process that answers, once it is ready to."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        connections = Connections(port)
        try:
            body = await connections.get("/readyz")
        except OSError:
            connections.n_failed = 1
        connections.close()
        if not connections.n_failed:
            return int(json.loads(body)["worker"])
        await asyncio.sleep(0.2)
    raise SystemExit("the server did not become ready; its reason stands above")


def cpu_s(pid: int) -> float:
    """CPU time of the worker so far, of all its threads. Linux."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # it ended
            spent += int((thread / "schedstat").read_text().split()[0])
    return spent / 1e9


def import_cpu_s(modules: str, rounds: int = 5) -> float:
    """CPU time of a Python that imports these modules and ends: the least of some rounds."""
    spent = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", f"import {modules}"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def peak_mb(pid: int) -> int:
    """The largest memory the worker has held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
