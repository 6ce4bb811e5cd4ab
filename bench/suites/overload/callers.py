"""Callers of pages that keep what they are told: a 503 or 429 with ``Retry-After`` is asked again after that time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

_IDLE_S = 2.0  # the server closes what is idle for 5 s


@dataclass(slots=True)
class Outcomes:
    """What became of the requests of one phase."""

    seconds: float = 0.0
    waits_s: list[float] = field(default_factory=list)  # of pages
    busy_s: list[float] = field(default_factory=list)  # CPU of the server's loop in each of these
    n_refused: int = 0  # 503 and 429 with Retry-After
    n_failed: int = 0  # anything else

    def add(self, other: Outcomes) -> None:
        """Count another phase to this one."""
        self.seconds += other.seconds
        self.waits_s += other.waits_s
        self.busy_s += other.busy_s
        self.n_refused += other.n_refused
        self.n_failed += other.n_failed

    def line(self) -> dict[str, float]:
        """Goodput, the median and the 99th percentile of pages."""
        p50, p99 = np.percentile(self.waits_s or [np.nan], [50, 99])
        busy_p99 = np.percentile(self.busy_s or [np.nan], 99)
        return {
            "goodput_per_s": len(self.waits_s) / self.seconds,
            "p50_ms": 1_000 * float(p50),
            "p99_ms": 1_000 * float(p99),
            "busy_p99_ms": 1_000 * float(busy_p99),
            "n_pages": len(self.waits_s),
            "n_refused": self.n_refused,
            "n_failed": self.n_failed,
        }


class Callers:
    """Connections that are kept alive; each request takes one that is free."""

    def __init__(self, port: int, pid: int) -> None:
        self._port, self._schedule = port, Path(f"/proc/{pid}/schedstat")
        self._writers: list[asyncio.StreamWriter] = []
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []

    async def get(self, path: str) -> tuple[int, float]:
        """The status, and the seconds that Retry-After says (0: nothing)."""
        reader, writer = await self._take()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(_header(head, b"content-length")))
        if _header(head, b"connection") == b"close":
            writer.close()
        else:
            self._free.append((reader, writer, time.monotonic()))
        return int(head.split(b" ", 2)[1]), float(_header(head, b"retry-after") or 0)

    def cpu_s(self) -> float:
        """CPU time of the server's main thread so far, in which its event loop runs. Linux."""
        return int(self._schedule.read_text().split()[0]) / 1e9

    async def close(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(w.wait_closed() for w in self._writers), return_exceptions=True)

    async def _take(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer, used_at = self._free.pop()
            if time.monotonic() - used_at < _IDLE_S:
                return reader, writer
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        return reader, writer


def _header(head: bytes, name: bytes) -> bytes:
    found = head.partition(b"\r\n" + name + b": ")[2]
    return found.partition(b"\r\n")[0]


async def closed_loop(
    port: int, pid: int, paths: Iterator[str], *, n: int, seconds: float, is_patient: bool = True
) -> Outcomes:
    """``n`` callers that ask again as soon as they are answered; ``is_patient``: after Retry-After, where it is sent."""
    callers, outcomes, start = Callers(port, pid), Outcomes(), time.perf_counter()

    async def call() -> None:
        while (left := start + seconds - time.perf_counter()) > 0:
            again_s = await _ask(callers, next(paths), outcomes)
            if is_patient and again_s:
                await asyncio.sleep(min(again_s, left))

    await asyncio.gather(*(call() for _ in range(n)))
    outcomes.seconds = time.perf_counter() - start
    await callers.close()
    return outcomes


async def open_loop(
    port: int,
    pid: int,
    paths: Iterator[str],
    *,
    per_s: float,
    seconds: float,
    dice: np.random.Generator,
) -> Outcomes:
    """Requests at random moments that wait for no answer; waits count from the moment each was due."""
    callers, outcomes, asked = Callers(port, pid), Outcomes(), list[asyncio.Future[float]]()
    start = due = time.perf_counter()
    while (due := due + dice.exponential(1 / per_s)) < start + seconds:
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        asked.append(asyncio.ensure_future(_ask(callers, next(paths), outcomes, due)))
    await asyncio.gather(*asked)
    outcomes.seconds = time.perf_counter() - start
    await callers.close()
    return outcomes


async def _ask(callers: Callers, path: str, outcomes: Outcomes, due: float | None = None) -> float:
    """One request; the seconds after which to ask again."""
    start, busy_s = time.perf_counter() if due is None else due, callers.cpu_s()
    try:
        status, again_s = await callers.get(path)
    except (OSError, asyncio.IncompleteReadError):
        outcomes.n_failed += 1
        return 0.1
    if status == 200:
        outcomes.waits_s.append(time.perf_counter() - start)
        outcomes.busy_s.append(callers.cpu_s() - busy_s)
    elif status in (429, 503) and again_s:
        outcomes.n_refused += 1
        return again_s
    else:
        outcomes.n_failed += 1
    return 0.0
