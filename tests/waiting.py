"""Waiting with an end: a test that waits for ever says nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from baihuo.release import Yardstick

_ORDINARY_S = 0.004  # a yardstick by the clock on an ordinary machine with its cores free


def wait_until(
    is_so: Callable[[], object],
    *,
    what: object = "it",
    within_s: float = 300.0,
    every_s: float = 0.02,
) -> float:
    """Seconds until ``is_so``; a failure that says ``what`` (called, where it is a function) after ``within_s``."""
    start = time.monotonic()
    while not is_so():
        waited_s = time.monotonic() - start
        if waited_s > within_s:
            said = what() if callable(what) else what
            raise AssertionError(f"waited {waited_s:.0f} s in vain: {said}")
        time.sleep(every_s)
    return time.monotonic() - start


def wait_until_ready(client: Any, *, is_running: Callable[[], bool] = lambda: True) -> None:
    """Until a server answers /readyz with 200; ``is_running`` ends the wait where its process died."""
    last = "nothing answered"

    def is_ready() -> bool:
        nonlocal last
        assert is_running(), f"the server ended before it was ready; last: {last}"
        try:
            answer = client.get("/readyz")
        except httpx.TransportError as error:
            last = repr(error)
            return False
        last = answer.text
        return bool(answer.status_code == 200)

    wait_until(is_ready, what=lambda: f"/readyz never said ready: {last}", every_s=0.05)


def slowness(n: int = 10) -> float:
    """How many times slower than an ordinary machine this one is right now, by the clock; at least 1.

    What is promised "within a second" is promised of an ordinary machine: a slow or busy one gets as much more.
    """
    work = Yardstick()
    work()
    start = time.monotonic()
    for _ in range(n):
        work()
    return max(1.0, (time.monotonic() - start) / n / _ORDINARY_S)
