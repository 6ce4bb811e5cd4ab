"""Progress of a benchmark on standard error, so that its lines on standard output stay alone."""

from __future__ import annotations

import sys


def show(what: str, n_done: int, n_total: int) -> None:
    """A :data:`baihuo.core.Progress` that overwrites one line."""
    print(f"{what} {n_done}/{n_total}", file=sys.stderr, end="\r")
