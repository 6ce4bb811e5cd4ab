"""What parts of a run take, measured by wrapping their functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from suites.shared.measure import peak_mb


class Watch:
    """Seconds and peak memory of each part of a run."""

    def __init__(self) -> None:
        self.wall_s: dict[str, float] = {}
        self.peak_mb: dict[str, int] = {}

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """``function``, whose calls count as ``part``."""

        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.wall_s[part] = self.wall_s.get(part, 0) + time.perf_counter() - start
                self.peak_mb[part] = peak_mb()

        return call

    def replace(self, owner: object, name: str, part: str) -> None:
        """Time a function or method where others call it."""
        setattr(owner, name, self.timed(getattr(owner, name), part))

    def report(self) -> dict[str, str]:
        return {part: f"{s:.1f} s, {self.peak_mb[part]} MB" for part, s in self.wall_s.items()}
