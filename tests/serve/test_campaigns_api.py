"""Advertisers over HTTP: a key of their own, their campaigns, reports and statements, and nobody else's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import NOW_US, copied
from tests.waiting import wait_until, wait_until_ready
from typer.testing import CliRunner

from baihuo.access import KeyStore, Scope, read_entries
from baihuo.ads.ledger import Ledger
from baihuo.ads.store import CampaignStore
from baihuo.cli.app import app as commands
from baihuo.core import ShopPaths
from baihuo.serve import ServeConfig, create_app

PHONES = [f"p{i}" for i in range(0, 96, 4)]


@pytest.fixture(scope="module")
def client(bilingual: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    shop = copied(bilingual, tmp_path_factory.mktemp("ads"))
    paths = ShopPaths(shop)
    store = CampaignStore(paths.ads_file)
    for name in ("acme", "rival"):
        store.add_advertiser(name, name.title(), by="tests", at_us=NOW_US)
        Ledger(paths.ads_ledger_file).deposit(name, 10_000, reference=name, at_us=NOW_US)
    with (shop / "shop.yaml").open("a") as settings:
        settings.write("currency: EUR\n")
    config = ServeConfig(seed=1, currency="EUR")
    app, own = create_app(shop, config), ("127.0.0.1", 4711)  # without limits of rate
    with TestClient(app, raise_server_exceptions=False, client=own) as client:
        wait_until_ready(client)
        client.app.state.paths = paths  # type: ignore[attr-defined]
        yield client


@pytest.fixture(scope="module")
def keys(client: TestClient) -> dict[str, dict[str, str]]:
    """Headers with the keys of two advertisers, the shop, and its till."""
    store = KeyStore(client.app.state.paths.keys_file)  # type: ignore[attr-defined]
    made = {
        name: store.create(name, [Scope.ADVERTISER], at_us=NOW_US, advertiser_id=name).token
        for name in ("acme", "rival")
    }
    made["shop"] = store.create("shop", [Scope.MERCHANDISER], at_us=NOW_US).token
    made["till"] = store.create("till", [Scope.EVENTS], at_us=NOW_US).token
    return {name: {"Authorization": f"Bearer {token}"} for name, token in made.items()}


def fields(campaign_id: str = "phones", **changes: Any) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "advertiser_id": "acme",
        "name": "Phones",
        "product_ids": PHONES[10:],
        "bid_minor": 50,
        "budget_day_minor": 1_000,
        "starts_at": "2026-01-01T00:00",
        **changes,
    }


def test_a_campaign_goes_from_its_advertiser_through_the_shop_to_a_page(
    client: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    acme, shop = keys["acme"], keys["shop"]
    sent = client.put("/v1/ads/campaigns/phones", json=fields(), headers=acme)
    assert (sent.status_code, sent.json()["status"]) == (200, "submitted")
    assert sent.json()["changed_by"] == "key acme"
    refused = client.post("/v1/ads/campaigns/phones/approve", json={}, headers=acme)
    assert refused.status_code == 403
    [waits] = client.get("/v1/ads/campaigns", headers=shop).json()["campaigns"]
    version = {"version": waits["version"]}
    approved = client.post("/v1/ads/campaigns/phones/approve", json=version, headers=shop)
    assert approved.json()["running"]["bid_minor"] == 50
    stale = client.post("/v1/ads/campaigns/phones/pause", json=version, headers=acme)
    assert stale.status_code == 409

    def ads() -> list[Any]:
        found: list[Any] = client.get("/v1/search", params={"q": "phone"}).json()["ads"]
        return found

    wait_until(ads, within_s=20)
    assert ads()[0]["advertiser"] == "Acme"
    one = client.get("/v1/ads/campaigns/phones", headers=acme).json()
    assert [v["status"] for v in one["versions"]] == ["submitted", "approved"]
    dearer = client.put(
        "/v1/ads/campaigns/phones", json=fields(bid_minor=60), params=version, headers=acme
    )
    assert dearer.status_code == 409  # it was approved since
    paused = client.post("/v1/ads/campaigns/phones/pause", json={}, headers=acme)
    assert paused.json()["status"] == "paused"
    wait_until(lambda: not ads(), within_s=20)
    entries = read_entries(client.app.state.paths.audit_file, newest=20)  # type: ignore[attr-defined]
    done = [entry.action for entry in entries if entry.subject == "phones"]
    assert done == ["campaign.submit", "campaign.approve", "campaign.pause"]


def test_an_advertiser_sees_and_changes_its_own_alone(
    client: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    mine = fields("lamps", product_ids=["p3"], name="Lamps")
    assert client.put("/v1/ads/campaigns/lamps", json=mine, headers=keys["acme"]).is_success
    rival = keys["rival"]
    assert client.get("/v1/ads/campaigns", headers=rival).json() == {"campaigns": []}
    unknown = client.get("/v1/ads/campaigns/nothing", headers=rival)
    hidden = client.get("/v1/ads/campaigns/lamps", headers=rival)
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.json()["detail"].replace("lamps", "nothing") == unknown.json()["detail"]
    assert client.post("/v1/ads/campaigns/lamps/pause", json={}, headers=rival).status_code == 404
    assert client.put("/v1/ads/campaigns/lamps", json=mine, headers=rival).status_code == 403
    taken = {**mine, "advertiser_id": "rival"}
    assert client.put("/v1/ads/campaigns/lamps", json=taken, headers=rival).status_code == 409
    for path in ("campaigns", "report", "statement"):
        of_other = client.get(f"/v1/ads/{path}", params={"advertiser": "acme"}, headers=rival)
        assert of_other.status_code == 403, path
    for path in ("/v1/quality/report", "/v1/labels/report", "/v1/ads/campaigns"):
        header = rival if "ads" not in path else keys["till"]
        assert client.get(path, headers=header).status_code == 403, path
        assert client.get(path).status_code == 401, path
    own = client.get("/v1/ads/statement", headers=rival).json()
    assert (own["advertiser_id"], own["closing_minor"]) == ("rival", 10_000)
    both = client.get("/v1/ads/campaigns", headers=keys["shop"]).json()["campaigns"]
    assert "lamps" in {campaign["campaign_id"] for campaign in both}
    assert client.get("/v1/ads/statement", headers=keys["shop"]).status_code == 422


def test_reports_are_json_and_csv(client: TestClient, keys: dict[str, dict[str, str]]) -> None:
    evil = fields("evil", name="=HYPERLINK(1)", product_ids=["p3"])
    assert client.put("/v1/ads/campaigns/evil", json=evil, headers=keys["acme"]).is_success
    evil_runs = client.post("/v1/ads/campaigns/evil/approve", json={}, headers=keys["shop"])
    assert evil_runs.is_success, evil_runs.text
    wait_until(lambda: client.get("/v1/search", params={"q": "lamp"}).json()["ads"], within_s=20)
    report = client.get("/v1/ads/report", headers=keys["acme"]).json()
    text = client.get("/v1/ads/report", params={"as": "csv"}, headers=keys["acme"]).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["campaign_id"] for row in rows] == [c["campaign_id"] for c in report["campaigns"]]
    assert {row["name"] for row in rows} >= {"'=HYPERLINK(1)"}
    assert client.get("/v1/ads/report", headers=keys["rival"]).json()["campaigns"] == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bid_minor": -1}, "bid_minor"),
        ({"budget_day_minor": 0}, "budget_day_minor"),
        ({"product_ids": ["gone"]}, "not in the catalogue"),
        ({"currency": "USD"}, "currency"),
        ({"ends_at": "2025-01-01"}, "ends_at"),
        ({"audiences": ["anybody"]}, "no audience"),
        ({"colour": "red"}, "colour"),
        ({"campaign_id": "other"}, "address"),
        ({"advertiser_id": "nobody"}, "no advertiser"),
    ],
)
def test_a_bad_campaign_is_refused_with_the_field_and_its_fix(
    client: TestClient, keys: dict[str, dict[str, str]], changes: dict[str, Any], says: str
) -> None:
    answer = client.put(
        "/v1/ads/campaigns/bad", json={**fields("bad"), **changes}, headers=keys["shop"]
    )
    assert answer.status_code in (404, 422)
    assert says in answer.text
    assert answer.json()["fix"]
    assert client.get("/v1/ads/campaigns/bad", headers=keys["shop"]).status_code == 404


def test_a_forecast_is_what_the_same_pages_then_sell(
    client: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    """Pages without the campaign are replayed with it; then it runs, and the same pages are made again."""
    acme, shop = keys["acme"], keys["shop"]
    for other in ("phones", "lamps", "evil"):
        client.post(f"/v1/ads/campaigns/{other}/pause", json={}, headers=shop)
    pages = ["phone" if i % 3 else "kettle" for i in range(60)]

    def ads() -> list[Any]:
        return [ad for q in pages for ad in client.get("/v1/search", params={"q": q}).json()["ads"]]

    wait_until(lambda: not ads(), within_s=30)
    ads()  # the newest 60 pages are those
    client.app.state.worker.served.flush()  # type: ignore[attr-defined]
    wanted = fields(
        "coming",
        keywords=["phone", "[zeppelin]", "-kettle"],
        starts_at="2030-01-01",
        budget_day_minor=9_000_000,
    )
    assert client.put("/v1/ads/campaigns/coming", json=wanted, headers=acme).is_success
    told = client.get("/v1/ads/campaigns/coming/forecast", headers=acme)
    assert told.status_code == 200, told.text
    found = told.json()
    n_phone = pages.count("phone")
    assert found["n_pages"] >= 120
    assert found["asked_for"] == pytest.approx(n_phone / 60, abs=0.05)
    assert found["keywords_without_match"] == ["[zeppelin]"]
    assert found["notes"] == []
    at_bid = {one["bid_factor"]: one for one in found["at_bids"]}
    n_won = at_bid[1.0]["pages_won"] * found["days"]
    assert client.get("/v1/ads/campaigns/coming/forecast", headers=keys["rival"]).status_code == 404

    client.put("/v1/ads/campaigns/coming", json={**wanted, "starts_at": "2026-01-01"}, headers=acme)
    client.post("/v1/ads/campaigns/coming/approve", json={}, headers=shop)
    wait_until(ads, within_s=30)
    sold = ads()
    share = len(sold) / 60
    assert n_won / found["n_pages"] == pytest.approx(share, abs=0.05)
    assert at_bid[0.5]["clicks"][0] <= at_bid[2.0]["clicks"][0]


def test_a_target_that_cannot_be_met_is_named(
    client: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    for _ in range(25):
        assert client.get("/v1/search", params={"q": "lamp"}).is_success
    client.app.state.worker.served.flush()  # type: ignore[attr-defined]
    poor = fields(
        "poor",
        product_ids=["p3", "p7"],
        bid_kind="cost_per_purchase",
        bid_minor=1,
        keywords=["lamp"],
    )
    assert client.put("/v1/ads/campaigns/poor", json=poor, headers=keys["acme"]).is_success
    found = client.get("/v1/ads/campaigns/poor/forecast", headers=keys["acme"]).json()
    assert "target cannot be met" in found["notes"][0]
    nowhere = fields("nowhere", categories=["Nothing > At all"])
    assert client.put("/v1/ads/campaigns/nowhere", json=nowhere, headers=keys["acme"]).is_success
    found = client.get("/v1/ads/campaigns/nowhere/forecast", headers=keys["acme"]).json()
    assert "no page fits" in found["notes"][0]
    assert found["not_asked"] == {"category": 1.0}
    # The same by command, without a server.
    shop = str(client.app.state.paths.root)  # type: ignore[attr-defined]
    printed = CliRunner().invoke(commands, ["ads", "forecast", "poor", "--shop", shop])
    assert printed.exit_code == 0, printed.output
    assert "target cannot be met" in printed.output
