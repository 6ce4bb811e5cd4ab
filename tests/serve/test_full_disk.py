"""A disk that is full or read-only: what was acknowledged is stored, the rest is refused in clear words, pages go on."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.events.served_pages import served
from tests.serve.servers import Server, connection, started
from tests.serve.small_shop import WITH_KEY
from tests.waiting import wait_until, wait_until_ready

from baihuo.core import ShopPaths, free_bytes
from baihuo.events import EventLog, ServedLog, peek_served
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.ids import now_us

MB = 1_000_000
SEARCH = "/v1/search?q=kettle&page_size=24"


@pytest.fixture
def small_disk(built: Path, tmp_path: Path) -> Iterator[Path]:
    """A shop on a disk of its own with 12 MB to spare."""
    shop_bytes = sum(f.stat().st_size + 4096 for f in built.rglob("*") if f.is_file())
    disk = tmp_path / "disk"
    disk.mkdir()
    size = f"size={shop_bytes + 12 * MB}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a disk of its own needs the right to mount one")
    try:
        yield Path(shutil.copytree(built, disk / "shop"))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def events(start: int, n: int = 20) -> dict[str, Any]:
    made = [
        {
            "event_id": f"e{i}",
            "event_type": "click",
            "visitor_id": f"v{i % 7}",
            "product_id": "p1",
            "text": "x" * 400,
        }
        for i in range(start, start + n)
    ]
    return {"events": made}


class Load:
    """Threads that send events and ask for pages until they are ended."""

    def __init__(self, server: Server, n: int = 2) -> None:
        self.acknowledged: set[str] = set()
        self.answers: list[tuple[str, httpx.Response]] = []
        self._url, self._end = server.url, threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(i,)) for i in range(n)]
        for thread in self._threads:
            thread.start()

    def _send(self, number: int) -> None:
        at = number * 1_000_000
        with connection(self._url) as client:
            while not self._end.is_set():
                answer = client.post("/v1/events", json=events(at))
                self.answers.append(("events", answer))
                if answer.status_code == 200:
                    self.acknowledged |= {f"e{i}" for i in range(at, at + 20)}
                    at += 20
                self.answers.append(("page", client.get(SEARCH)))
                time.sleep(0.15)

    def statuses(self, kind: str) -> set[int]:
        return {answer.status_code for found, answer in list(self.answers) if found == kind}

    def end(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()


def fill(path: Path) -> None:
    """Take all the room that is left."""
    with path.open("wb", buffering=0) as file:
        for size in (MB, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def put_old_pages(shop: Path, n: int) -> None:
    """Pages of two days ago, which the server seals."""
    at_us = now_us() - 2 * 86_400_000_000
    log = ServedLog(ShopPaths(shop).served_log)
    for i in range(n):
        log.append(served(f"{at_us // 1000 + i:012x}-old", at_us=at_us + 1000 * i))
    log.close()


def metric(client: Any, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def stored(shop: Path) -> list[str]:
    log = EventLog(ShopPaths(shop).log)
    try:
        return [event.event_id for _, event in log.tail(0, 1_000_000)]
    finally:
        log.close()


@pytest.mark.slow(
    reason="a server of two workers under load, until its disk is full and again until it is not"
)
def test_a_disk_that_fills_up_under_load_loses_nothing_acknowledged_and_recovers(
    small_disk: Path,
) -> None:
    put_old_pages(small_disk, 300)
    server = started(small_disk, workers=2, upkeep_s=2.0)
    load, filler = Load(server), small_disk.parent / "filler"
    try:
        client = server.client()
        wait_until(lambda: len(load.acknowledged) > 100, what="events", within_s=60)
        assert load.statuses("events") == {200}
        fill(filler)
        wait_until(lambda: 507 in load.statuses("events"), what="a refusal", within_s=60)
        refused = next(a for k, a in load.answers if k == "events" and a.status_code == 507)
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "10"
        assert refused.json()["type"].endswith("/disk-full")
        assert "log.sqlite" in refused.json()["detail"]
        assert "free disk space" in refused.json()["fix"]
        wait_until(lambda: client.get("/readyz").status_code == 503, what="not ready", within_s=60)
        assert ".sqlite" in client.get("/readyz").json()["detail"]
        assert client.get("/healthz").status_code == 200
        wait_until(
            lambda: metric(client, "baihuo_unlogged_pages_total") > 0, what="counted", within_s=60
        )
        assert metric(client, "baihuo_commit_failures_total") > 0
        assert metric(client, 'baihuo_disk_free_bytes{folder="1-raw"}') < MB
        filler.unlink()
        n_before = len(load.acknowledged)
        wait_until(
            lambda: len(load.acknowledged) > n_before + 100, what="events go on", within_s=60
        )
        ready = lambda: all(client.get("/readyz").status_code == 200 for _ in range(6))  # noqa: E731
        wait_until(ready, what="ready again", within_s=60)
        log = ShopPaths(small_disk).served_log
        # beside the workers; the newest page stays where no page was served yet
        wait_until(lambda: peek_served(log).n_sealed >= 299, what="sealed", within_s=60)
    finally:
        load.end()
        code = server.stop()
    assert code == 0
    assert load.statuses("page") == {200}  # all the time
    assert load.statuses("events") == {200, 507}
    kept = stored(small_disk)
    assert len(kept) == len(set(kept))
    assert set(kept) >= load.acknowledged
    assert len(set(kept) - load.acknowledged - {f"old-{i}" for i in range(1000)}) <= 2 * 20
    assert peek_served(log).n_pages > 300


def test_a_server_killed_on_a_full_disk_has_what_it_acknowledged(small_disk: Path) -> None:
    server = started(small_disk, workers=1)
    worker = server.client().get("/readyz").json()["worker"]
    load, filler = Load(server), small_disk.parent / "filler"
    try:
        wait_until(lambda: len(load.acknowledged) > 60, what="events", within_s=60)
        fill(filler)
        wait_until(lambda: 507 in load.statuses("events"), what="a refusal", within_s=60)
        load.end()
    finally:
        server.process.kill()
        os.kill(worker, signal.SIGKILL)
        server.process.wait()
        server.clients.close()
    filler.unlink()  # to be opened again a log needs some kB
    assert set(stored(small_disk)) >= load.acknowledged


def test_less_room_than_the_reserve_refuses_writes_and_serves_pages(shop: Path) -> None:
    config = ServeConfig(seed=1, disk_reserve_bytes=2 * free_bytes(shop))
    with TestClient(create_app(shop, config), raise_server_exceptions=False) as client:
        wait_until(lambda: client.get(SEARCH).status_code == 200, what="a page")
        for answer in (
            client.post("/v1/events", json=events(0)),
            client.patch("/v1/products/p1", json={"stock_units": 1}, headers=WITH_KEY),
        ):
            assert answer.status_code == 507, answer.text
            assert "the reserve is" in answer.json()["detail"]
            assert "serve.disk_reserve_mb" in answer.json()["fix"]
        assert client.get("/readyz").status_code == 503
        assert "the reserve is" in client.get("/readyz").json()["detail"]
        wait_until(
            lambda: metric(client, "baihuo_unlogged_pages_total") > 0, what="counted", within_s=60
        )
    assert stored(shop) == []


def test_events_have_the_last_of_the_room(shop: Path) -> None:
    config = ServeConfig(seed=1, disk_reserve_bytes=int(0.7 * free_bytes(shop)))
    with TestClient(create_app(shop, config), raise_server_exceptions=False) as client:
        wait_until(lambda: client.get(SEARCH).status_code == 200, what="a page")
        assert client.post("/v1/events", json=events(0)).status_code == 200
        wait_until(
            lambda: metric(client, "baihuo_unlogged_pages_total") > 0, what="counted", within_s=60
        )
        assert "served.sqlite" in client.get("/readyz").json()["detail"]


def test_a_log_that_may_not_be_written_any_more_is_a_503_until_it_may(shop: Path) -> None:
    """By a limit of file sizes, which needs no rights; then as an unchangeable file, where that is possible."""
    server = started(shop, workers=1)
    wal, n_stored = ShopPaths(shop).log.with_name("log.sqlite-wal"), 40
    try:
        client = server.client()
        assert client.post("/v1/events", json=events(0)).status_code == 200
        worker = client.get("/readyz").json()["worker"]
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        refused(client)
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)
        wait_until_ready(client)
        assert client.post("/v1/events", json=events(100)).json()["n_new"] == 20
        if subprocess.run(["chattr", "+i", str(wal)], capture_output=True).returncode == 0:
            refused(client)
            subprocess.run(["chattr", "-i", str(wal)], check=True)
            wait_until_ready(client)
            assert client.post("/v1/events", json=events(200)).json()["n_new"] == 20
            n_stored = 60
    finally:
        subprocess.run(["chattr", "-i", str(wal)], capture_output=True)
        assert server.stop() == 0
    assert len(stored(shop)) == n_stored


def refused(client: httpx.Client) -> None:
    answer = client.post("/v1/events", json=events(900))
    assert answer.status_code == 503, answer.text
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"].endswith("/cannot-write")
    assert "read-only" in answer.json()["fix"]
    assert client.get(SEARCH).status_code == 200
    assert "log.sqlite" in client.get("/readyz").json()["detail"]


def test_a_server_starts_on_no_read_only_disk_and_says_why(small_disk: Path) -> None:
    EventLog(ShopPaths(small_disk).log).close()
    disk = small_disk.parent
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        with pytest.raises(Exception, match="read-only") as error:
            EventLog(ShopPaths(small_disk).log)
        assert type(error.value).__name__ == "CannotWrite"
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert os.access(disk, os.W_OK)
