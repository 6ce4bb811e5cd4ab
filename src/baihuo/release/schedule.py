"""Runs a job on a schedule, one run at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def repeat(job: Callable[[], None], *, every_hours: float) -> None:
    """Run ``job`` now and then every ``every_hours`` until the process is stopped. Missed runs are
    merged into one."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    schedule = BlockingScheduler(timezone="UTC")
    schedule.add_job(
        job,
        "interval",
        hours=every_hours,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
    )
    schedule.start()
