"""Consent arrives with events, is kept, and decides what pages and training read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until, wait_until_ready

from baihuo.core import Event, ShopPaths
from baihuo.events import EventLog
from baihuo.privacy import PrivacySettings
from baihuo.serve import ServeConfig, create_app

ABOUT = {"event_type": "click", "product_id": "p1"}


@pytest.fixture
def opened(shop: Path) -> Iterator[Callable[..., TestClient]]:
    clients: list[TestClient] = []

    def open_(absent: Any = "granted") -> TestClient:
        privacy = PrivacySettings(absent_consent=absent)
        config = ServeConfig(seed=1, visitors="open", privacy=privacy)
        client = TestClient(create_app(shop, config), raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        wait_until_ready(client)
        return client

    yield open_
    for client in clients:
        client.__exit__(None, None, None)


def send(client: TestClient, *rows: dict[str, Any]) -> None:
    answer = client.post("/v1/events", json={"events": list(rows)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["n_new"] == len(rows), answer.text


def click(visitor: str, **consent: Any) -> dict[str, Any]:
    return {**ABOUT, "event_id": f"of {visitor}", "visitor_id": visitor, **consent}


def logged(shop: Path) -> dict[str, Event]:
    log = EventLog(ShopPaths(shop).log)
    try:
        return {e.visitor_id: e for _, e in log.tail(0)}
    finally:
        log.close()


def knows(client: TestClient, visitor: str) -> bool:
    """Whether live state holds anything of a visitor."""
    state = client.app.state.worker.state()  # type: ignore[attr-defined]
    return not state.is_unknown(visitor)


FLAT = {"consent_analytics": "granted", "consent_personalization": "DENIED"}
GA4 = {"consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}}
STORAGE = {"consent": {"analytics_storage": "granted", "personalization_storage": "denied"}}


@pytest.mark.parametrize("denied", [FLAT, GA4, STORAGE], ids=["flat", "ga4", "storage"])
def test_consent_is_stored_and_what_was_refused_changes_no_state(
    denied: dict[str, Any], shop: Path, opened: Callable[..., TestClient]
) -> None:
    client = opened()
    granted = {"consent_personalization": "granted"}
    send(client, click("refuses", **denied), click("agrees", **granted), click("says-nothing"))
    wait_until(lambda: knows(client, "says-nothing"))
    assert [knows(client, v) for v in ("refuses", "agrees", "says-nothing")] == [False, True, True]
    kept = logged(shop)
    refused = kept["refuses"]
    assert (refused.consent_analytics, refused.consent_personalization) == ("granted", "denied")
    assert kept["agrees"].consent_personalization == "granted"
    assert kept["says-nothing"].consent_personalization is None


def test_where_silence_means_no_only_who_agreed_is_remembered(
    opened: Callable[..., TestClient],
) -> None:
    client = opened("denied")
    both = {"consent_analytics": "granted", "consent_personalization": "granted"}
    half = {"consent_personalization": "granted"}
    send(client, click("says-nothing"), click("agrees-to-half", **half), click("agrees", **both))
    wait_until(lambda: knows(client, "agrees"))
    assert not knows(client, "says-nothing")
    assert not knows(client, "agrees-to-half")


def test_ubi_carries_consent_as_an_attribute(shop: Path, opened: Callable[..., TestClient]) -> None:
    client = opened()
    consent = {"consent": {"personalization": "denied"}}
    attributes = {"object": {"object_id": "p1"}, "position": {"ordinal": 1}, **consent}
    moment = "2026-11-13T20:20:39Z"
    send(
        client,
        {
            "action_name": "click",
            "timestamp": moment,
            "client_id": "u-1",
            "event_attributes": attributes,
        },
        {"user_query": "lamp", "client_id": "u-2", "query_attributes": consent},
        click("last"),
    )
    wait_until(lambda: knows(client, "last"))
    assert not knows(client, "u-1")
    kept = logged(shop)
    assert kept["u-1"].consent_personalization == kept["u-2"].consent_personalization == "denied"


def test_a_misspelt_consent_is_an_error_that_names_the_field(
    opened: Callable[..., TestClient],
) -> None:
    client = opened()
    rows = [click("v", consent_personalization="maybe"), click("w", consent={"analytics": "no"})]
    answer = client.post("/v1/events", json={"events": rows}).json()
    fields = [e["field"] for e in answer["errors"]]
    assert fields == ["consent_personalization", "consent.analytics"]
    assert all("granted" in e["fix"] for e in answer["errors"])


def test_a_page_without_consent_is_one_for_nobody(opened: Callable[..., TestClient]) -> None:
    client = opened()
    rows = [
        {
            **ABOUT,
            "event_id": f"b-{i}",
            "visitor_id": "buyer",
            "event_type": "purchase",
            "quantity": 1,
        }
        for i in range(3)
    ]
    send(client, *rows)
    wait_until(lambda: knows(client, "buyer"))
    asked = {"visitor_id": "buyer", "language": "zh", "consent_personalization": "denied"}
    page = client.get("/v1/recommend/home", params=asked).json()
    served = client.app.state.worker.served.get(page["query_id"])  # type: ignore[attr-defined]
    assert served.query.visitor_id.startswith("anonymous-")
    known = client.get("/v1/visitors/buyer/profile").json()
    assert known["language"] is None
    page = client.get("/v1/recommend/home", params={"visitor_id": "buyer"}).json()
    served = client.app.state.worker.served.get(page["query_id"])  # type: ignore[attr-defined]
    assert served.query.visitor_id == "buyer"


def test_a_profile_without_consent_is_kept_and_changes_nothing(
    shop: Path, opened: Callable[..., TestClient]
) -> None:
    client = opened()
    said = {"region": "CN-GD", "consent_personalization": "denied"}
    answer = client.post("/v1/visitors/private/profile", json=said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["region"] is None
    assert logged(shop)["private"].consent_personalization == "denied"
