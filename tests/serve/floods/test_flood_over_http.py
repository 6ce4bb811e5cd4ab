"""A flood of forged events, sent as anybody can send it: kept, seen, and moving nobody else's page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until, wait_until_ready

from baihuo.core import ShopPaths
from baihuo.events import EventLog
from baihuo.features import FloodSettings
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.traffic.settings import TrafficSettings


@contextmanager
def served(shop: Path) -> Iterator[TestClient]:
    """A server of a shop that knows 23 visitors, and thinks that is many."""
    traffic = TrafficSettings(floods=FloodSettings(min_known_visitors=20))
    app = create_app(shop, ServeConfig(seed=1, traffic=traffic))
    with TestClient(app, client=("192.0.2.7", 50_000)) as client:
        wait_until_ready(client)
        yield client


@pytest.fixture
def client(shop: Path) -> Iterator[TestClient]:
    with served(shop) as client:
        yield client


def send(client: TestClient, clicks: list[tuple[str, str]]) -> None:
    events = [
        {
            "event_id": f"{visitor}-{product}-{i}-{uuid.uuid4()}",
            "event_type": "click",
            "visitor_id": visitor,
            "product_id": product,
            "surface": "home",
        }
        for i, (visitor, product) in enumerate(clicks)
    ]
    assert client.post("/v1/events", json={"events": events}).json()["n_new"] == len(clicks)
    worker: Any = client.app.state.worker  # type: ignore[attr-defined]
    wait_until(lambda: worker.state()._after_seq >= worker.log.last_seq())
    worker.state().ranker.popularity_index.refresh()


def metric(client: TestClient, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def popularity(client: TestClient, product: str) -> float:
    """Decayed clicks, and five times the purchases."""
    worker: Any = client.app.state.worker  # type: ignore[attr-defined]
    state = worker.state()
    row = state.generation.row_of[product]
    return float(state.ranker.popularity_index.snapshot().popularity[row])


def test_a_flood_is_kept_and_seen_and_moves_no_popularity(client: TestClient) -> None:
    for batch in range(10):
        send(client, [(f"cookie-{batch}-{i}", "p95") for i in range(100)])
    assert popularity(client, "p95") <= 2
    wait_until(lambda: metric(client, 'baihuo_held_back_events_per_hour{reason="sender"}') > 900)
    assert metric(client, 'baihuo_sender_burst_events_total{of="address"}') > 900
    own = client.get("/v1/recommend/home?visitor_id=cookie-9-99").json()["results"]
    assert own  # its own page answers, by what it clicked


def test_what_known_visitors_click_becomes_popular(client: TestClient) -> None:
    for visitor in range(20):
        send(client, [(f"old-visitor-{visitor}", "p94")])
    assert popularity(client, "p94") > 19


def test_what_waits_for_the_checks_goes_on_waiting_in_a_server_that_starts_again(
    shop: Path,
) -> None:
    with served(shop) as client:
        for _ in range(3):  # known visitors, and more of them than one address has
            send(client, [(f"old-visitor-{i}", "p93") for i in range(23)])
        before = popularity(client, "p93")
        assert before < 31
        worker: Any = client.app.state.worker  # type: ignore[attr-defined]
        worker.close()
        log = EventLog(ShopPaths(shop).log)
        log.seal(
            ShopPaths(shop).raw / "events"
        )  # as a check does, which takes the event's sender away
        log.close()
    with served(shop) as client:
        worker = client.app.state.worker  # type: ignore[attr-defined]
        wait_until(lambda: worker.state()._after_seq >= worker.log.last_seq())
        worker.state().ranker.popularity_index.refresh()
        assert popularity(client, "p93") == pytest.approx(before, rel=0.01)
