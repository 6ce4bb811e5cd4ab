"""Progress callbacks of long tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of the task, units done, and total units (0: not known yet)."""


def no_progress(task: str, n_done: int, n_total: int) -> None:
    """Report no progress."""
