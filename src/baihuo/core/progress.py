"""How long work says how far it is, without knowing who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, units done, and units in all (0: not known yet)."""


def silent(what: str, n_done: int, n_total: int) -> None:
    """Nobody is looking."""
