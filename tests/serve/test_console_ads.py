"""Ads in the console: a merchandiser decides on campaigns, and sees what they brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.ads.kettles import kettle_shop, write_held_out
from tests.serve.people import Browser, csrf_in, make_account
from tests.serve.small_shop import NOW_US, copied
from tests.serve.test_ads_api import PHONES, Advertising, page, wait_for_ads
from tests.waiting import wait_until, wait_until_ready

from baihuo.access import Role, read_entries
from baihuo.ads import AdsSettings
from baihuo.ads.campaign import CampaignStatus, Keyword, Targeting
from baihuo.core import ShopPaths
from baihuo.serve import ServeConfig, create_app


@pytest.fixture
def client(bilingual: Path, tmp_path: Path) -> Iterator[TestClient]:
    shop = copied(bilingual, tmp_path)
    for role in (Role.MERCHANDISER, Role.VIEWER):
        make_account(shop, str(role), role)
    app = create_app(shop, ServeConfig(seed=1, currency="EUR"))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def test_a_merchandiser_decides_on_campaigns_and_sees_what_they_brought(client: TestClient) -> None:
    shop = ShopPaths(client.app.state.shop)  # type: ignore[attr-defined]
    console = Browser(client).logged_in("merchandiser")
    assert "No campaign waits" in console.get("/console/ads").text
    ads = Advertising(shop.root)
    ads.add("acme", PHONES[10:])
    evil = Targeting(keywords=(Keyword("<script>alert(1)</script> phone"),))
    ads.add("rival", PHONES[10:], targeting=evil)
    wait_for_ads(client, "Acme")
    ad = page(client)["ads"][0]
    client.post("/v1/ads/clicks", json={"token": ad["token"], "visitor_id": "v-1"})
    other = replace(ads.store.find("acme").campaign, product_ids=PHONES[10:12])
    version = ads.store.submit(other, by="tests", at_us=NOW_US).campaign.version

    asked = console.get("/console/ads")
    assert "Waiting for a decision: 1" in asked.text
    form = {"csrf": csrf_in(asked), "campaign": "acme", "version": str(version)}
    refused = console.post("/console/ads", {**form, "decision": "reject", "reason": " "})
    assert (refused.status_code, "needs a reason" in refused.text) == (422, True)
    stale = console.post("/console/ads", {**form, "version": "1", "decision": "approve"})
    assert stale.status_code == 409
    for _ in range(20):
        page(client)
    wait_until(lambda: 'id="forecast"' in console.get("/console/ads?forecast=acme").text)
    assert console.get("/console/ads?forecast=nobody").status_code == 404
    rejected = console.post("/console/ads", {**form, "decision": "reject", "reason": "blurred"})
    assert rejected.headers["location"] == "/console/ads?done=reject"
    assert ads.store.find("acme").reason == "blurred"
    running = ads.store.find("rival").campaign.version
    paused = {**form, "campaign": "rival", "version": str(running), "decision": "pause"}
    assert console.post("/console/ads", paused).status_code == 303
    assert ads.store.find("rival").campaign.status is CampaignStatus.PAUSED
    done = [e.subject for e in read_entries(shop.audit_file, action="campaign")]
    assert done == ["acme", "rival"]

    wait_until(lambda: "<rect" in console.get("/console/ads").text, within_s=20)
    shown = console.get("/console/ads?days=7").text
    assert shown.count("<rect") == 7
    spent = 10_000 - ads.ledger.balance("acme")
    assert spent > 0
    assert f"{spent / 100:.2f} EUR" in shown
    assert "<script>alert" not in shown
    assert (
        "广告计划"
        in Browser(client, language="zh").logged_in("merchandiser").get("/console/ads").text
    )
    report = console.get("/v1/ads/report?as=csv").text
    assert report.startswith("campaign_id,")


def test_who_may_not_decide_sees_no_page_of_ads(client: TestClient) -> None:
    viewer = Browser(client).logged_in("viewer")
    assert viewer.get("/console/ads").status_code == 403
    assert "/console/ads" not in viewer.get("/console").text


def test_the_page_says_what_ads_did_to_the_shop(tmp_path: Path) -> None:
    shop = kettle_shop(tmp_path / "shop")
    make_account(shop, "merchandiser", Role.MERCHANDISER)
    write_held_out(shop)
    app = create_app(shop, ServeConfig(currency="EUR", ads=AdsSettings(holdout_share=0.5)))
    with TestClient(app, raise_server_exceptions=False) as client:
        console = Browser(client).logged_in("merchandiser")
        text = console.get("/console/ads").text
        assert "200 visitors saw ads, 200 were held out" in text
        assert "Came back a day later" in text
        assert "What predicted clicks brought" in text
        few = console.get("/console/ads?forecast=kettles")
    assert few.status_code == 503  # no release is open yet
