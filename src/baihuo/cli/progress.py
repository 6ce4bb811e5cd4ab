"""Progress on standard error: bars in a terminal, plain lines elsewhere, stages of a long command."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from baihuo.core import Progress

_PLAIN_LINE_EVERY_S = 10.0


@contextmanager
def progress_bars(console: Console) -> Iterator[Progress]:
    """Yield a :data:`Progress` that draws a bar for each task. If standard error is not a terminal (a log file, CI), each task prints one
    line at its end.
    """
    if not console.is_terminal:
        yield _plain_lines()
        return
    drawn = RichProgress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=False,
    )
    task_ids: dict[str, TaskID] = {}

    def show(task: str, n_done: int, n_total: int) -> None:
        if task not in task_ids:
            task_ids[task] = drawn.add_task(task, total=n_total or None)
        drawn.update(task_ids[task], completed=n_done, total=n_total or None)

    with drawn:
        yield show


def _plain_lines(clock_s: Callable[[], float] = time.monotonic) -> Progress:
    """Print a line when a task ends, and every ten seconds while it runs, so that logs show life."""
    ended: set[str] = set()
    began: dict[str, tuple[float, int]] = {}  # start and progress of each task
    printed_at = clock_s()

    def show(task: str, n_done: int, n_total: int) -> None:
        nonlocal printed_at
        is_end = bool(n_total) and n_done >= n_total
        if task not in began:
            began[task] = (clock_s(), n_done)
        if task in ended or not (is_end or clock_s() - printed_at >= _PLAIN_LINE_EVERY_S):
            return
        printed_at = clock_s()
        if is_end:
            ended.add(task)
        total = f" of {n_total:,}" if n_total else ""
        began_at, n_before = began[task]
        if n_before < n_done < n_total:
            left_s = (printed_at - began_at) / (n_done - n_before) * (n_total - n_done)
            total += f", about {duration_text(left_s)} left"
        print(f"{task}: {n_done:,}{total}", file=sys.stderr, flush=True)

    return show


class Stages:
    """Reports which stage of a long command starts, the time so far, and an estimate of the time left.

    Args:
        shares: Every stage in order, with its share of the total time on another machine. The time left is
            estimated from the stages that ended here, so early estimates are the worst.
        print_line: Prints one line.
    """

    def __init__(
        self,
        shares: Mapping[str, float],
        print_line: Callable[[str], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shares, self._print_line, self._clock_s = dict(shares), print_line, clock_s
        self._started_at = clock_s()
        self._done_share = 0.0
        self.seconds: dict[str, float] = {}  # by finished stage

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Run the body as this stage."""
        so_far = self._clock_s() - self._started_at
        number = list(self._shares).index(name) + 1
        line = f"[{number} of {len(self._shares)}] {name}"
        if self._done_share:
            left = so_far / self._done_share * (sum(self._shares.values()) - self._done_share)
            line += f" · {duration_text(so_far)} so far, about {duration_text(left)} left"
        self._print_line(line)
        started_at = self._clock_s()
        yield
        self.seconds[name] = self._clock_s() - started_at
        self._done_share += self._shares[name]


def duration_text(seconds: float) -> str:
    """Format a duration in words.

    >>> duration_text(42.3), duration_text(130)
    ('42 s', '2 min')
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
