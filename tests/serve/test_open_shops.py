"""A shop without keys is for whoever sits at its machine: a proxy, and a backup without its keys, open it to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.waiting import wait_until_ready

from baihuo import flow
from baihuo.access import Scope
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

_OUTSIDE = {"X-Forwarded-For": "203.0.113.7"}
_PURCHASE = {"event_type": "purchase", "visitor_id": "anna", "product_id": "p1", "quantity": 1}


@contextmanager
def served(
    shop: Path, *, visitors: Literal["auto", "signed", "open"] = "auto", client: str = "127.0.0.1"
) -> Iterator[TestClient]:
    app = create_app(shop, ServeConfig(seed=1, visitors=visitors))
    with TestClient(app, client=(client, 50_000)) as opened:
        wait_until_ready(opened)
        yield opened


def bought(client: TestClient, event_id: str, **headers: Any) -> int:
    """The status of an order that somebody claims to have placed."""
    events = [_PURCHASE | {"event_id": event_id}]
    return client.post("/v1/events", json={"events": events}, headers=headers).status_code


def test_what_a_proxy_forwards_to_a_shop_without_keys_is_refused(shop: Path) -> None:
    forwarded = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
    with served(shop) as client:
        for header in (*forwarded, "X-Real-IP", "Forwarded", "Via"):
            outside = {header: "203.0.113.7"}
            refused = [
                client.get("/v1/search?q=lamp", headers=outside),
                client.post("/v1/events", json={"events": [_PURCHASE]}, headers=outside),
                client.get("/v1/visitors/anna", headers=outside),
                client.delete("/v1/visitors/anna", headers=outside),
                client.get("/metrics", headers=outside),
            ]
            for answer in refused:
                assert "baihuo keys create" in problem_of(answer, 403)["fix"], header
            page = client.get("/", headers=outside | {"Accept": "text/html"})
            assert page.status_code == 403
            assert "baihuo keys create" in page.text
            assert client.get("/healthz", headers=outside).status_code == 200
            assert client.get("/readyz", headers=outside).status_code == 200
        assert client.get("/v1/search?q=lamp").status_code == 200
        assert bought(client, "at the machine") == 200


def test_a_key_opens_the_shop_to_its_proxy_at_once_and_strangers_buy_nothing(shop: Path) -> None:
    with served(shop) as client:
        assert client.get("/", headers=_OUTSIDE).status_code == 403
        token = flow.create_key(Shop(shop), "ops", [Scope.ADMIN]).token
        assert client.get("/", headers=_OUTSIDE).status_code == 200
        assert bought(client, "forged", **_OUTSIDE) == 422
        assert client.get("/v1/visitors/anna", headers=_OUTSIDE).status_code == 401
        assert bought(client, "real", Authorization=f"Bearer {token}", **_OUTSIDE) == 200


@pytest.mark.parametrize("far", ["forwarded", "direct"])
def test_a_shop_that_chose_to_be_open_believes_ids_from_outside_and_no_more(
    shop: Path, far: str
) -> None:
    headers = _OUTSIDE if far == "forwarded" else {}
    client_ip = "127.0.0.1" if far == "forwarded" else "203.0.113.7"
    with served(shop, visitors="open", client=client_ip) as client:
        click = _PURCHASE | {"event_id": "c", "event_type": "click"}
        sent = client.post("/v1/events", json={"events": [click]}, headers=headers)
        assert sent.json()["n_new"] == 1
        assert bought(client, "forged", **headers) == 422
        assert client.get("/v1/visitors/anna", headers=headers).status_code == 401
        assert client.delete("/v1/visitors/anna", headers=headers).status_code == 401
        if far == "forwarded":  # the same client without headers is at the machine
            assert bought(client, "at the machine") == 200


def test_a_shop_restored_without_its_keys_stays_signed(shop: Path, tmp_path: Path) -> None:
    flow.create_key(Shop(shop), "ops", [Scope.ADMIN])
    flow.backup(Shop(shop), tmp_path / "backups", with_keys=False)
    flow.restore(tmp_path / "backups", tmp_path / "restored")
    restored = Shop(tmp_path / "restored")
    assert not restored.keys_file.exists()
    with served(restored.root) as client:
        assert bought(client, "forged") == 422
        assert client.get("/v1/visitors/anna").status_code == 401
        assert client.delete("/v1/visitors/anna").status_code == 401
        assert client.get("/", headers=_OUTSIDE).status_code == 200
        token = flow.create_key(restored, "ops", [Scope.ADMIN]).token
        assert bought(client, "real", Authorization=f"Bearer {token}") == 200


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_shop_does_not_open_when_its_last_key_ends(shop: Path, end: str) -> None:
    flow.create_key(Shop(shop), "ops", [Scope.ADMIN], days=1e-9 if end == "expired" else None)
    if end == "revoked":
        flow.revoke_key(Shop(shop), "ops")
    with served(shop) as client:
        assert bought(client, "forged") == 422
