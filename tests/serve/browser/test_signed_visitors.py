"""A shop that has keys, in a browser: visitors are signed without noticing it, and nobody can be somebody else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.serve.browser.conftest import CHROMIUM, Shopper, Store

from baihuo.access import KeyStore, Scope
from baihuo.core import ShopPaths
from baihuo.serve.ids import now_us

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"
)


@pytest.fixture
def store_with_key(store: Store) -> Iterator[Store]:
    keys = KeyStore(ShopPaths(store.folder).keys_file)
    keys.create("browser-test", [Scope.CATALOGUE], at_us=now_us())
    yield store
    keys.close()
    with sqlite3.connect(ShopPaths(store.folder).keys_file) as file:
        file.execute(
            "DELETE FROM keys"
        )  # revoked, it would leave the shop signed for the other tests


def test_a_signed_shopper_leaves_events_and_a_stranger_cannot_take_their_place(
    store_with_key: Store, shopper: Callable[..., Shopper]
) -> None:
    store, person = store_with_key, shopper("en")
    person.go("/")
    visitor = person.page.get_attribute("body", "data-visitor")
    person.search("smartphone")
    person.page.click("#grid > .card:nth-child(1) a")
    person.page.wait_for_selector("#product")
    events = store.wait_for(
        lambda all_of: any(e.event_type == "click" and e.visitor_id == visitor for e in all_of)
    )
    kinds = {e.event_type for e in events if e.visitor_id == visitor}
    assert {"impression", "search", "click"} <= kinds
    assert "visitor" not in person.page.evaluate("document.cookie")
    forged = {"event_id": "forged", "event_type": "click", "product_id": "p1"}
    answer = httpx.post(
        f"{store.url}/v1/events", json={"events": [{**forged, "visitor_id": visitor}]}
    )
    assert answer.status_code == 422
    read = httpx.get(f"{store.url}/v1/visitors/{visitor}/profile")
    assert read.status_code == 401
    answer = httpx.post(
        f"{store.url}/v1/events",
        json={"events": [forged]},
        headers={"Cookie": f"visitor={visitor}"},
    )
    assert answer.status_code == 422
    assert not any(e.event_id.startswith("forged") for e in store.events())


def test_a_browser_whose_clock_is_hours_behind_leaves_events_at_the_time_of_the_shop(
    store_with_key: Store, shopper: Callable[..., Shopper]
) -> None:
    person = shopper("en", color_scheme="dark")  # a browser of its own: the clock stays set
    person.page.clock.install(time=time.time() - 3 * 3_600)
    person.go("/")
    visitor = person.page.get_attribute("body", "data-visitor")
    person.page.click("#grid .card:nth-child(1) a")
    person.page.wait_for_selector("#product")
    events = store_with_key.wait_for(
        lambda all_of: any(e.event_type == "click" and e.visitor_id == visitor for e in all_of)
    )
    for event in events:
        if event.visitor_id == visitor:
            assert abs(event.received_at_us - event.occurred_at_us) < 60_000_000
