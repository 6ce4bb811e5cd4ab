"""The largest size of a folder during a run, read five times a second."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType


class Spill:
    """``with Spill(folder) as spill: …`` then ``spill.peak_mb``."""

    peak_mb = 0

    def __init__(self, folder: Path) -> None:
        self._folder, self._done = folder, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Spill:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            self.peak_mb = max(self.peak_mb, round(_size(self._folder) / (1 << 20)))


def _size(folder: Path) -> int:
    """Bytes on disk: DuckDB's spill files have holes."""
    try:
        return sum(entry.stat().st_blocks * 512 for entry in os.scandir(folder))
    except FileNotFoundError:
        return 0  # nothing was spilled yet, or a file was deleted in between
