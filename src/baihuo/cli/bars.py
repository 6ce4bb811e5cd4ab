"""Progress bars on standard error, for anything that takes longer than a blink."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress

from baihuo.core.progress import Progress


@contextmanager
def bars(console: Console) -> Iterator[Progress]:
    """A :data:`Progress` that draws one line a kind of work, and leaves it when done.

    Where standard error is no terminal (a log file, CI), each kind of work is one plain line when
    it ends, so that logs stay short.
    """
    if not console.is_terminal:
        yield _plain()
        return
    drawn = RichProgress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=False,
    )
    tasks: dict[str, TaskID] = {}

    def show(what: str, n_done: int, n_total: int) -> None:
        if what not in tasks:
            tasks[what] = drawn.add_task(what, total=n_total or None)
        drawn.update(tasks[what], completed=n_done, total=n_total or None)

    with drawn:
        yield show


def _plain() -> Progress:
    ended: set[str] = set()

    def show(what: str, n_done: int, n_total: int) -> None:
        if n_total and n_done >= n_total and what not in ended:
            ended.add(what)
            print(f"{what}: {n_done:,} of {n_total:,}", file=sys.stderr)

    return show
