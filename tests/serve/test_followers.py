"""The threads that follow what others write: what their failures look like in the log."""

from __future__ import annotations

import logging
import threading

import pytest

from baihuo.core import BadInput
from baihuo.monitor import Metrics
from baihuo.serve.worker.followers import Follower


def test_an_expected_error_is_logged_with_its_fix_and_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed = threading.Event()

    def follow() -> None:
        if failed.is_set():
            return
        failed.set()
        raise BadInput("5-bundles/live.json: no JSON", fix="delete it")

    follower = Follower("release", follow, every_ms=1, metrics=Metrics())
    with caplog.at_level(logging.ERROR):
        follower.start()
        assert failed.wait(10)
        follower.close()
        follower.join()
    [record] = caplog.records
    assert "fix: delete it" in record.getMessage()
    assert record.exc_info is None


def test_catching_up_waits_for_a_call_that_began_afterwards() -> None:
    written, seen = [0], []
    is_reading, may_end = threading.Event(), threading.Event()

    def follow() -> None:
        read = written[0]
        is_reading.set()
        may_end.wait(10)
        seen.append(read)

    follower = Follower("catalog", follow, every_ms=60_000, metrics=Metrics())
    follower.start()
    assert is_reading.wait(10)
    written[0] = 1  # the call in progress has read before
    assert not follower.catch_up(within_s=0.05)
    threading.Timer(0.05, may_end.set).start()
    assert follower.catch_up(within_s=10)
    assert seen[0] == 0
    assert seen[-1] == 1
    written[0] = 2
    assert follower.catch_up(within_s=10)
    assert seen[-1] == 2
    follower.close()
    follower.join()
    assert not follower.catch_up(within_s=10)  # at once: nobody follows any more


def test_who_waits_to_catch_up_is_not_left_behind_when_it_closes() -> None:
    is_reading, may_end = threading.Event(), threading.Event()

    def follow() -> None:
        is_reading.set()
        may_end.wait(10)

    follower = Follower("catalog", follow, every_ms=1, metrics=Metrics())
    follower.start()
    assert is_reading.wait(10)
    threading.Timer(0.05, follower.close).start()
    follower.catch_up(within_s=60)  # ends long before
    may_end.set()
    follower.join()
