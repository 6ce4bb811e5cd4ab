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


_SESSION = """
import contextlib, io, json, sys
tests, code, commands = json.loads(sys.argv[1])
if tests:
    import pytest
    assert pytest.main(["-p", "no:cacheprovider", *tests]) == 0
printed = []
if code:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {"__name__": "__main__"})
    printed.append(out.getvalue())
for words in commands:
    from typer.testing import CliRunner
    from baihuo.cli.app import app
    done = CliRunner().invoke(app, words)
    printed.append(done.output if done.exception is None else str(done.exception))
print()
print(json.dumps(printed))
"""


@dataclass(frozen=True)
class Followed:
    """A copy of the source with a page's steps done."""

    source: Path  # the copied ``src``
    n_files: int
    n_lines: int

    def run(
        self,
        *commands: Sequence[object],
        tests: Sequence[str] = (),
        code: str = "",
    ) -> list[str]:
        """Run tests of the copy, which must pass, then code, then commands of the copy; return what the code and each command
        print, or the error it ends with. In one process: as many processes would load as much again."""
        words = json.dumps([tests, code, [[str(word) for word in each] for each in commands]])
        environment = {**os.environ, "PYTHONPATH": str(self.source), "COLUMNS": "200"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # its tests ask for none
        done = subprocess.run(
            [sys.executable, "-c", _SESSION, words],
            env=environment,
            cwd=self.source.parent,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        printed: list[str] = json.loads(done.stdout.splitlines()[-1])
        return printed


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
