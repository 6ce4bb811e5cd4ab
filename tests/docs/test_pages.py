"""Every page is listed where a reader looks for it, and the tutorial's commands work as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.quality.chosen import CLEANING, few_checks
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.dirt.kinds import ABOUT, PLANTED
from baihuo.settings import Shop

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    name
    for name in (p.relative_to(DOCS).as_posix() for p in DOCS.glob("**/*.md"))
    if not name.startswith("decisions/")  # one list of a folder, by its numbers
)
READY_SECONDS = 300
STEP_SECONDS = 600  # far more than a slow machine takes


def navigation() -> list[str]:
    """The files that the site's navigation names, in order."""

    def files(part: Any) -> list[str]:
        if isinstance(part, str):
            return [part]
        return [
            file
            for inner in (part.values() if isinstance(part, dict) else part)
            for file in files(inner)
        ]

    return files(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])


def test_every_page_of_the_docs_is_in_the_navigation_once() -> None:
    named = navigation()
    made = ("root/", "rooms/", "cli.md", "settings.md", "features_list.md")  # by docs/hooks.py
    assert sorted(f for f in named if not f.startswith(made)) == PAGES
    for file in named:
        if file.startswith("root/"):
            assert (ROOT / file.removeprefix("root/")).exists()


def test_the_index_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", (DOCS / "index.md").read_text(encoding="utf-8")))
    assert [page for page in PAGES if page not in linked and page != "index.md"] == []


def test_every_decision_has_a_title_with_its_number_and_a_line_in_the_list() -> None:
    files = sorted((DOCS / "decisions").glob("0*.md"))
    for file in files:
        assert file.read_text(encoding="utf-8").startswith(f"# {file.name[:4]}. ")
    listed = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((.+?)\)", listed) == [file.name for file in files]


def test_every_named_decision_exists() -> None:
    """Comments and docstrings name a decision by its number alone."""
    numbers = {file.name[:4] for file in (DOCS / "decisions").glob("0*.md")}
    named = {
        (number, str(file))
        for folder in ("src", "tests", "bench")
        for file in (ROOT / folder).rglob("*.py")
        for number in re.findall(r"decisions/(\d{4})", file.read_text(encoding="utf-8"))
    }
    assert [one for one in sorted(named) if one[0] not in numbers] == []


def test_every_key_of_a_kind_of_dirt_is_explained() -> None:
    page = (DOCS / "decisions" / "0039-dirt-as-rows-of-data.md").read_text(encoding="utf-8")
    table = " ".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", table)) == ABOUT | PLANTED


def test_every_room_stands_in_the_architecture() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = "".join(line for line in page.splitlines() if line.startswith("| "))
    rooms = sorted(p.parent.name for p in (ROOT / "src" / "baihuo").glob("*/__init__.py"))
    assert [room for room in rooms if not re.search(rf"\b{room}\b", rows)] == []


@pytest.mark.slow(reason="the whole tutorial, two trainings and four checks")
def test_the_tutorial_s_commands_end_with_a_click_that_a_bundle_used(
    linked_encoders: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command in this process, and the server in one of its own: as many processes would load as much again."""
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    blocks = [
        b.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        for b in re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    ]
    folder = tmp_path / "work"
    folder.mkdir()
    shop = Shop(folder / "shop")
    linked_encoders(shop.encoders)  # 7 s of the same bytes
    few_checks(shop.rules_file, *CLEANING)  # the last command runs all checks on the same files
    monkeypatch.chdir(folder)
    monkeypatch.delenv("BAIHUO_SHOP", raising=False)
    monkeypatch.setenv("CLONE", str(ROOT))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    serving = blocks.index("baihuo serve\n")
    assert shutil.which("curl"), "the tutorial's requests are written with curl"
    _done("".join(blocks[:serving]))
    # Without exploration, or chance may move the first product.
    still = "exploration: {swap_probability: 0, slot_probability: 0}"
    (folder / "shop" / "shop.yaml").write_text(f"serve: {{port: {port}, {still}}}\n")
    serve = "import sys; sys.argv = ['baihuo', 'serve']; from baihuo.cli import main; main()"
    with (folder / "serve.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-c", serve], stdout=log, stderr=log)
    try:
        until = time.monotonic() + READY_SECONDS
        while not _is_ready(port):
            assert server.poll() is None, (folder / "serve.log").read_text()
            assert time.monotonic() < until, (folder / "serve.log").read_text()
            time.sleep(0.2)
        told = _done("".join(blocks[serving + 1 :]))
    finally:
        server.terminate()
        server.wait(60)
    assert '"n_new":3' in told
    assert "used yes" in told
    assert '"product_id":"A102"' in (folder / "home.json").read_text().split('"position":2')[0]
    assert (folder / "checked" / "report.html").exists()


def _done(script: str) -> str:
    """What the lines print, baihuo's and those of a shell between them; the first that fails ends it."""
    told = ""
    for part in re.split(r"^(baihuo .*\n)", script, flags=re.M):
        if part.startswith("baihuo "):
            ours = CliRunner().invoke(app, shlex.split(part)[1:])
            assert ours.exit_code == 0, f"{part}\n{ours.output}\n{ours.exception!r}"
            told += ours.stdout
        else:
            bash = ["bash", "-euo", "pipefail", "-c", part]
            others = subprocess.run(bash, capture_output=True, text=True, timeout=STEP_SECONDS)
            assert others.returncode == 0, f"{part}\n{others.stdout}\n{others.stderr}"
            told += others.stdout
    return told


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
