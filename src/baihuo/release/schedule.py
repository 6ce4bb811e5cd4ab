"""Runs a job on a schedule, one run at a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def repeat(
    job: Callable[[], None],
    *,
    every_hours: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run ``job`` now and then every ``every_hours`` until the process is stopped. Missed runs are
    merged into one.

    Uses elapsed time, not the machine's clock: a clock set back a year must not delay the next run by a year.

    Args:
        clock: A monotonic clock, in seconds.
    """
    every_s, due_at = every_hours * 3_600, clock()
    while True:
        job()
        due_at = max(due_at + every_s, clock())
        while (left_s := due_at - clock()) > 0:
            sleep(min(left_s, 60.0))
