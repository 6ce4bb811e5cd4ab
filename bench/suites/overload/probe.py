"""Asks a server for its health from a process of its own, and says how long each answer took.

    python bench/suites/overload/probe.py PORT PID SECONDS EVERY_MS

Prints a JSON line when its time is over or when its input ends: seconds of answers on a kept-alive connection (``kept``), of those on
a new connection every quarter of a second (``new``; one that did not come is as long as it was waited for), and the CPU time that the
server's main thread used during each of these waits (``busy``): on a machine that others use, a wait by the clock is also theirs.
``held`` is each wait without the time that the server's main thread and this process waited for a core.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_NEW_EVERY_S = 0.25
_WAIT_S = 60.0


def _answered(connection: socket.socket) -> None:
    connection.sendall(_ASK)
    received = b""
    while not received.endswith(b'{"status":"ok"}'):
        part = connection.recv(4_096)
        if not part:
            raise ConnectionError("closed")
        received += part


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=_WAIT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _kept(port: int, kept: socket.socket | None) -> socket.socket:
    """An answer on the kept-alive connection; the server may close one that is idle, and then another is opened."""
    if kept is not None:
        try:
            _answered(kept)
        except ConnectionError:
            kept.close()
        else:
            return kept
    kept = _connected(port)
    _answered(kept)
    return kept


def _cpu_and_queue_s(pid: int | str) -> tuple[float, float]:
    """CPU time of the main thread, in which the event loop runs, and how long it waited for a core. Linux."""
    cpu_ns, queue_ns, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(cpu_ns) / 1e9, int(queue_ns) / 1e9


def main(port: int, pid: int, seconds: float, every_ms: float) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {"kept": [], "new": [], "busy": [], "held": []}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        (cpu_s, queue_s), (_, own_s) = _cpu_and_queue_s(pid), _cpu_and_queue_s("self")
        start = time.perf_counter()
        with suppress(OSError):
            yield
        wait_s, (cpu_after_s, queue_after_s) = time.perf_counter() - start, _cpu_and_queue_s(pid)
        without_core_s = queue_after_s - queue_s + _cpu_and_queue_s("self")[1] - own_s
        took[name].append(wait_s)
        took["busy"].append(cpu_after_s - cpu_s)
        took["held"].append(max(0.0, wait_s - without_core_s))

    end, kept, new_at = time.perf_counter() + seconds, None, 0.0
    while (start := time.perf_counter()) < end:
        last, kept = kept, None
        with timed("kept"):
            kept = _kept(port, last)
        if time.perf_counter() > new_at:
            new_at = time.perf_counter() + _NEW_EVERY_S
            with timed("new"), _connected(port) as new:
                _answered(new)
        pause = max(0.0, every_ms / 1_000 - (time.perf_counter() - start))
        if select.select([sys.stdin], [], [], pause)[0]:
            break
    return took


if __name__ == "__main__":
    port, pid, seconds, every_ms = sys.argv[1:]
    print(json.dumps(main(int(port), int(pid), float(seconds), float(every_ms))))
