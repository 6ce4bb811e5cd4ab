"""The memory of a process while something happens. Linux."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def memory_mb(pid: int) -> float:
    """What the process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1_024


@dataclass(slots=True)
class Peak:
    """The most that was held."""

    mb: float = 0.0


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Look a hundred times a second until the end of the block."""
    peak, is_over = Peak(memory_mb(pid)), threading.Event()

    def look() -> None:
        while not is_over.wait(0.01):
            peak.mb = max(peak.mb, memory_mb(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()
