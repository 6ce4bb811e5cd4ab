"""The moment at which a new release begins to serve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import wait_until

from baihuo import bundle
from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.monitor import Metrics
from baihuo.serve.config import ServeConfig
from baihuo.serve.worker import worker as worker_module
from baihuo.serve.worker.worker import Worker

_NEW = Product(product_id="new", title_en="Zorbatron kettle", price_minor=100, currency="EUR")
_NEVER_MS = 3_600_000  # a follower that is not woken


def _finds(worker: Worker) -> bool:
    query = Query(
        query_id="q", surface=Surface.SEARCH, visitor_id="v", at_us=1, query_text="zorbatron"
    )
    return "new" in {p.product_id for p in worker.page(query, is_continued=False).page.placed}


def test_a_product_that_came_while_a_release_was_opened_is_there_when_it_serves(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, before = ShopPaths(shop), sys.getswitchinterval()
    live = bundle.read_live(paths.bundles)
    assert live is not None
    open_release = worker_module.open_serving_state  # type: ignore[attr-defined]
    intervals: list[float] = []

    def opened(*arguments: Any, **named: Any) -> Any:
        state = open_release(*arguments, **named)
        if worker.refused() is None and worker._state is not None:  # beside the first one
            worker.catalog.upsert([_NEW])
            worker.show_changes()  # what a client waits for that wrote it
            assert _finds(worker)
            intervals.append(sys.getswitchinterval())
        return state

    monkeypatch.setattr(worker_module, "open_serving_state", opened)
    worker = Worker(shop, ServeConfig(poll_live_ms=20, poll_catalog_ms=_NEVER_MS), Metrics())
    worker.start()
    try:
        wait_until(lambda: worker._state is not None, within_s=60, what="no release")
        encoders = worker.state().generation.encoders
        second = (shop / "second.bundle").read_text()
        bundle.set_live(paths.bundles, second, live.index_id)
        wait_until(
            lambda: worker.state().pair.bundle_id == second,
            within_s=60,
            what="not served",
            every_s=0.001,
        )
        assert _finds(worker)
        assert worker.state().generation.encoders is encoders  # the same files: loaded once
    finally:
        worker.close()
    assert intervals[0] < before  # requests went first
    assert sys.getswitchinterval() == before
