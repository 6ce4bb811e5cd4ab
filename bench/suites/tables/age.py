"""Which recorded tables are older than the code that they measure.

What a benchmark measures is what it imports: its own file, the suites that it uses, and the rooms of ``baihuo`` that these
name. A commit in any of those since the one that a table was recorded on makes the table old. That is no fault (a
series of changes is recorded once, at its end), so it is said and fails nothing.
"""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OldTable:
    """One table, and what changed since it was recorded."""

    name: str
    commit: str
    n_commits: int | None  # None: the commit is not in this history
    newest: str = ""

    @property
    def words(self) -> str:
        if self.n_commits is None:
            return f"{self.name}: recorded on {self.commit}, which is not in this history"
        commits = "commit" if self.n_commits == 1 else "commits"
        return f"{self.name}: recorded on {self.commit}, {self.n_commits} {commits} to what it measures since ({self.newest})"


def old_tables(root: Path, script: Callable[[str], str]) -> list[OldTable]:
    """Every recorded table of ``bench/results`` that is older than its code.

    Args:
        script: name of a table → name of its script in ``bench``.
    """
    found = []
    for file in sorted((root / "bench" / "results").glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            commit = json.loads(lines.readline())["meta"]["commit"].partition("+")[0]
        paths = measured_paths(root, script(file.stem))
        log = _git(root, "log", "--format=%h %s", f"{commit}..HEAD", "--", *paths)
        if log is None:
            found.append(OldTable(file.stem, commit, None))
        elif commits := log.splitlines():
            found.append(OldTable(file.stem, commit, len(commits), commits[0][:80]))
    return found


def measured_paths(root: Path, name: str) -> list[str]:
    """The files and rooms that ``bench/NAME.py`` measures, as paths from the root."""
    bench = root / "bench"
    todo, seen, rooms = [bench / f"{name}.py"], set[Path](), set[str]()
    while todo:
        path = todo.pop()
        if path in seen or not path.exists():
            continue
        seen.add(path)
        for module in _imports(path):
            parts = module.split(".")
            if parts[0] == "baihuo" and len(parts) > 1:
                rooms.add(f"src/baihuo/{parts[1]}")
            elif parts[0] == "suites" and parts[:2] != ["suites", "tables"]:
                todo.append(bench.joinpath(*parts).with_suffix(".py"))
    return sorted({str(path.relative_to(root)) for path in seen} | rooms)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _git(root: Path, *words: str) -> str | None:
    """What git says; None where it fails."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
