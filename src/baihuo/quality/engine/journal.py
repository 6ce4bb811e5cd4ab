"""What a run has done so far, so that one that was killed goes on where it stopped.

The rounds of a run leave their findings in its working folder, each whole or not there, and then a
line here. A later run over the same files, rules, checks and code takes the lines as done; any
other begins from the start, and so does every run after the machine went down: nothing here is
synced to the disk, which took a fifth of a small check's time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from baihuo.core import Progress

WORK = ".clean"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SMALL_BYTES = 1 << 20
_GOES_STALE_HOURS = 24  # our clock is frozen while a run goes on: not for longer than this


@dataclass
class Journal:
    """The working folder of one run, and which of its rounds are done."""

    work: Path
    now_us: int
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(
        cls, out: Path, *, key: str, now_us: int | None, progress: Progress | None = None
    ) -> Journal:
        """Go on with the run that was killed, if its ``key`` (:func:`fingerprint`) is the same, else begin."""
        work = out / WORK
        lines = _lines(work / "journal.jsonl")
        clock = time.time_ns() // 1000
        if lines and lines[0].get("key") == key:
            then_us = int(lines[0]["now_us"])
            is_fresh = clock - int(lines[0]["clock_us"]) < _GOES_STALE_HOURS * 3_600_000_000
            is_same_boot = lines[0].get("boot") == _boot() is not None
            if is_same_boot and (now_us == then_us or (now_us is None and is_fresh)):
                if progress is not None and len(lines) > 1:
                    progress("going on with the run that was stopped", len(lines) - 1, 0)
                return cls(work, then_us, {line["round"]: line for line in lines[1:]})
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        new = cls(work, clock if now_us is None else now_us)
        new._append({"key": key, "now_us": new.now_us, "clock_us": clock, "boot": _boot()})
        return new

    def note(self, name: str, **result: Any) -> None:
        """Record that a round is done; its files are written."""
        self.done[name] = {"round": name, **result}
        self._append(self.done[name])

    def _append(self, line: dict[str, Any]) -> None:
        with (self.work / "journal.jsonl").open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _boot() -> str | None:
    """Which start of the machine this is; None where the system does not say, and no run is gone on with."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return None


def _lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a journal; a torn last one does not count."""
    if not path.exists():
        return []
    lines = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def fingerprint(files: Sequence[Path], *others: str) -> str:
    """A name for everything a run's result depends on: files as they stand, settings, and this code."""
    digest = hashlib.sha256(_code().encode())
    for path in sorted(files):
        digest.update(f"{path.resolve()}\0{file_mark(path)}\0".encode())
    for other in others:
        digest.update(f"{len(other)}:{other}".encode())
    return digest.hexdigest()


def file_mark(path: Path) -> str:
    """Tells a file from a changed one; a small file that was written again with equal bytes is the same."""
    stat = path.stat()
    if stat.st_size < _SMALL_BYTES:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return f"{stat.st_size}-{stat.st_mtime_ns}"


@cache
def _code() -> str:
    """The source of this room: a run that an older release began is not gone on with."""
    digest = hashlib.sha256(version("duckdb").encode())
    room = Path(__file__).parents[1]
    for path in sorted(p for p in room.rglob("*") if p.suffix in (".py", ".sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
