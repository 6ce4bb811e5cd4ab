"""Print the size of each room next to its size at the last version.

    python bench/sizes.py                    # since the last tag, if there is one
    python bench/sizes.py --since HEAD~20 --json

Counts every tracked text file (code, SQL, YAML, lists, tests, docs). ``tokens`` are words, numbers and signs, each Chinese character being one,
so that longer lines or split files gain nothing. ``functions`` are those of Python.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNITS = ("files", "tokens", "lines", "functions")
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def git(*words: str) -> bytes:
    """The output of a git command in this repository."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def last_version() -> str:
    """The last tag; empty without tags."""
    tags = git("tag", "--merged", "HEAD", "--sort=-creatordate").decode().split()
    return tags[0] if tags else ""


def is_known(commit: str) -> bool:
    """Whether this clone has the commit: a shallow one may not."""
    return (
        bool(commit)
        and not subprocess.run(
            ["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True
        ).returncode
    )


def files_of_commit(commit: str) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file of a commit."""
    with tarfile.open(fileobj=BytesIO(git("archive", commit))) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content.read()


def tracked_files() -> Iterator[tuple[str, bytes]]:
    """Path and content of each tracked file, as it is in the working tree."""
    for name in git("ls-files", "-z").decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and not path.is_symlink():
            yield name, path.read_bytes()


def sizes(files: Iterator[tuple[str, bytes]]) -> dict[str, Counter[str]]:
    """Counts by room: a folder of ``src/baihuo``, or the first part of the path."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, content in files:
        if b"\0" in content[:4096]:
            continue
        text, parts = content.decode("utf-8", "replace"), name.split("/")
        room = found["src/" + Path(parts[2]).stem if parts[0] == "src" else parts[0]]
        room.update(files=1, tokens=len(_TOKEN.findall(text)), lines=text.count("\n"))
        if name.endswith(".py"):
            room["functions"] += sum(isinstance(n, _FUNCTION) for n in ast.walk(ast.parse(text)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--since", metavar="REV", help="a commit to compare with")
    parser.add_argument("--json", action="store_true", help="a JSON line a room")
    given = parser.parse_args()
    since = given.since or last_version()
    before = sizes(files_of_commit(since)) if is_known(since) else {}
    now = sizes(tracked_files())
    rooms = sorted({*now, *before}, key=lambda room: (-now.get(room, Counter())["tokens"], room))
    rows = [(room, now.get(room, Counter()), before.get(room, Counter())) for room in rooms]
    for name, prefix in (("all of src", "src/"), ("all", "")):
        parts = [row for row in rows if row[0].startswith(prefix) and row[0] != "all of src"]
        total = sum((n for _, n, _ in parts), Counter[str]())
        rows.append((name, total, sum((b for *_, b in parts), Counter[str]())))
    if not given.json:
        print(f"{f'since {since or 0}':22}" + "".join(f"{unit:>22}" for unit in UNITS))
    for room, n, b in rows:
        if given.json:
            print(json.dumps({"room": room, **{u: [b[u], n[u]] for u in UNITS}}))
        else:
            columns = "".join(f"{n[u]:>12,}{f'({n[u] - b[u]:+,})':>10}" for u in UNITS)
            print(f"{room:22}{columns}")


if __name__ == "__main__":
    main()
