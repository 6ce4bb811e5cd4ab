"""Within, a process of its own asks for the health of a server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PROBE = Path(__file__).with_name("probe.py")


@dataclass(slots=True)
class Health:
    """Seconds that answers of /healthz took: on one connection, and on new ones."""

    kept: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)  # CPU of the event loop in each of these waits
    held: list[float] = field(default_factory=list)  # each of them without waits for a core

    def add(self, other: Health) -> None:
        """Count another phase to this one."""
        self.kept += other.kept
        self.new += other.new
        self.busy += other.busy
        self.held += other.held


@contextmanager
def health(port: int, pid: int, *, at_most_s: float, every_ms: float = 20) -> Iterator[Health]:
    """Ask until the end of the block, at most ``at_most_s``; the answer is filled in then."""
    found = Health()
    command = [sys.executable, str(_PROBE), str(port), str(pid), str(at_most_s), str(every_ms)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as probe:
        try:
            yield found
        finally:
            out, _ = probe.communicate("", timeout=at_most_s + 90)
            took = json.loads(out)
            found.add(Health(**took))
