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
        raise BadInput("6-index/tuned_search.json: no JSON", fix="delete it")

    follower = Follower("release", follow, every_ms=1, metrics=Metrics())
    with caplog.at_level(logging.ERROR):
        follower.start()
        assert failed.wait(10)
        follower.close()
        follower.join()
    [record] = caplog.records
    assert "fix: delete it" in record.getMessage()
    assert record.exc_info is None
