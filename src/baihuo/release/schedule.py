"""The same thing again and again, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def repeat(turn: Callable[[], None], *, every_hours: float) -> None:
    """``turn`` now and every so often until the process is stopped; one that is late is not made up
    for twice."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    schedule = BlockingScheduler(timezone="UTC")
    schedule.add_job(
        turn,
        "interval",
        hours=every_hours,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
    )
    schedule.start()
