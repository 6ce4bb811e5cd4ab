"""What a sender without a proof may claim: no id that others use, and no acts of long ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import copied
from tests.waiting import wait_until_ready

from baihuo.access import KeyStore, Scope
from baihuo.core import Event, EventType, ShopPaths
from baihuo.events import EventLog
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.ids import now_us

Send = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def client(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    shop = copied(built, tmp_path_factory.mktemp("ids"))
    token = KeyStore(ShopPaths(shop).keys_file).create("shop", (Scope.EVENTS,), at_us=now_us())
    with TestClient(create_app(shop, ServeConfig(seed=1)), raise_server_exceptions=False) as made:
        wait_until_ready(made)
        made.headers["X-Test-Key"] = f"Bearer {token.token}"
        yield made


def visitor(client: TestClient) -> str:
    """The cookie that the storefront gives to any browser."""
    client.cookies.clear()
    cookie = client.get("/").cookies["visitor"]
    client.cookies.clear()
    return cookie


def send(client: TestClient, *rows: dict[str, Any], cookie: str | None = None) -> dict[str, Any]:
    """Rows of a browser with this cookie, or of the shop's server."""
    headers = {"Cookie": f"visitor={cookie}"} if cookie else {}
    headers |= {} if cookie else {"Authorization": client.headers["X-Test-Key"]}
    answer: dict[str, Any] = client.post(
        "/v1/events", json={"events": list(rows)}, headers=headers
    ).json()
    return answer


def stored(client: TestClient) -> list[Event]:
    log = EventLog(ShopPaths(client.app.state.shop).log)  # type: ignore[attr-defined]
    try:
        return [event for _, event in log.tail(0)]
    finally:
        log.close()


def click(event_id: str, *, minutes_ago: float = 0, **fields: Any) -> dict[str, Any]:
    at_us = now_us() - int(minutes_ago * 60e6)
    of_all = {"event_id": event_id, "event_type": "click", "product_id": "p1"}
    return {**of_all, "occurred_at_us": at_us, **fields}


def purchase(event_id: str, product_id: str = "p1") -> dict[str, Any]:
    names = {"visitor_id": "account-1", "order_id": "o-1", "product_id": product_id}
    return {"event_id": event_id, "event_type": "purchase", **names}


def test_a_strangers_click_cannot_take_the_id_of_a_purchase(client: TestClient) -> None:
    assert send(client, click("order-1"), cookie=visitor(client))["n_new"] == 1
    assert send(client, purchase("order-1"))["n_new"] == 1
    assert [e.visitor_id for e in stored(client) if e.event_id == "order-1"] == ["account-1"]


def test_two_browsers_may_use_one_id_and_each_may_send_it_again(client: TestClient) -> None:
    ann, bob = visitor(client), visitor(client)
    assert [send(client, click("c-1"), cookie=c)["n_new"] for c in (ann, bob)] == [1, 1]
    assert [send(client, click("c-1"), cookie=c)["n_known"] for c in (ann, bob)] == [1, 1]
    found = [e for e in stored(client) if e.event_id.startswith("c-1~")]
    assert len({e.event_id for e in found}) == len({e.visitor_id for e in found}) == 2


def test_rows_of_ubi_and_ids_of_any_length_have_an_id_of_their_sender(client: TestClient) -> None:
    ann, longest = visitor(client), "x" * 256
    row = {"user_query": "phone", "client_id": ann, "query_id": "q-1"}
    of_the_shop = [{**row, "client_id": visitor(client)}, {**click(longest), "visitor_id": "a-1"}]
    assert send(client, row, click(longest), cookie=ann)["n_new"] == 2
    assert send(client, row, click(longest), cookie=ann)["n_known"] == 2
    assert send(client, *of_the_shop)["n_new"] == 2
    assert max(len(e.event_id) for e in stored(client)) == 256


def test_a_purchase_of_the_shop_is_stored_though_an_older_log_holds_its_id(
    client: TestClient,
) -> None:
    log = EventLog(ShopPaths(client.app.state.shop).log)  # type: ignore[attr-defined]
    squat = Event(
        event_id="order-2",
        event_type=EventType.CLICK,
        visitor_id="v-stranger",
        occurred_at_us=now_us(),
        received_at_us=now_us(),
        product_id="p1",
    )
    try:
        log.append([squat])  # as an earlier version stored it
    finally:
        log.close()
    assert send(client, purchase("order-2"), purchase("order-3"))["n_new"] == 2
    assert send(client, purchase("order-2"), purchase("order-3"))["n_known"] == 2
    found = [e for e in stored(client) if e.order_id == "o-1" and "order-2" in e.event_id]
    assert [e.visitor_id for e in found] == ["account-1"]


def test_lines_of_an_order_that_share_an_id_are_all_stored(client: TestClient) -> None:
    lines = [purchase("order-4", "p1"), purchase("order-4", "p2")]
    assert send(client, *lines)["n_new"] == 2
    assert send(client, *lines)["n_known"] == 2


def token(client: TestClient, visitor_id: str) -> str:
    """What the shop's server asks for, for an app."""
    headers = {"Authorization": client.headers["X-Test-Key"]}
    body = {"visitor_id": visitor_id}
    return str(client.post("/v1/visitors/token", json=body, headers=headers).json()["token"])


def test_an_act_of_long_ago_needs_a_proof_and_rows_beside_it_are_stored(client: TestClient) -> None:
    rows = [click("late-1", minutes_ago=45), click("late-2", minutes_ago=20)]
    ubi = {
        "action_name": "click",
        "timestamp": "2026-01-02T03:04:05Z",
        "event_attributes": {"object": {"object_id": "p1"}, "position": {"ordinal": 1}},
    }
    answer = send(client, *rows, ubi, cookie=visitor(client))
    assert (answer["n_new"], answer["n_rejected"]) == (1, 2)
    for refused in answer["rejected"]:
        assert refused["field"] == "occurred_at_us"
        assert "/v1/visitors/token" in refused["fix"]
        assert "30 minutes" in refused["fix"]


def test_the_queue_of_an_app_that_the_shops_server_signed_may_be_late(client: TestClient) -> None:
    of_app = token(client, "app-1")
    row = click("queued-1", minutes_ago=3 * 24 * 60, visitor_id=of_app)
    assert send(client, row, cookie=visitor(client))["n_new"] == 1
    by_server = click("history-1", minutes_ago=3 * 24 * 60, visitor_id="account-1")
    assert send(client, by_server)["n_new"] == 1
    shop = ShopPaths(client.app.state.shop)  # type: ignore[attr-defined]
    log = EventLog(shop.log)
    try:
        segment = log.seal(shop.raw / "events")
    finally:
        log.close()
    sealed = pq.read_table(segment).to_pylist()
    is_timely = {row["event_id"].split("~")[0]: row["is_timely"] for row in sealed}
    assert is_timely["queued-1"]
    assert is_timely["history-1"]
    assert not is_timely["late-2"]


def test_a_cookie_of_the_storefront_is_no_token_of_the_shops_server(client: TestClient) -> None:
    row = click("cookie-1", minutes_ago=45, visitor_id=visitor(client))
    document = client.post("/v1/events", json={"events": [row]}).json()
    assert document["errors"][0]["field"] == "occurred_at_us"
