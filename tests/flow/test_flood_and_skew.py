"""A flood of forged events neither moves pages of others nor keeps the next release from opening."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until, wait_until_ready

from baihuo import flow
from baihuo.core import QualityStop
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

pytestmark = [
    pytest.mark.xdist_group("flow"),
    pytest.mark.slow(reason="serves, checks and measures a released shop in two kinds of flood"),
]


def flooded(shop: Shop, name: str, address: str) -> int:
    """Serve pages amid a flood of new visitors; returns how many events were held back."""
    app = create_app(shop.root, ServeConfig(seed=1))
    with TestClient(app, client=(address, 50_000)) as client:
        wait_until_ready(client)
        worker: Any = app.state.worker

        def page(visitor: str) -> list[str]:
            found = client.get("/v1/search", params={"visitor_id": visitor, "q": "lamp"}).json()
            return [result["product_id"] for result in found["results"]]

        targets = page(f"{name}-looker")[:3]
        for batch in range(6):
            events = [
                {
                    "event_id": f"{name}-{batch}-{i}",
                    "event_type": "click" if i % 3 else "impression",
                    "visitor_id": f"{name}-cookie-{batch}-{i}",
                    "product_id": targets[i % len(targets)],
                    "query_text": "lamp",
                }
                for i in range(150)
            ]
            assert client.post("/v1/events", json={"events": events}).json()["n_new"] == 150
            wait_until(lambda: worker.state()._after_seq >= worker.log.last_seq())
            page(f"{name}-shopper-{batch}")
            page(f"{name}-cookie-{batch}-1")
        worker.served.flush()
        state = worker.state()
        return int(sum(state.gate.held_per_hour(state.feature_state.at_us).values()))


def checked(shop: Shop) -> None:
    with contextlib.suppress(QualityStop):  # so many forged visits stop a training, too
        flow.check(shop)


def assert_pages_agree(shop: Shop) -> None:
    measured = flow.measure_skew(shop)
    assert measured is not None
    assert measured.n_pages > 5
    assert measured.share_different <= shop.settings().gate.most_skew, measured.worst


def test_after_a_flood_pages_agree_with_the_events_that_serving_knew(released_shop: Shop) -> None:
    """Of any visitors, and of one address, whose doubt the log once forgot when it was sealed."""
    shop = released_shop
    assert flooded(shop, "first", "127.0.0.1") > 500
    checked(shop)
    assert_pages_agree(shop)
    flow.make_state(shop)  # as each gate does: what serves was opened from the features of before
    assert flooded(shop, "second", "203.0.113.7") > 500  # it starts again, with these features
    checked(shop)
    assert_pages_agree(shop)
    flow.make_state(shop)
    assert_pages_agree(shop)
