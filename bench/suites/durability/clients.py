"""Clients that send events until each is acknowledged."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from types import TracebackType
from typing import Any, Self


def batch(name: str, n: int) -> list[dict[str, Any]]:
    """``n`` events whose ids begin with ``name``."""
    return [
        {
            "event_id": f"{name}-{i}",
            "event_type": "click",
            "visitor_id": name,
            "product_id": "p1",
            "surface": "home",
        }
        for i in range(n)
    ]


def post(connection: http.client.HTTPConnection, events: list[dict[str, Any]]) -> int:
    """The status of the answer."""
    body = json.dumps({"events": events})
    connection.request("POST", "/v1/events", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


class Clients:
    """Each sends one batch after the other; the same again where no answer came, on a new connection."""

    def __init__(self, port: int, *, n: int, seed: int) -> None:
        self.acknowledged: set[str] = set()
        self._port, self._is_over, self._gives_up = port, threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(i, random.Random(seed * 1_000 + i)))
            for i in range(n)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._gives_up.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def wait_for_more(self, n: int, *, until: float) -> None:
        """Wait until ``n`` more events were acknowledged, so that every kill meets a server that works."""
        wanted = len(self.acknowledged) + n
        while len(self.acknowledged) < wanted and time.monotonic() < until:
            time.sleep(0.005)

    def finish(self, *, within_s: float) -> None:
        """Let every client end with an acknowledged batch."""
        self._is_over.set()
        ends_at = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(timeout=max(0.0, ends_at - time.monotonic()))

    def _run(self, number: int, dice: random.Random) -> None:
        n = 0
        while not self._is_over.is_set():
            n += 1
            self._send(batch(f"c{number}-{n}", dice.randint(1, 5)))

    def _send(self, events: list[dict[str, Any]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._gives_up.is_set():
            try:
                if post(connection, events) == 200:
                    with self._lock:
                        self.acknowledged |= {event["event_id"] for event in events}
                    break
            except (OSError, http.client.HTTPException):
                connection.close()
            time.sleep(0.02)
        connection.close()
