"""Servers that are renewed, stopped, killed or doubled while requests come in."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve.servers import Server, connection
from tests.waiting import slowness, wait_until

from baihuo.core import ShopPaths
from baihuo.events import EventLog


def click(event_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_type": "click",
        "visitor_id": "v",
        "product_id": "p1",
        "surface": "home",
    }


def stored(shop: Path) -> list[str]:
    log = EventLog(ShopPaths(shop).log)
    ids = [event.event_id for _, event in log.tail(0, limit=1_000_000)]
    log.close()
    return ids


class Load:
    """Clients that search and send events, on connections that they keep, until told to stop."""

    def __init__(self, url: str, *, n: int = 2) -> None:
        self.statuses: list[int] = []
        self.failed: list[str] = []
        self.acknowledged: list[str] = []
        self._url, self._is_over = url, threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(i,)) for i in range(n)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _run(self, number: int) -> None:
        ends_at = time.monotonic() + 240
        with connection(self._url) as client:
            n = 0
            while not self._is_over.is_set() and time.monotonic() < ends_at:
                n += 1
                time.sleep(0.15)  # or it would be the test that keeps the cores busy
                try:
                    page = client.get(f"/v1/search?q=lamp {n}&visitor_id=v{number}")
                    event = click(f"event {n} of client {number} of load {id(self):x}")
                    kept = client.post("/v1/events", json={"events": [event]})
                except httpx.TransportError as error:
                    self.failed.append(repr(error))
                    continue
                self.statuses += [page.status_code, kept.status_code]
                if kept.is_success:
                    self.acknowledged.append(event["event_id"])


def workers(url: str) -> set[int]:
    """Who answers new connections, by many of them."""
    found = set()
    for _ in range(12):
        with connection(url) as client:
            found.add(client.get("/readyz").json().get("worker"))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.slow(reason="four workers start, one after the other, under load: real processes")
def test_a_renewal_fails_no_request_and_a_killed_supervisor_loses_nothing_acknowledged(
    shop: Path, serve: Callable[..., Server]
) -> None:
    server = serve(shop, workers=2)
    first = workers(server.url)
    with Load(server.url) as load:
        wait_until(lambda: len(load.statuses) > 20)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not first & workers(server.url), within_s=120 * slowness(), every_s=0.5)
        n = len(load.statuses)
        wait_until(lambda: len(load.statuses) > n + 20)
        assert not load.failed
        assert {*load.statuses} == {200}
        server.process.kill()
        server.process.wait(timeout=60)
        wait_until(lambda: is_free(server.url), within_s=30 * slowness())
    kept = stored(shop)
    assert set(load.acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def is_free(url: str) -> bool:
    with socket.socket() as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            mine.bind(("127.0.0.1", int(url.rsplit(":", 1)[1])))
            mine.listen()
        except OSError:
            return False
        return True


def to_the_end(connection: socket.socket) -> bytes:
    """What the server sends until it closes the connection; a reset is an error."""
    connection.settimeout(120)
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_two_servers_take_events_of_both_and_a_stop_answers_what_was_asked_and_resets_nobody(
    shop: Path, serve: Callable[..., Server]
) -> None:
    server, other = serve(shop, workers=1), serve(shop, workers=1)
    with Load(server.url, n=2) as one, Load(other.url, n=2) as two:
        wait_until(lambda: min(len(one.acknowledged), len(two.acknowledged)) > 10)
    assert not one.failed + two.failed
    port = int(server.url.rsplit(":", 1)[1])
    body = b'{"events": [%s]}' % (
        b'{"event_id": "late", "event_type": "click", "visitor_id": "v", "product_id": "p1", "surface": "home"}'
    )
    head = (
        b"POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n"
    ) % len(body)
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall((head + body)[:-5])  # the worker waits for the rest
        with socket.create_connection(("127.0.0.1", port)) as idle:
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            idle.sendall(head.replace(b"localhost", b"127.0.0.1") + body.replace(b"late", b"next"))
            # A worker looks for signals ten times a second. That it closes an idle connection shows that it has seen this one.
            assert b" 200 " in to_the_end(idle).split(b"\r\n", 1)[0]
        half.sendall(body[-5:])
        answer = to_the_end(half)
    assert b" 200 " in answer.split(b"\r\n", 1)[0]
    assert b"connection: close" in answer.lower()
    assert server.process.wait(timeout=120) == 0
    assert sorted(stored(shop)) == sorted([*one.acknowledged, *two.acknowledged, "late", "next"])
