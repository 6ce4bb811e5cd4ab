"""HEAD, links that are shared, parameters that nobody knows, and requests that once failed, over HTTP."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from tests import coroutines
from tests.serve.problems import problem_of
from tests.serve.small_shop import WITH_KEY
from tests.waiting import wait_until_ready

from baihuo.serve import ServeConfig, TrafficSettings, create_app
from baihuo.serve.app import SharedBytes, load_all

_PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize(
    "path",
    ["/", "/search?q=lamp", "/p/p1", "/healthz", "/readyz", "/metrics", "/v1/search?q=lamp"],
)
def test_head_answers_as_get_without_the_body(client: TestClient, path: str) -> None:
    head, get = client.head(path, headers=_PAGE), client.get(path, headers=_PAGE)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    if path in ("/healthz", "/p/p1"):
        assert int(head.headers["content-length"]) > 0
    assert client.head("/nothing").status_code == 404
    assert client.head("/v1/events").status_code == 405


def test_a_shared_link_to_page_two_is_that_page_for_whoever_follows_it(client: TestClient) -> None:
    search = "/v1/search?q=lamp&page_size=5"
    first = client.get(f"{search}&visitor_id=anna").json()
    link = f"{search}&page=2&query_id={first['query_id']}"
    friend = client.get(f"{link}&visitor_id=ben")
    assert friend.status_code == 200
    page = friend.json()
    assert page["query_id"] != first["query_id"]  # what ben clicks is ben's
    assert (page["page"], page["total"], len(page["results"])) == (2, first["total"], 5)
    assert [r["position"] for r in page["results"]] == [6, 7, 8, 9, 10]
    third = client.get(
        f"{search}&page=3&query_id={page['query_id']}&visitor_id=ben"
    ).json()  # goes on with their own
    seen = {r["product_id"] for r in page["results"]}
    assert not seen & {r["product_id"] for r in third["results"]}
    own = client.get(f"{link}&visitor_id=anna").json()
    assert own["query_id"] == first["query_id"]


def test_a_shared_link_of_the_storefront_is_a_page(client: TestClient) -> None:
    page = client.get("/search?q=lamp", headers=_PAGE)
    query_id = page.text.partition("query_id=")[2].partition('"')[0].partition("&")[0]
    client.cookies.clear()  # the friend's browser
    shared = client.get(f"/search?q=lamp&page=1&query_id={query_id}", headers=_PAGE)
    assert shared.status_code == 200
    client.cookies.clear()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/v1/products/nope?forse=true", None),
        ("PATCH", "/v1/products/p1?forse=true", {"stock_units": 5}),
        ("POST", "/v1/products?forse=true", {"products": [{"product_id": "x", "title_en": "X"}]}),
        ("GET", "/v1/products/p1?forse=true", None),
        ("POST", "/v1/events?forse=true", {"events": [{}]}),
    ],
)
def test_an_unknown_parameter_is_named(
    client: TestClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    document = problem_of(client.request(method, path, json=body, headers=WITH_KEY), 422)
    assert document["errors"][0]["field"] == "forse"
    assert "leave forse out" in document["errors"][0]["fix"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/pictures/{'a' * 300}.png", b""),
        ("GET", "/pictures/a%00.png", b""),
        ("GET", f"/static/{'a' * 300}", b""),
        ("GET", f"/docs/assets/{'a' * 300}", b""),
        ("PATCH", "/v1/products/p1", b'{"price_minor": ' + b"9" * 5_000 + b"}"),
        ("PATCH", "/v1/products/p1", b'{"price_minor": "' + b"9" * 5_000 + b'"}'),
        ("GET", "/v1/search?price_min_minor=" + "9" * 5_000, b""),
        ("POST", "/v1/search", b'{"q": ' + b"[" * 900 + b"]" * 900 + b"}"),
        ("GET", "/v1/search?filter=" + "(" * 900 + "a:b" + ")" * 900, b""),
        ("GET", "/v1/visitors/" + "v" * 300 + "/profile", b""),
    ],
)
def test_what_once_failed_is_refused(
    client: TestClient, method: str, path: str, body: bytes
) -> None:
    headers = WITH_KEY | {"content-type": "application/json"}
    answer = client.request(method, path, content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    as_page = client.request(method, path, content=body, headers=headers | _PAGE)
    assert 400 <= as_page.status_code < 500, as_page.text


def test_many_or_long_headers_are_refused(client: TestClient) -> None:
    many = {f"x-{i}": "1" for i in range(120)}
    assert problem_of(client.get("/v1/search", headers=many), 431)["fix"]
    long = problem_of(client.get("/v1/search", headers={"x": "a" * 40_000}), 431)
    assert "cookies" in long["fix"]
    assert client.get("/search", headers={**_PAGE, "x": "a" * 40_000}).status_code == 431


@pytest.fixture
def strict(shop: Path) -> TestClient:
    """An application that exempts nobody and takes little."""
    traffic = TrafficSettings.model_validate(
        {
            "limits": {"page_body_kb": 1, "address_bytes": 300},
            "rates": {
                "address_burst": 6,
                "address_per_s": 0.01,
                "visitor_burst": 2,
                "visitor_per_s": 0.01,
                "writes_burst": 2,
                "writes_per_s": 0.01,
            },
        }
    )
    app = create_app(shop, ServeConfig(seed=1, traffic=traffic))
    return TestClient(app, client=("203.0.113.7", 4711))


def test_settings_of_the_shop_hold(strict: TestClient) -> None:
    with strict as client:
        wait_until_ready(client)
        assert (
            "1 kB" in problem_of(client.post("/v1/search", json={"q": "a" * 1_100}), 413)["detail"]
        )
        problem_of(client.get("/v1/search?q=" + "a" * 300), 414)
        for _ in range(2):
            assert client.get("/v1/search?q=lamp&visitor_id=anna").status_code == 200
        refused = client.get("/v1/search?q=lamp&visitor_id=anna")
        assert "of this visitor" in problem_of(refused, 429)["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/v1/search?q=lamp&visitor_id=ben").status_code == 200
        last = [client.get("/v1/search?q=lamp").status_code for _ in range(3)]
        assert last == [200, 429, 429]  # of this address; the body that was too large counted
        page = client.get("/search?q=lamp", headers=_PAGE)
        assert page.status_code == 429
        assert "Many visitors right now" in page.text
        event = {"event_id": "e", "event_type": "click", "visitor_id": "v", "product_id": "p1"}
        sent = [client.post("/v1/events", json={"events": [event]}).status_code for _ in range(3)]
        assert sent == [200, 200, 429]
        assert client.get("/healthz").status_code == 200
        refusals = client.get("/metrics").text
        assert 'baihuo_refused_total{reason="TooManyRequests"} 5.0' in refusals


def test_every_route_but_health_has_a_rate(shop: Path) -> None:
    """Also one that is added later: what no class names counts as a read."""
    once = {"address_burst": 1, "reads_burst": 1, "writes_burst": 1}
    rarely = {"address_per_s": 0.001, "reads_per_s": 0.001, "writes_per_s": 0.001}
    traffic = TrafficSettings.model_validate({"rates": {**once, **rarely}})
    app = create_app(shop, ServeConfig(seed=1, traffic=traffic))
    app.add_api_route("/added/later", lambda: "a costly answer")
    asked = set()
    load_all(app)
    with TestClient(app, client=("203.0.113.7", 4711)) as client:
        for route in iter_route_contexts(app.routes):
            path = re.sub(r"\{[^}]*\}", "x", str(getattr(route, "path", "")))
            for method in getattr(route, "methods", None) or ["GET"]:
                if path not in ("/healthz", "/readyz"):
                    asked.add(path)
                    statuses = [client.request(method, path).status_code for _ in range(2)]
                    assert statuses[1] == 429, (method, path, statuses)
    assert {"/metrics", "/openapi.json", "/v1/visitors/x", "/static", "/added/later"} <= asked


def test_exports_count_as_many_reads(shop: Path) -> None:
    app = create_app(shop, ServeConfig(seed=1))
    with TestClient(app, client=("203.0.113.7", 4711)) as client:
        statuses = [client.get("/v1/visitors/anna").status_code for _ in range(8)]
        assert statuses[5:] == [429] * 3
        assert 429 not in statuses[:5]


def test_metrics_and_the_description_of_the_api_are_made_once_for_all_who_ask(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(shop, ServeConfig(seed=1))
    made: list[str] = []
    for owner, name in ((app.state.metrics, "exposed"), (app, "openapi")):
        make = getattr(owner, name)

        def counted(make: Any = make, name: str = name) -> Any:
            made.append(name)
            return make()

        monkeypatch.setattr(owner, name, counted)
    app.state.exposed = SharedBytes(app.state.metrics.exposed, for_s=3_600)
    with TestClient(app) as client:  # of this machine, which no rate limits
        for path in ("/metrics", "/openapi.json"):
            answers = [client.get(path) for _ in range(5)]
            assert {a.status_code for a in answers} == {200}
            assert len({a.content for a in answers}) == 1
    assert sorted(made) == ["exposed", "openapi"]


async def _app(shop: Path, **admission: int) -> AsyncIterator[httpx.AsyncClient]:
    traffic = TrafficSettings.model_validate({"admission": {"hold_ms": 0, **admission}})
    app = create_app(shop, ServeConfig(seed=1, traffic=traffic))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
            yield client


def test_under_pressure_pages_get_cheap_then_are_refused_and_the_rest_is_answered(
    shop: Path,
) -> None:
    async def scenario() -> None:
        async for client in _app(shop, max_waiting=8, cheap_from=3):
            pages = [
                asyncio.create_task(client.get("/v1/search", params={"q": f"lamp {i % 2}"}))
                for i in range(20)
            ]
            event = {"event_id": "e", "event_type": "click", "visitor_id": "v", "product_id": "p1"}
            beside = [
                asyncio.create_task(client.get("/healthz")),
                asyncio.create_task(client.post("/v1/events", json={"events": [event]})),
            ]
            answers = await asyncio.gather(*pages)
            assert [(await one).status_code for one in beside] == [200, 200]
            good = [a for a in answers if a.status_code == 200]
            refused = [a for a in answers if a.status_code == 503]
            assert (len(good), len(refused)) == (9, 11)
            assert all(1 <= int(a.headers["retry-after"]) <= 3 for a in refused)
            assert "Retry-After" in problem_of(refused[0], 503)["fix"]
            ids = [a.json()["query_id"] for a in good]
            assert len(set(ids)) == len(ids)  # a shared page is everybody's own
            metrics = (await client.get("/metrics")).text
            assert 'baihuo_cheap_pages_total{how="shared"}' in metrics
            for query_id, answer in zip(ids, good, strict=True):
                more = await client.get(
                    "/v1/search",
                    params={
                        "q": str(answer.request.url.params["q"]),
                        "page": 2,
                        "query_id": query_id,
                    },
                )
                assert more.status_code == 200  # each goes on

    coroutines.run(scenario())


def test_an_application_that_ended_leaves_nothing_in_memory(shop: Path) -> None:
    app = create_app(shop, ServeConfig(seed=1))
    with TestClient(app) as client:
        wait_until_ready(client)
        assert client.get("/openapi.json").status_code == 200
        worker = weakref.ref(app.state.worker)
    del app, client
    gc.unfreeze()
    gc.collect()
    assert worker() is None
