"""A clock that counts CPU, peak memory, and results as JSON lines."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from types import TracebackType


class Clock:
    """``with Clock() as c: …`` then ``c.wall_s`` and ``c.cpu_s`` (this process and its children)."""

    wall_s = cpu_s = 0.0

    def __enter__(self) -> Clock:
        self._wall, self._cpu = time.perf_counter(), cpu_s()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wall_s = time.perf_counter() - self._wall
        self.cpu_s = cpu_s() - self._cpu


def cpu_s() -> float:
    """User and system time of this process and its children so far, seconds."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def peak_mb() -> int:
    """The largest memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


def emit(**fields: object) -> None:
    """One result as one JSON line on standard output."""
    rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in fields.items()}
    print(json.dumps(rounded, ensure_ascii=False, default=float), flush=True)
