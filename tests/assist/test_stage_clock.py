"""Stages that may wait run in threads that are used again; one that hangs holds nobody up."""

from __future__ import annotations

import threading

import pytest

from baihuo.assist import stage_clock
from baihuo.assist.stage_clock import StageClock, TooSlow


def ident(_given: object) -> int:
    return threading.get_ident()


def test_calls_one_after_the_other_share_a_thread_that_is_not_the_callers() -> None:
    clock = StageClock()
    threads = {clock.within(5, ident, None) for _ in range(20)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_is_raised_is_raised_here_and_the_thread_goes_on() -> None:
    clock = StageClock(most=1)

    def fails(given: str) -> None:
        raise ValueError(given)

    for _ in range(3):
        with pytest.raises(ValueError, match="no such order"):
            clock.within(5, fails, "no such order")
    assert clock.within(5, lambda given: given + 1, 1) == 2


def test_one_that_hangs_is_left_behind_and_counts_until_it_ends() -> None:
    clock, ends = StageClock(most=1), threading.Event()
    with pytest.raises(TooSlow, match="not there"):
        clock.within(0.01, lambda _: ends.wait(20), None)
    with pytest.raises(TooSlow, match="too many"):
        clock.within(5, ident, None)
    ends.set()
    for _ in range(1_000):
        try:
            assert clock.within(5, lambda given: given, "again") == "again"
            return
        except TooSlow:  # it has not ended yet
            threading.Event().wait(0.01)
    pytest.fail("the thread never came back")


def test_many_callers_at_once_get_their_own_results() -> None:
    clock = StageClock()
    found: list[tuple[int, int]] = []
    callers = [
        threading.Thread(
            target=lambda n=n: found.extend(clock.within(5, lambda g: g, (n, k)) for k in range(50))
        )
        for n in range(8)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(found) == [(n, k) for n in range(8) for k in range(50)]


def test_a_thread_without_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_clock, "_IDLE_S", 0.01)
    clock = StageClock()
    [worker] = {clock.within(5, lambda _: threading.current_thread(), None)}
    worker.join(20)
    assert not worker.is_alive()
    assert clock.within(5, lambda given: given, 3) == 3
