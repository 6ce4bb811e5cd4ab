"""The storefront's first page is headed by what it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve import small_shop
from tests.waiting import wait_until_ready

from baihuo.core import Event
from baihuo.serve import ServeConfig, create_app

YEAR_US = 365 * 86_400_000_000


@pytest.mark.parametrize(
    ("years", "heading"), [(0, "Popular right now"), (2, "From the catalogue")]
)
def test_a_log_that_ended_long_ago_makes_nothing_popular_right_now(
    years: int,
    heading: str,
    shop: Path,
    exported_encoders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if years:
        moved = [_earlier(event, years * YEAR_US) for event in small_shop.events()]
        monkeypatch.setattr(small_shop, "events", lambda: moved)
        shop = tmp_path / "old"
        small_shop.build(shop, exported_encoders)
    with TestClient(create_app(shop, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        page = client.get("/", headers={"Accept-Language": "en"}).text
    assert f"<h1>{heading}</h1>" in page
    assert ("Popular now" in page) == (years == 0)


def _earlier(event: Event, by_us: int) -> Event:
    return replace(
        event,
        occurred_at_us=event.occurred_at_us - by_us,
        received_at_us=event.received_at_us - by_us,
    )
