"""Keys over HTTP: who may do what, and what the audit log says of it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.serve.small_shop import copied
from tests.waiting import wait_until_ready

from baihuo.access import KeyStore, Scope, read_entries, verify
from baihuo.core import ShopPaths
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.ids import now_us
from baihuo.serve.traffic.settings import RateLimits, TrafficSettings


@pytest.fixture(scope="module")
def shop(client: TestClient) -> Path:
    return Path(client.app.state.shop)  # type: ignore[attr-defined]


def key(shop: Path, name: str, *scopes: Scope) -> dict[str, str]:
    store = KeyStore(ShopPaths(shop).keys_file)
    token = store.create(name, scopes, at_us=now_us()).token
    store.close()
    return {"Authorization": f"Bearer {token}"}


def test_a_key_of_another_scope_is_told_which_it_needs(client: TestClient, shop: Path) -> None:
    headers = key(shop, "shelf", Scope.CATALOGUE)
    document = problem_of(client.get("/v1/quality/quarantine", headers=headers), 403)
    assert "shelf has the scopes catalogue; this needs merchandiser" in document["detail"]
    assert "--scope merchandiser" in document["fix"]
    assert client.patch("/v1/products/p2", json={"stock_units": 4}, headers=headers).is_success


def test_a_revoked_key_is_refused_by_the_running_server(client: TestClient, shop: Path) -> None:
    headers = key(shop, "temp", Scope.CATALOGUE)
    assert client.patch("/v1/products/p2", json={"stock_units": 5}, headers=headers).is_success
    KeyStore(ShopPaths(shop).keys_file).revoke("temp", at_us=now_us())
    problem_of(client.patch("/v1/products/p2", json={"stock_units": 6}, headers=headers), 401)
    assert client.get("/v1/products/p2").json()["stock_units"] == 5


def test_writes_and_refusals_are_in_the_audit_log_with_the_key_that_did_them(
    client: TestClient, shop: Path
) -> None:
    headers = key(shop, "erp", Scope.CATALOGUE)
    row = {"product_id": "audited", "title_en": "Audited lamp"}
    assert client.post("/v1/products", json={"products": [row]}, headers=headers).is_success
    assert client.patch("/v1/products/audited", json={"stock_units": 3}, headers=headers).is_success
    assert client.delete("/v1/products/audited", headers=headers).is_success
    client.delete("/v1/products/p1", headers={"Authorization": "Bearer bh_0000000000_guess"})
    entries = read_entries(ShopPaths(shop).audit_file)
    by_erp = [(e.action, e.subject) for e in entries if e.actor == "key erp"]
    assert by_erp == [
        ("key.use", "erp"),
        ("products.write", ""),
        ("products.offer", "audited"),
        ("products.remove", "audited"),
    ]
    assert any(e.action == "key.refuse" and e.actor == "unknown" for e in entries)
    assert verify(ShopPaths(shop).audit_file).seq == len(entries)
    secret = headers["Authorization"].split("_", 2)[2]
    assert all(secret not in str(e) for e in entries)


def test_a_flood_of_wrong_keys_does_not_fill_the_audit_log(client: TestClient, shop: Path) -> None:
    before = len(read_entries(ShopPaths(shop).audit_file))
    for n in range(50):
        headers = {"Authorization": f"Bearer bh_0000000000_guess{n}"}
        assert client.delete("/v1/products/p1", headers=headers).status_code == 401
    assert len(read_entries(ShopPaths(shop).audit_file)) <= before + 1


def test_requests_of_a_key_are_counted_by_key_and_wrong_keys_by_address(
    built: Path, tmp_path: Path
) -> None:
    rates = RateLimits(
        exempt=(), key_burst=4, key_per_s=0.001, address_burst=1, address_per_s=0.001
    )
    config = ServeConfig(seed=1, traffic=TrafficSettings(rates=rates))
    shop = copied(built, tmp_path)
    headers = key(shop, "site", Scope.SEARCH)
    app = create_app(shop, config)
    with TestClient(app, client=("203.0.113.7", 1)) as made:
        wait_until_ready(made)
        by_key = [made.get("/v1/search?q=phone", headers=headers).status_code for _ in range(6)]
        assert by_key == [200] * 4 + [429] * 2
        wrong = {"Authorization": "Bearer bh_0000000000_guess"}
        by_address = [made.get("/v1/search?q=phone", headers=wrong).status_code for _ in range(3)]
        assert by_address == [401, 429, 429]
