"""Follows an "add a …" page to the letter: in a copy of the source, as its reader would.

A step of a page is a line with the file's name in bold and backticks, then a code block. A block marked ``diff``
changes the file: lines after ``-`` go, lines after ``+`` come, the others say where. Any other block is
the whole of a new file. The page says "**2 files, 30 lines**": files touched, and lines added.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

_STEP = re.compile(r"^\*\*`([^`]+)`\*\*[^\n]*\n\n?```(\w+)\n(.*?)^```$", re.M | re.S)
_COUNT = re.compile(r"\*\*(\d+) files?, (\d+) lines\*\*")


_EACH = """
import json, sys
from typer.testing import CliRunner
from baihuo.cli.app import app
every = [CliRunner().invoke(app, words, catch_exceptions=False) for words in json.loads(sys.argv[1])]
assert {done.exit_code for done in every} == {0}, [done.output for done in every]
print(json.dumps([done.stdout for done in every]))
"""


@dataclass(frozen=True)
class Followed:
    """A copy of the source with a page's steps done."""

    source: Path  # the copied ``src``
    n_files: int
    n_lines: int

    def baihuo(
        self, *arguments: object, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The command line of the copy; what it prints is text."""
        code = "import sys; sys.argv[0] = 'baihuo'; from baihuo.cli import main; main()"
        return self._run("-c", code, *arguments, cwd=cwd)

    def baihuo_each(self, *commands: Sequence[object]) -> list[str]:
        """What commands print that one process of the copy runs, one after the other."""
        words = json.dumps([[str(word) for word in command] for command in commands])
        done = self._run("-c", _EACH, words, cwd=None)
        assert done.returncode == 0, done.stderr
        printed: list[str] = json.loads(done.stdout)
        return printed

    def pytest(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Tests of the copy, named from its root."""
        return self._run(
            "-m", "pytest", "-p", "no:cacheprovider", *arguments, cwd=self.source.parent
        )

    def _run(self, *arguments: object, cwd: Path | None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *(str(a) for a in arguments)]
        environment = {**os.environ, "PYTHONPATH": str(self.source), "COLUMNS": "200"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # its tests ask for none
        return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)


def follow(page: str, folder: Path) -> Followed:
    """Does what ``docs/<page>`` says, in a copy under ``folder``.

    Raises:
        AssertionError: a step's place is not to be found, or the page counts otherwise.
    """
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    steps = _STEP.findall(text)
    assert steps, f"{page} has no steps"
    for top in sorted({Path(name).parts[0] for name, _, _ in steps} | {"src"}):
        # with its byte code, which is as old as the copied file: else each command compiles all of it
        shutil.copytree(REPOSITORY / top, folder / top)
    n_lines = sum(_done(folder / name, kind, block) for name, kind, block in steps)
    n_files = len({name for name, _, _ in steps})
    counted = _COUNT.search(text)
    assert counted is not None, f"{page} does not say how many files and lines it takes"
    assert (n_files, n_lines) == (int(counted[1]), int(counted[2])), f"{page} counts otherwise"
    return Followed(folder / "src", n_files, n_lines)


def _done(path: Path, kind: str, block: str) -> int:
    """One step; how many lines it added."""
    if kind != "diff":
        assert not path.exists(), f"{path.name} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
        return len(block.splitlines())
    lines = block.splitlines()
    before = [line[1:] for line in lines if not line.startswith("+")]
    after = [line[1:] for line in lines if not line.startswith("-")]
    text = path.read_text(encoding="utf-8")
    old = "\n".join(before) + "\n"
    assert text.count(old) == 1, f"{path.name} has this {text.count(old)} times:\n{old}"
    path.write_text(text.replace(old, "\n".join(after) + "\n"), encoding="utf-8")
    return sum(line.startswith("+") for line in lines)
