"""How fast one worker answers searches over the real catalogue, without favours.

    python bench/serve.py --data ../shared/data/icecat

Builds a shop from the files, starts one worker, finds the most searches a second it can answer, and
then asks at half of that rate, at random moments that do not wait for answers (an open loop: a slow
answer delays nobody, so it cannot hide the wait of those behind it). Every query is asked once. The
open loop runs several times, and the median of each figure over these rounds is told.
``--shop`` measures a shop that is there already, with the models of its bundle.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import numpy as np

from baihuo.core.progress import Progress
from suites.serve.shop import build_shop, distinct_queries
from suites.shared.measure import emit

SERVE = "import sys; from pathlib import Path; from baihuo.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"


class Connections:
    """Kept-alive connections to the worker; a request takes one that is free, or opens one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []
        self.n_failed = 0

    async def get(self, path: str) -> bytes:
        """The whole body of the answer; anything but 200 is counted as failed."""
        reader, writer = await self._take()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        self.n_failed += not head.startswith(b"HTTP/1.1 200")
        self._free.append((reader, writer, time.monotonic()))
        return body

    async def _take(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer, used_at = self._free.pop()
            if time.monotonic() - used_at < 2.0:  # the server closes what is idle for 5 s
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    def close(self) -> None:
        for _, writer, _ in self._free:
            writer.close()


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--data", type=Path, help="folder of the icecat zips")
    ask.add_argument("--shop", type=Path, help="a shop's folder, instead of --data")
    ask.add_argument("--seconds", type=float, default=20.0, help="of each open loop")
    ask.add_argument("--rounds", type=int, default=3, help="open loops; the median of them is told")
    ask.add_argument("--callers", type=int, default=4, help="that find the maximum")
    ask.add_argument("--seed", type=int, default=7)
    given = ask.parse_args()
    if (given.data is None) == (given.shop is None):
        ask.error("give --data or --shop")
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        shop = given.shop or Path(folder) / "shop"
        if given.data is not None:
            build_shop(given.data, shop, progress=_said)
        queries = distinct_queries(shop, seed=given.seed)
        with _served(shop) as (port, pid):
            asyncio.run(_measure(port, pid, queries, given))


async def _measure(port: int, pid: int, queries: Iterator[str], given: argparse.Namespace) -> None:
    connections = Connections(port)
    paths = (
        f"/v1/search?q={quote(query)}&visitor_id=v{i % 997}" for i, query in enumerate(queries)
    )
    await _closed_loop(connections, paths, callers=1, seconds=3.0)  # warm
    per_s = max(
        [
            await _closed_loop(connections, paths, callers=n, seconds=5.0)
            for n in (1, given.callers, 2 * given.callers)
        ]
    )
    dice = np.random.default_rng(given.seed)
    rounds: list[tuple[float, float, float, int]] = []
    for _ in range(given.rounds):
        cpu_before = _cpu_s(pid)
        waits = await _open_loop(connections, paths, per_s / 2, given.seconds, dice)
        p50, p99 = np.percentile(waits, [50, 99])
        cpu_ms = 1000 * (_cpu_s(pid) - cpu_before) / len(waits)
        rounds.append((cpu_ms, float(p50), float(p99), len(waits)))
    connections.close()
    cpu_ms, p50_ms, p99_ms = (float(np.median([r[i] for r in rounds])) for i in range(3))
    emit(
        cpu_ms=cpu_ms,
        p50_ms=p50_ms,
        p99_ms=p99_ms,
        peak_mb=_peak_mb(pid),
        max_per_s=per_s,
        asked_per_s=per_s / 2,
        n=sum(r[3] for r in rounds),
        n_failed=connections.n_failed,
        p99_ms_of_rounds=[round(r[2], 1) for r in rounds],
    )


async def _closed_loop(
    connections: Connections, paths: Iterator[str], *, callers: int, seconds: float
) -> float:
    """Answers a second when every caller asks again as soon as it is answered."""
    start, n = time.perf_counter(), 0

    async def call() -> None:
        nonlocal n
        while time.perf_counter() - start < seconds:
            await connections.get(next(paths))
            n += 1

    await asyncio.gather(*(call() for _ in range(callers)))
    return n / (time.perf_counter() - start)


async def _open_loop(
    connections: Connections,
    paths: Iterator[str],
    per_s: float,
    seconds: float,
    dice: np.random.Generator,
) -> list[float]:
    """Milliseconds from the moment a request was due to its answer."""
    waits: list[float] = []
    start = time.perf_counter()

    async def ask(path: str, due: float) -> None:
        await connections.get(path)
        waits.append(1000 * (time.perf_counter() - due))

    asked = []
    due = start
    while (due := due + dice.exponential(1 / per_s)) < start + seconds:
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        asked.append(asyncio.ensure_future(ask(next(paths), due)))
    await asyncio.gather(*asked)
    return waits


@contextmanager
def _served(shop: Path) -> Iterator[tuple[int, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(shop), str(port)])
    try:
        yield port, asyncio.run(_ready(port, server))
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


def _cpu_s(pid: int) -> float:
    """CPU time of the worker so far. Linux."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / 100.0


def _peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


_said: Progress = lambda what, n_done, n_total: print(  # noqa: E731
    f"{what} {n_done}/{n_total}", file=sys.stderr, end="\r"
)


if __name__ == "__main__":
    main()
