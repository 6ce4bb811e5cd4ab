"""Workers that end: which are replaced, and when a server gives up."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.serve.servers import Server
from tests.waiting import wait_until


def children(pid: int) -> set[int]:
    """Workers of a server: its children that serve."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.add(int(child))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers in /proc")
def test_a_worker_killed_right_after_its_start_is_replaced_and_the_healthy_one_serves_on(
    shop: Path, serve: Callable[..., Server]
) -> None:
    server = serve(shop, workers=2)
    first = sorted(children(server.process.pid))
    os.kill(first[0], signal.SIGKILL)
    for _ in range(2):  # its successor is killed as soon as it is there
        new = _new_worker(server, first)
        os.kill(new, signal.SIGKILL)
        first.append(new)
    assert first[1] in children(server.process.pid)
    assert httpx.get(f"{server.url}/healthz", timeout=60).is_success
    wait_until(lambda: len(server.by_worker()) == 2, within_s=240)
    assert server.stop() == 0


def _new_worker(server: Server, known: list[int]) -> int:
    found: set[int] = set()

    def is_there() -> bool:
        found.update(children(server.process.pid) - {*known})
        return bool(found)

    wait_until(is_there)
    return found.pop()


def test_a_server_whose_workers_cannot_start_ends_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "keys.sqlite").mkdir()  # no worker can open it
    start = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "baihuo", "serve", "--shop", str(tmp_path), "--port", "0"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ended.returncode != 0
    assert time.monotonic() - start < 240


def test_serve_prints_its_address_and_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "baihuo", "serve", "--shop", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            lines = [process.stderr.readline() for _ in range(3)]
            address = re.search(r"http://127\.0\.0\.1:(\d+) ", lines[0])
            assert address is not None, lines
            assert "baihuo release" in lines[1]
            assert "baihuo keys create" in lines[2]
            wait_until(lambda: is_alive(f"http://127.0.0.1:{address[1]}/healthz"), within_s=120)
        finally:
            process.terminate()
            assert process.wait(timeout=120) == 0


def is_alive(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def test_serve_refuses_other_machines_before_a_key_was_made(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "baihuo", "serve", "--shop", str(tmp_path), "--host", "0.0.0.0"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ended.returncode == 2
    assert "baihuo keys create" in ended.stderr
