"""The README's commands for one's own data, as they stand there, on the two files that the docs ship."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = {"README.md": "## Use it on your own data", "README.zh-CN.md": "## 用在自己的数据上"}
SECONDS = {
    "import": 120,
    "check": 180,
    "train": 300,
    "release": 180,
}  # far more than a slow machine takes
READY_SECONDS = 300


def commands(page: str) -> list[list[str]]:
    """The words of each line of the first block under the heading."""
    text = (ROOT / page).read_text(encoding="utf-8").split(BLOCKS[page], 1)[1]
    block = re.search(r"```\n(.*?)```", text, re.DOTALL)
    assert block is not None
    return [shlex.split(line, comments=True) for line in block[1].splitlines() if line.strip()]


def called(words: list[str]) -> list[str]:
    """The installed command's entry point, run by this Python."""
    assert words[0] == "baihuo"
    return [sys.executable, "-c", "from baihuo.cli import main; main()", *words[1:]]


def folder_with_files(folder: Path) -> Path:
    for name in ("events.csv", "products.csv"):
        shutil.copy(ROOT / "docs" / "example" / name, folder)
    return folder


def run(words: list[str], folder: Path) -> str:
    done = subprocess.run(
        called(words),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS[words[1]],
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment() -> dict[str, str]:
    names = {k: v for k, v in os.environ.items() if k != "BAIHUO_SHOP"}
    return {**names, "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(sys.path)}


def get(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""
    except OSError:
        return 0, b""


@pytest.mark.slow(reason="five commands of the README, each as its own process, to a storefront")
def test_the_readme_s_own_data_commands_end_in_a_storefront(tmp_path: Path) -> None:
    folder = folder_with_files(tmp_path)
    *steps, serve = commands("README.md")
    assert [words[1] for words in steps] == ["import", "check", "train", "release"]
    assert serve == ["baihuo", "serve"]
    assert "--map" in steps[0]
    told = {words[1]: run(words, folder) for words in steps}
    assert "products: products.csv" in told["import"]
    assert "bad_time" in told["import"]
    report = json.loads((folder / "shop" / "2-clean" / "report.json").read_text())
    assert report["tables"]["products"]["n_kept"] == 40
    assert report["tables"]["events"]["n_kept"] == 1_438
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "shop" / "shop.yaml").write_text(f"serve: {{port: {port}}}\n")
    with (folder / "serve.log").open("w") as log:
        server = subprocess.Popen(
            called(serve), cwd=folder, env=environment(), stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + READY_SECONDS
        while get(f"http://127.0.0.1:{port}/readyz")[0] != 200:
            assert server.poll() is None, (folder / "serve.log").read_text()
            assert time.monotonic() < until, (folder / "serve.log").read_text()
            time.sleep(0.2)
        status, body = get(f"http://127.0.0.1:{port}/v1/search?q=kettle&language=en")
        assert status == 200
        titles = [r["product"]["title_en"] for r in json.loads(body)["results"]]
        assert "kettle" in titles[0].lower()
        status, body = get(f"http://127.0.0.1:{port}/")
        assert status == 200
        assert b"<html" in body
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(30)


def test_the_chinese_readme_says_the_same_commands(tmp_path: Path) -> None:
    first, *rest = commands("README.zh-CN.md")
    english, *others = commands("README.md")
    assert rest == others
    assert [w for w in first if w != "CNY"] == [w for w in english if w != "EUR"]
    assert "events: events.csv" in run(first, folder_with_files(tmp_path))
