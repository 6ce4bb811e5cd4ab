"""Load on one server: kept-alive connections, callers in a closed loop, requests in an open loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import numpy as np


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


async def closed_loop(
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


async def open_loop(
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

    requests = []
    due = start
    while (due := due + dice.exponential(1 / per_s)) < start + seconds:
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        requests.append(asyncio.ensure_future(ask(next(paths), due)))
    await asyncio.gather(*requests)
    return waits
