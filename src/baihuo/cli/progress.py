"""Progress on standard error: bars, stages of a long command, and lines where no terminal is."""

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

from baihuo.core.progress import Progress

_SILENCE_S = 10.0


@contextmanager
def progress_bars(console: Console) -> Iterator[Progress]:
    """A :data:`Progress` that draws one line a kind of work, and leaves it when done.

    Where standard error is no terminal (a log file, CI), each kind of work is one plain line when
    it ends, so that logs stay short.
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
    tasks: dict[str, TaskID] = {}

    def show(what: str, n_done: int, n_total: int) -> None:
        if what not in tasks:
            tasks[what] = drawn.add_task(what, total=n_total or None)
        drawn.update(tasks[what], completed=n_done, total=n_total or None)

    with drawn:
        yield show


def _plain_lines(clock_s: Callable[[], float] = time.monotonic) -> Progress:
    """One line where a kind of work ends, and one every ten seconds in between: no long silence."""
    ended: set[str] = set()
    said_at = clock_s()

    def show(what: str, n_done: int, n_total: int) -> None:
        nonlocal said_at
        is_end = bool(n_total) and n_done >= n_total
        if what in ended or not (is_end or clock_s() - said_at >= _SILENCE_S):
            return
        said_at = clock_s()
        if is_end:
            ended.add(what)
        of = f" of {n_total:,}" if n_total else ""
        print(f"{what}: {n_done:,}{of}", file=sys.stderr, flush=True)

    return show


class Stages:
    """Says which stage of a long command begins, how long it has been, and about how long is left.

    Args:
        shares: Every stage in order, with the share of the whole that it took elsewhere. What is left is
            estimated from what the stages before took here, so the first stages guess worst.
        say: Prints a line.
    """

    def __init__(
        self,
        shares: Mapping[str, float],
        say: Callable[[str], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shares, self._say, self._clock_s = dict(shares), say, clock_s
        self._started = clock_s()
        self._done = 0.0
        self.seconds: dict[str, float] = {}  # by stage that ended

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What runs inside is this stage."""
        so_far = self._clock_s() - self._started
        number = list(self._shares).index(name) + 1
        line = f"[{number} of {len(self._shares)}] {name}"
        if self._done:
            left = so_far / self._done * (sum(self._shares.values()) - self._done)
            line += f" · {duration_text(so_far)} so far, about {duration_text(left)} left"
        self._say(line)
        begun = self._clock_s()
        yield
        self.seconds[name] = self._clock_s() - begun
        self._done += self._shares[name]


def duration_text(seconds: float) -> str:
    """
    >>> spoken(42.3), spoken(130)
    ('42 s', '2 min')
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
