"""A clock that jumps by 400 days, a visitor's or ours, changes no page and no state."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import NOW_US, WITH_KEY
from tests.waiting import wait_until, wait_until_ready

from baihuo.core import CLOCK, Event, EventType, ShopPaths
from baihuo.events import EventLog
from baihuo.serve import ServeConfig, create_app

DAY_US = 86_400_000_000
YEAR_AND_MORE_US = 400 * DAY_US


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets the machine's clock, as the server sees it, by so many microseconds."""
    real = time.time_ns

    def set_by(us: int) -> None:
        monkeypatch.setattr(CLOCK, "_wall_ns", lambda: real() + us * 1_000)

    yield set_by
    monkeypatch.undo()
    CLOCK.restart()


@pytest.fixture
def client(shop: Path) -> Iterator[TestClient]:
    with TestClient(create_app(shop, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        yield client


def click(client: TestClient, event_id: str, **more: Any) -> None:
    event = {
        "event_id": event_id,
        "event_type": "click",
        "visitor_id": "anna",
        "product_id": "p1",
        "surface": "home",
        **more,
    }
    answer = client.post("/v1/events", json={"events": [event]})
    assert answer.status_code == 200, answer.text
    seq = client.app.state.worker.log.last_seq()  # type: ignore[attr-defined]
    state = client.app.state.worker.state()  # type: ignore[attr-defined]
    wait_until(lambda: state._after_seq >= seq)


def values(client: TestClient) -> dict[str, float]:
    """The features of p1 for anna as they are now."""
    state = client.app.state.worker.state().feature_state  # type: ignore[attr-defined]
    row = state.rows_of(["p1"])
    found = state.matrix("anna", row, at_us=CLOCK.now_us())[0]
    return dict(zip(state.features.names, map(float, found), strict=True))


def jump_s(client: TestClient) -> float:
    found = re.search(
        r"^baihuo_clock_jump_seconds (\S+)$", client.get("/metrics").text, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_jump_of_our_clock_empties_nothing_and_freezes_nothing(
    sign: int, client: TestClient, machine: Any
) -> None:
    click(client, "before")
    before = values(client)
    machine(sign * YEAR_AND_MORE_US)
    assert client.get("/v1/search?q=kettle&visitor_id=anna").json()["results"]
    click(client, "during")
    during = values(client)
    assert during["own_clicks_28d"] == before["own_clicks_28d"] + 1 == 2
    assert during["product_clicks_28d"] == before["product_clicks_28d"] + 1
    wait_until(lambda: abs(jump_s(client) - YEAR_AND_MORE_US / 1e6) < 60)
    patched = client.patch("/v1/products/p1", json={"stock_units": 3}, headers=WITH_KEY)
    assert patched.status_code == 200  # keys did not end
    machine(0)
    click(client, "after")
    assert values(client)["own_clicks_28d"] == 3
    log = client.app.state.worker.log  # type: ignore[attr-defined]
    assert all(abs(e.received_at_us - NOW_US) < DAY_US for _, e in log.tail(0))


def test_a_visitors_clock_changes_nothing(client: TestClient) -> None:
    found = []
    for i, us in enumerate((0, YEAR_AND_MORE_US, -YEAR_AND_MORE_US)):
        before = values(client)
        click(client, f"at-{i}", occurred_at_us=NOW_US + us)
        after = values(client)
        found.append(
            [after[name] - before[name] for name in ("own_clicks_28d", "product_clicks_1d")]
        )
    assert np.allclose(found, 1)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_log_that_a_wrong_clock_wrote_neither_empties_nor_freezes_the_state(
    sign: int, shop: Path
) -> None:
    log = EventLog(ShopPaths(shop).log)
    times = [NOW_US, NOW_US + sign * YEAR_AND_MORE_US, NOW_US + 1]
    log.append(
        [
            Event(
                event_id=f"e{i}",
                event_type=EventType.CLICK,
                visitor_id="anna",
                product_id="p1",
                occurred_at_us=at_us,
                received_at_us=at_us,
            )
            for i, at_us in enumerate(times)
        ]
    )
    log.close()
    with TestClient(create_app(shop, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        assert values(client)["own_clicks_28d"] == 3
        click(client, "after")
        assert values(client)["own_clicks_28d"] == 4
