"""Whose history a request may read and write: signed visitor ids, keys, and the storefront's cookie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.serve.small_shop import copied
from tests.waiting import wait_until_ready

from baihuo.access import KeyStore, Scope, VisitorTokens
from baihuo.core import EventType, ShopPaths
from baihuo.events import EventLog
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.ids import now_us

Headers = dict[str, str]


@pytest.fixture(scope="module")
def client(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A shop that has keys, so that visitor ids must be signed."""
    shop = copied(built, tmp_path_factory.mktemp("signed"))
    with TestClient(create_app(shop, ServeConfig(seed=1)), raise_server_exceptions=False) as made:
        wait_until_ready(made)
        yield made


@pytest.fixture(scope="module")
def shop(client: TestClient) -> Path:
    return Path(client.app.state.shop)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def key(shop: Path) -> Callable[..., Headers]:
    store = KeyStore(ShopPaths(shop).keys_file)
    made: dict[str, Headers] = {}

    def of(*scopes: Scope) -> Headers:
        name = "-".join(scopes)
        if name not in made:
            token = store.create(name, scopes, at_us=now_us()).token
            made[name] = {"Authorization": f"Bearer {token}"}
        return made[name]

    of(Scope.CATALOGUE)
    return of


@pytest.fixture(autouse=True)
def _no_cookies(client: TestClient, key: Callable[..., Headers]) -> None:
    client.cookies.clear()


def click(event_id: str, **fields: Any) -> dict[str, Any]:
    return {"event_id": event_id, "event_type": "click", "product_id": "p1", **fields}


def send(client: TestClient, *rows: dict[str, Any], headers: Headers | None = None) -> Any:
    return client.post("/v1/events", json={"events": list(rows)}, headers=headers or {})


def logged(shop: Path, event_id: str) -> list[tuple[str, EventType]]:
    """Visitor and type of the events that were sent under this id."""
    log = EventLog(ShopPaths(shop).log)
    try:
        return [
            (e.visitor_id, e.event_type)
            for _, e in log.tail(0)
            if e.event_id.split("~")[0] == event_id
        ]
    finally:
        log.close()


def test_a_guessed_id_reads_nothing(client: TestClient) -> None:
    for path in (
        "/v1/visitors/account-17/profile",
        "/v1/search?q=phone&visitor_id=account-17",
        "/v1/recommend/home?visitor_id=account-17",
        "/v1/recommend/similar?product_id=p1&visitor_id=account-17",
    ):
        document = problem_of(client.get(path), 401)
        assert "/v1/visitors/token" in document["fix"]
    assert client.get("/v1/search", params={"q": "phone"}).is_success


def test_a_guessed_id_writes_nothing_and_good_rows_beside_it_are_kept(
    client: TestClient, shop: Path, key: Callable[..., Headers]
) -> None:
    problem_of(client.post("/v1/visitors/account-17/profile", json={"region": "DE"}), 401)
    token = _token(client, key, "account-18")
    answer = send(
        client, click("guess-1", visitor_id="account-17"), click("own-1", visitor_id=token)
    ).json()
    assert (answer["n_new"], answer["n_rejected"]) == (1, 1)
    assert answer["rejected"][0]["field"] == "visitor_id"
    assert logged(shop, "guess-1") == []
    assert logged(shop, "own-1") == [("account-18", EventType.CLICK)]


def test_a_signed_id_reads_and_writes_its_own_history_only(
    client: TestClient, key: Callable[..., Headers]
) -> None:
    ann, bob = (_token(client, key, name) for name in ("ann", "bob"))
    kept = client.post(f"/v1/visitors/{ann}/profile", json={"region": "DE"}).json()
    assert (kept["visitor_id"], kept["region"]) == ("ann", "DE")
    assert client.get(f"/v1/visitors/{bob}/profile").json()["region"] is None
    forged = f"ann.{bob.rpartition('.')[2]}"
    problem_of(client.get(f"/v1/visitors/{forged}/profile"), 401)
    assert client.get("/v1/recommend/home", params={"visitor_id": ann}).is_success


def test_a_server_with_a_key_may_speak_for_any_visitor_within_its_scopes(
    client: TestClient, shop: Path, key: Callable[..., Headers]
) -> None:
    reads, writes = key(Scope.SEARCH), key(Scope.EVENTS)
    assert client.get("/v1/visitors/account-17/profile", headers=reads).is_success
    problem_of(client.get("/v1/visitors/account-17/profile", headers=writes), 401)
    assert send(client, click("by-key-1", visitor_id="account-17"), headers=writes).is_success
    assert (
        send(client, click("by-key-2", visitor_id="account-17"), headers=reads).status_code == 422
    )
    assert logged(shop, "by-key-1") == [("account-17", EventType.CLICK)]


def test_a_purchase_is_taken_from_a_server_only(
    client: TestClient, shop: Path, key: Callable[..., Headers]
) -> None:
    token = _token(client, key, "buyer")
    bought = {"event_type": "purchase", "visitor_id": token, "order_id": "o1", "quantity": 1}
    taken_back = {"event_type": "cancel", "visitor_id": token, "order_id": "o1"}
    ubi = {
        "action_name": "purchase",
        "client_id": token,
        "timestamp": "2026-11-13T20:20:39Z",
        "event_attributes": {"object": {"object_id": "p1"}, "position": {"ordinal": 1}},
    }
    answer = send(client, click("b-1", **bought), click("b-2", **taken_back), ubi)
    document = problem_of(answer, 422)
    assert [e["field"] for e in document["errors"]] == ["event_type"] * 3
    kept = send(client, click("b-1", **bought), ubi, headers=key(Scope.EVENTS)).json()
    assert kept["n_new"] == 2
    assert logged(shop, "b-1") == [("buyer", EventType.PURCHASE)]


def test_the_storefront_signs_its_visitors_and_their_events_need_no_id(
    client: TestClient, shop: Path
) -> None:
    first = client.get("/")
    cookie = next(c for c in first.headers.get_list("set-cookie") if c.startswith("visitor="))
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()
    assert send(client, click("front-1")).json()["n_new"] == 1
    visitor = VisitorTokens.of(ShopPaths(shop).visitor_key_file).read(client.cookies["visitor"])
    assert logged(shop, "front-1") == [(visitor, EventType.CLICK)]
    assert "set-cookie" not in client.get("/").headers


def test_the_cookie_is_for_tls_alone_behind_tls(client: TestClient) -> None:
    page = client.get("https://testserver/")
    cookie = next(c for c in page.headers.get_list("set-cookie") if c.startswith("visitor="))
    assert "secure" in cookie.lower()


@pytest.mark.parametrize(
    "cookie", ["v-aaaaaaaaaaaaaaaaaaaa", "account-17.c2lnbmF0dXJl", "ü", "." * 300]
)
def test_a_cookie_that_somebody_wrote_is_a_new_visitor(client: TestClient, cookie: str) -> None:
    page = client.get("/", headers={b"Cookie": f"visitor={cookie}".encode()})
    assert page.is_success
    made = next(c for c in page.headers.get_list("set-cookie") if c.startswith("visitor="))
    assert cookie not in made
    problem_of(
        client.post(
            "/v1/events",
            json={"events": [click("written")]},
            headers={b"Cookie": f"visitor={cookie}".encode()},
        ),
        422,
    )


def test_a_password_for_a_proxy_in_front_is_no_key_and_stops_no_page(client: TestClient) -> None:
    basic = {"Authorization": "Basic b3BlbiBzZXNhbWU="}
    assert client.get("/v1/search", params={"q": "phone"}, headers=basic).is_success
    problem_of(client.delete("/v1/products/p1", headers=basic), 401)


def test_signing_needs_a_key_of_events_and_an_id_that_fits(
    client: TestClient, key: Callable[..., Headers]
) -> None:
    body = {"visitor_id": "account-17"}
    problem_of(client.post("/v1/visitors/token", json=body), 401)
    problem_of(client.post("/v1/visitors/token", json=body, headers=key(Scope.SEARCH)), 403)
    long = {"visitor_id": "x" * 201}
    problem_of(client.post("/v1/visitors/token", json=long, headers=key(Scope.EVENTS)), 422)


def test_a_shop_where_no_key_was_made_believes_any_id_and_one_that_says_signed_none(
    built: Path, tmp_path: Path
) -> None:
    """`auto` is open until the first key: a trial on one machine needs no set-up."""
    for name, config, status in (
        ("auto", ServeConfig(seed=1), 200),
        ("signed", ServeConfig(seed=1, visitors="signed"), 401),
    ):
        shop = copied(built, tmp_path / name)
        with TestClient(create_app(shop, config)) as made:
            wait_until_ready(made)
            assert made.get("/v1/visitors/account-17/profile").status_code == status


def test_other_hosts_and_other_sites_are_kept_out_where_the_shop_lists_its_own(
    built: Path, tmp_path: Path
) -> None:
    config = ServeConfig(
        seed=1, allowed_hosts=("testserver",), allowed_origins=("https://shop.example.com",)
    )
    with TestClient(create_app(copied(built, tmp_path), config)) as made:
        wait_until_ready(made)
        assert made.get("/healthz", headers={"Host": "evil.example.com"}).status_code == 400
        ask = {"Access-Control-Request-Method": "POST", "Origin": "https://shop.example.com"}
        allowed = made.options("/v1/events", headers=ask)
        assert allowed.headers["access-control-allow-origin"] == "https://shop.example.com"
        ask["Origin"] = "https://evil.example.com"
        refused = made.options("/v1/events", headers=ask)
        assert "access-control-allow-origin" not in refused.headers


def _token(client: TestClient, key: Callable[..., Headers], visitor_id: str) -> str:
    answer = client.post(
        "/v1/visitors/token", json={"visitor_id": visitor_id}, headers=key(Scope.EVENTS)
    )
    assert answer.is_success
    return str(answer.json()["token"])
