"""Seal and drop served pages when they are due."""

from __future__ import annotations

from pathlib import Path

from baihuo.events.peek import peek_served
from baihuo.events.served import ServedLog
from baihuo.events.served_sealing import SealedCounts

_AT_LEAST = 20_000  # pages of a file: a busy shop has few files, and a small one seals once a day
_LIVE_S = 3_600.0  # in which most later pages are asked for; older ones are found a few milliseconds slower
_DAY_US = 86_400_000_000


def is_upkeep_due(path: Path, *, now_us: int, keep_days: float | None) -> bool:
    """Return whether :func:`keep_up` would do anything, without writing."""
    state = peek_served(path)
    is_past_days = keep_days is not None and (
        (state.first_sealed_at_us or now_us) < now_us - keep_days * _DAY_US
        or (state.first_due_at_us or now_us) <= now_us - _DAY_US
    )
    n_waiting = state.n_pages - state.n_sealed
    is_long_ago = now_us - (state.first_waiting_at_us or now_us) > _DAY_US
    return (
        is_past_days
        or state.n_version_1 > 0
        or n_waiting > _AT_LEAST
        or (is_long_ago and n_waiting > 1)
    )


def keep_up(path: Path, *, now_us: int, keep_days: float | None) -> SealedCounts:
    """Seal the served pages of more than an hour ago, once they are many or a day old, and drop expired ones.

    Args:
        path: The live file.
        now_us: Our clock, UTC.
        keep_days: None: for ever.
    """
    state = peek_served(path)
    is_long_ago = now_us - (state.first_waiting_at_us or now_us) > _DAY_US
    log = ServedLog(path)
    try:
        return log.seal(
            now_us=now_us,
            older_than_s=_LIVE_S,
            at_least=1 if is_long_ago else _AT_LEAST,
            keep_days=keep_days,
        )
    finally:
        log.close()
