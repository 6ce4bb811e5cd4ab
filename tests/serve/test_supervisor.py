"""The command that serves: its address, what it refuses, and when it gives up."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
from tests.waiting import wait_until
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput


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
    words = ["serve", "--shop", str(tmp_path), "--host", "0.0.0.0"]
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, BadInput)
    assert "baihuo keys create" in refused.fix
