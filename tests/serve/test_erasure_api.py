"""Visitors ask what is stored of them, and to be forgotten, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.serve.small_shop import copied
from tests.waiting import wait_until, wait_until_ready

from baihuo.access import KeyStore, Scope, VisitorTokens, read_entries
from baihuo.core import ShopPaths
from baihuo.privacy import Erasures
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.ids import now_us

Headers = dict[str, str]


def buy(client: Any, visitor: str, product: str, *, query_id: str | None = None) -> None:
    events = [
        {
            "event_id": f"{visitor}-{product}-{i}",
            "event_type": "click",
            "visitor_id": visitor,
            "product_id": product,
            **({"query_id": query_id} if query_id else {}),
        }
        for i in range(2)
    ]
    assert client.post("/v1/events", json={"events": events}).status_code == 200


def reasons(client: Any, visitor: str) -> set[str]:
    page = client.get("/v1/recommend/home", params={"visitor_id": visitor})
    return {r["reason"] for r in page.json()["results"]}


def likes_what_it_viewed(client: Any, visitor: str) -> bool:
    return "like_what_you_viewed" in reasons(client, visitor)


def test_from_the_answer_on_pages_know_nothing_of_the_visitor(client: TestClient) -> None:
    client.post("/v1/visitors/leaves/profile", json={"interests": ["Home"]})
    for visitor in ("leaves", "stays"):
        buy(client, visitor, "p5")
        wait_until(partial(likes_what_it_viewed, client, visitor))
    first = client.get("/v1/search", params={"q": "lamp", "visitor_id": "leaves"}).json()
    asked = client.delete("/v1/visitors/leaves")
    assert asked.status_code == 202
    receipt = asked.json()
    assert (receipt["status"], receipt["erased_at_us"], receipt["removed"]) == ("pending", None, {})
    assert "like_what_you_viewed" not in reasons(client, "leaves")
    assert "like_what_you_viewed" in reasons(client, "stays")
    assert client.get("/v1/visitors/leaves/profile").json()["interests"] == []
    again = {"q": "lamp", "visitor_id": "leaves", "query_id": first["query_id"], "page": 2}
    assert client.get("/v1/search", params=again).json()["query_id"] != first["query_id"]
    assert client.delete("/v1/visitors/leaves").json() == receipt, "asked twice"
    assert client.get("/v1/visitors/leaves/erasure").json() == receipt
    missing = problem_of(client.get("/v1/visitors/stays/erasure"), 404)
    assert "did not ask" in str(missing)
    buy(client, "leaves", "p9")  # a new beginning
    wait_until(lambda: "like_what_you_viewed" in reasons(client, "leaves"))


def test_the_request_is_on_disk_and_in_the_audit_log_without_the_id(client: TestClient) -> None:
    folder = ShopPaths(client.app.state.shop)  # type: ignore[attr-defined]
    receipt = client.delete("/v1/visitors/asks-for-it").json()
    register = Erasures(folder.erasures_file, folder.mask_key_file.read_bytes())
    try:
        (request,) = [r for r in register.pending() if r.visitor_id == "asks-for-it"]
    finally:
        register.close()
    assert request.receipt_id == receipt["receipt_id"]
    entries = read_entries(folder.audit_file, action="visitor.erase")
    (entry,) = [e for e in entries if e.detail == {"receipt_id": receipt["receipt_id"]}]
    assert entry.subject == request.visitor_hash
    assert "asks-for-it" not in str(entries)


def test_a_request_outlives_a_restart(shop: Path) -> None:
    with TestClient(create_app(shop, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        buy(client, "old-visitor-3", "p5")
        client.delete("/v1/visitors/old-visitor-3")
    with TestClient(create_app(shop, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        known = client.app.state.worker.state()  # type: ignore[attr-defined]
        assert known.is_unknown("old-visitor-3"), "of the snapshot and of the log"
        assert not known.is_unknown("old-visitor-4")


def test_an_export_holds_everything_of_one_visitor_and_nothing_of_others(
    client: TestClient,
) -> None:
    client.post("/v1/visitors/exported/profile", json={"interests": ["Home"]})
    for visitor in ("exported", "exported-too"):
        page = client.get("/v1/search", params={"q": "red lamp", "visitor_id": visitor}).json()
        buy(client, visitor, "p7", query_id=page["query_id"])
    worker = client.app.state.worker  # type: ignore[attr-defined]
    worker.served.flush()
    folder = ShopPaths(client.app.state.shop)  # type: ignore[attr-defined]
    for _ in range(2):  # in the live log, then in a segment
        document = client.get("/v1/visitors/exported").json()
        assert [e["event_type"] for e in document["events"]] == ["profile", "click", "click"]
        (page,) = document["pages"]
        assert page["query"]["query_text"] == "red lamp"
        assert document["profile"]["interests"] == ["Home"]
        assert document["judgements"] == []
        assert "exported-too" not in json.dumps(document)
        worker.log.seal(folder.raw / "events")
    lines = client.get("/v1/visitors/exported", headers={"Accept": "application/x-ndjson"})
    kinds = [json.loads(line)["kind"] for line in lines.text.splitlines()]
    assert kinds == ["event", "event", "event", "page", "profile"]
    assert client.get("/v1/visitors/nobody-at-all").json()["events"] == []


@pytest.fixture(scope="module")
def signed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    shop = copied(built, tmp_path_factory.mktemp("signed"))
    with TestClient(create_app(shop, ServeConfig(seed=1)), raise_server_exceptions=False) as made:
        wait_until_ready(made)
        yield made


def test_only_the_visitor_or_a_key_of_the_right_scope_may_ask(signed: TestClient) -> None:
    folder = ShopPaths(signed.app.state.shop)  # type: ignore[attr-defined]
    store = KeyStore(folder.keys_file)

    def key(name: str, scope: Scope) -> Headers:
        token = store.create(name, [scope], at_us=now_us()).token
        return {"Authorization": f"Bearer {token}"}

    reads, writes = key("reads", Scope.SEARCH), key("writes", Scope.EVENTS)
    store.close()
    token = VisitorTokens.of(folder.visitor_key_file).sign("mine")
    ask: Callable[..., Any] = signed.delete
    for request, path in ((ask, ""), (signed.get, ""), (signed.get, "/erasure")):
        problem_of(request(f"/v1/visitors/mine{path}"), 401)
    problem_of(ask("/v1/visitors/mine", headers=reads), 401)
    assert signed.get(f"/v1/visitors/{token}").json()["visitor_id"] == "mine"
    assert signed.get("/v1/visitors/mine", headers=reads).status_code == 200
    assert ask(f"/v1/visitors/{token}").status_code == 202
    assert ask("/v1/visitors/other", headers=writes).status_code == 202
    assert signed.get(f"/v1/visitors/{token}/erasure").json()["status"] == "pending"
    entries = read_entries(folder.audit_file, action="visitor.erase")
    assert [e.actor for e in entries] == ["visitor", "key writes"]
