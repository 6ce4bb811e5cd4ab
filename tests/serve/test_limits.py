"""What one request may cost: bodies and addresses made to hold the server are refused for little work."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi.testclient import TestClient
from tests.serve.conftest import WITH_KEY, copied
from tests.waiting import wait_until_ready

from baihuo.serve import ServeConfig, create_app
from baihuo.serve.api.limits import BodyLimits, TooLarge, require_shape

_JSON = {"content-type": "application/json"}
_TIMES = 50  # the work of an ordinary search that a refusal may take at most; the attacks took up to 13,000
_MOST_MB = 150
_NESTED = (
    b'{"user_query": "x", "client_id": "c", "query_attributes": ' + b"[" * 400 + b"]" * 400 + b"}"
)


def _wide(n: int) -> dict[str, int]:
    return {f"field{i}": 1 for i in range(n)}


def _product(**more: Any) -> dict[str, Any]:
    return {"product_id": "wide", "title_en": "Wide", **more}


# name, method, path, body; the numbers are of bodies that held a server for seconds to minutes.
ATTACKS: list[tuple[str, str, str, Callable[[], bytes]]] = [
    (
        "attribute values",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [str(i) for i in range(900_000)]}}),
    ),
    (
        "attribute values of a wrong type",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [1] * 30_000}}),
    ),
    (
        "attribute values below the limit of bytes",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [str(i) for i in range(900)]}}),
    ),
    (
        "attribute names",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {f"n{i}": ["a"] for i in range(4_000)}}),
    ),
    ("brands", "POST", "/v1/search", lambda: orjson.dumps({"brand": ["a"] * 10_000})),
    ("unknown fields", "POST", "/v1/search", lambda: orjson.dumps(_wide(4_000))),
    ("nested lists", "POST", "/v1/search", lambda: b'{"q": ' + b"[" * 900 + b"]" * 900 + b"}"),
    ("a million brackets", "POST", "/v1/recommend/home", lambda: b"[" * 1_000_000),
    ("a long name", "POST", "/v1/recommend/home", lambda: orjson.dumps({"a" * 60_000: 1})),
    ("no JSON", "POST", "/v1/events", lambda: b"x" * (4 << 20)),
    (
        "events with unknown fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [_wide(90)] * 1_000}),
    ),
    (
        "events with fewer unknown fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [_wide(60)] * 1_000}),
    ),
    (
        "an event with many fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [_wide(200_000)]}),
    ),
    (
        "more events than a batch",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [1] * 1_000_000}),
    ),
    (
        "UBI ids that are no text",
        "POST",
        "/v1/events",
        lambda: orjson.dumps(
            {
                "events": [
                    {"user_query": "x", "client_id": "c", "query_response_hit_ids": [1] * 9_000}
                ]
                * 10
            }
        ),
    ),
    ("UBI attributes nested", "POST", "/v1/events", lambda: b'{"events": [' + _NESTED + b"]}"),
    (
        "product attributes of a wrong type",
        "POST",
        "/v1/products",
        lambda: orjson.dumps(
            {"products": [_product(attributes=dict.fromkeys(map(str, range(500))))] * 500}
        ),
    ),
    (
        "variant attributes of a wrong type",
        "POST",
        "/v1/products",
        lambda: orjson.dumps(
            {
                "products": [
                    _product(
                        variants=[
                            {"variant_id": "v", "attributes": {str(j): [] for j in range(400)}}
                        ]
                        * 500
                    )
                ]
            }
        ),
    ),
    (
        "more attributes of variants than searches can look through",
        "POST",
        "/v1/products",
        lambda: orjson.dumps(
            {
                "products": [
                    _product(
                        variants=[
                            {
                                "variant_id": f"v{i}",
                                "attributes": {f"a{j}": "x" for j in range(400)},
                            }
                            for i in range(400)
                        ]
                    )
                ]
            }
        ),
    ),
    (
        "variants with unknown fields",
        "POST",
        "/v1/products",
        lambda: orjson.dumps({"products": [_product(variants=[_wide(400)] * 500)]}),
    ),
    (
        "a product with many fields",
        "POST",
        "/v1/products",
        lambda: orjson.dumps({"products": [_product(**_wide(100_000))]}),
    ),
    ("an offer with many fields", "PATCH", "/v1/products/p1", lambda: orjson.dumps(_wide(900))),
    (
        "judgements with unknown fields",
        "POST",
        "/v1/labels",
        lambda: orjson.dumps({"judgements": [_wide(9)] * 1_000}),
    ),
    (
        "rows to readmit",
        "POST",
        "/v1/quality/readmit",
        lambda: orjson.dumps({"by": "a", "why": "b", "rows": ["x"] * 30_000}),
    ),
    (
        "values to mend",
        "POST",
        "/v1/quality/quarantine/1:1/mend",
        lambda: orjson.dumps({"by": "a", "why": "b", "values": _wide(9_000)}),
    ),
    ("parameters of one name", "GET", "/v1/search?q=lamp" + "&brand=a" * 3_000, bytes),
    ("as many as an address takes", "GET", "/v1/search?q=lamp" + "&brand=a" * 1_000, bytes),
    ("unknown parameters", "GET", "/v1/search?" + "&".join(f"a{i}=1" for i in range(1_000)), bytes),
    (
        "attributes in an address",
        "GET",
        "/v1/search?" + "&".join(f"attribute=n{i}:v" for i in range(40)),
        bytes,
    ),
    ("a long search for people", "GET", "/search?q=" + "a" * 60_000, bytes),
    (
        "many filters for people",
        "GET",
        "/search?" + "&".join(f"brand=b{i}" for i in range(4_000)),
        bytes,
    ),
    ("a long address of nothing", "GET", "/?x=" + "a" * 60_000, bytes),
    ("a long product id", "GET", "/p/" + "a" * 60_000, bytes),
    ("a long picture", "GET", "/placeholders/" + "a" * 60_000 + ".svg", bytes),
]


@pytest.fixture(scope="module")
def client(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(copied(built, tmp_path_factory.mktemp("limits")), ServeConfig(seed=1))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


@pytest.fixture(scope="module")
def ordinary_s(client: TestClient) -> float:
    """CPU of this process for an ordinary search, client included."""
    for i in range(5):
        client.get(f"/v1/search?q=lamp {i}")
    start = time.process_time()
    for i in range(40):
        assert client.get(f"/v1/search?q=kettle {i}").status_code == 200
    return (time.process_time() - start) / 40


@pytest.mark.parametrize(
    ("method", "path", "body"), [a[1:] for a in ATTACKS], ids=[a[0] for a in ATTACKS]
)
def test_what_would_hold_the_server_is_refused_for_little(
    client: TestClient, ordinary_s: float, method: str, path: str, body: Callable[[], bytes]
) -> None:
    content = body()
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    answer = client.request(method, path, content=content, headers=WITH_KEY | _JSON)
    took_s = time.process_time() - start
    grown_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mb
    assert 400 <= answer.status_code < 500, answer.text[:300]
    document = answer.json()
    assert document["fix"]
    assert len(document["errors"]) <= 100 * 50
    assert len(answer.content) < 300_000
    assert took_s < _TIMES * ordinary_s
    assert grown_mb < _MOST_MB


def test_the_refusal_says_the_limit(client: TestClient) -> None:
    def refused(method: str, path: str, **sent: Any) -> tuple[int, str]:
        answer = client.request(method, path, headers=WITH_KEY, **sent)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["detail"]

    assert refused("POST", "/v1/search", content=b" " * 70_000) == (
        413,
        "the body is larger than 64 kB",
    )
    in_parts = (b" " * 10_000 for _ in range(9))  # no length is declared
    assert refused("POST", "/v1/search", content=in_parts)[0] == 413
    assert "1,000 items" in refused("POST", "/v1/search", json={"brand": ["a"] * 1_001})[1]
    assert "50 fields" in refused("POST", "/v1/search", json=_wide(51))[1]
    assert refused("GET", "/v1/search?q=" + "a" * 8_200) == (
        414,
        "the address is longer than 8,192 bytes",
    )
    assert refused("POST", "/v1/search", json={"attributes": {"Colour": ["a"] * 51}})[0] == 422


def test_a_long_address_is_a_short_page_for_people(client: TestClient) -> None:
    for language, said in (("en", "search is too long"), ("zh", "搜索内容过长")):
        headers = {"Accept": "text/html", "Accept-Language": language}
        answer = client.get("/search?q=" + "a" * 60_000, headers=headers)
        client.cookies.clear()
        assert answer.status_code == 414
        assert said in answer.text
        assert len(answer.content) < 10_000


def test_of_many_bad_rows_the_first_hundred_are_named_and_the_rest_counted(
    client: TestClient,
) -> None:
    bad = [{"event_type": "click"}] * 250
    document = client.post("/v1/events", json={"events": bad}).json()
    assert document["n_not_listed"] == 150
    assert len(document["errors"]) == 2 * 100  # event_id and visitor_id
    good = {"event_id": "limit-1", "event_type": "click", "visitor_id": "v", "product_id": "p1"}
    answer = client.post("/v1/events", json={"events": [*bad, good]}).json()
    assert (answer["n_new"], answer["n_rejected"], answer["n_not_listed"]) == (1, 250, 150)
    assert len({r["index"] for r in answer["rejected"]}) == 100


def test_the_key_is_asked_before_the_body_is_read(client: TestClient) -> None:
    for path in ("/v1/products", "/v1/labels", "/v1/quality/readmit"):
        answer = client.post(path, content=b"{" * 1_000, headers=_JSON)
        assert answer.status_code == 401, path


def test_the_largest_search_that_is_taken_costs_little(
    client: TestClient, ordinary_s: float
) -> None:
    asked = {
        "q": "lamp " * 90,
        "brand": [f"brand {i}" for i in range(50)],
        "attributes": {f"n{i}": [f"v{j}" for j in range(50)] for i in range(20)},
    }
    start = time.process_time()
    answer = client.post("/v1/search", json=asked)
    assert answer.status_code == 200
    assert time.process_time() - start < _TIMES * ordinary_s
    filters = "&".join(f"brand=brand+{i:0130}" for i in range(50))
    start = time.process_time()
    page = client.get(f"/search?q=lamp&{filters}")
    assert page.status_code == 200
    assert time.process_time() - start < _TIMES * ordinary_s
    assert len(page.content) < 1_500_000


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ([[[]]], "nested"),
        ({"a": 1, "b": 1, "c": 1, "d": 1}, "3 fields"),
        ([1] * 5, "4 items"),
        ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], "10 values"),
        ({"a": [{"b": [1] * 5}]}, "4 items"),
        ({"a" * 1_001: 1}, "1,000 characters"),
    ],
)
def test_each_limit_of_a_body_is_kept(value: object, limit: str) -> None:
    limits = BodyLimits(
        max_bytes=1,
        max_values=10,
        max_items=4,
        max_fields=3,
        max_depth=2 if limit == "nested" else 5,
    )
    with pytest.raises(TooLarge, match=limit):
        require_shape(value, limits)
    require_shape({"a": [1, 2], "b": "x" * 1_000}, limits)


def test_the_server_answers_others_while_it_is_attacked(
    shop: Path, serve: Callable[..., Any]
) -> None:
    server = serve(shop, workers=1)
    answered: list[int] = []

    def attack(bodies: list[tuple[str, str, bytes]]) -> None:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            for method, path, body in bodies:
                answer = client.request(method, path, content=body, headers=WITH_KEY | _JSON)
                answered.append(answer.status_code)

    bodies = [
        (method, path, body())
        for _, method, path, body in ATTACKS
        if len(path) < 60_000  # what httpx sends
    ]
    attackers = [threading.Thread(target=attack, args=(bodies,)) for _ in range(2)]
    for one in attackers:
        one.start()
    n_alive, deadline = 0, time.monotonic() + 120
    with httpx.Client(base_url=server.url, timeout=120) as client:
        while any(one.is_alive() for one in attackers):
            assert time.monotonic() < deadline, f"{len(answered)} attacks answered"
            assert client.get("/healthz").status_code == 200
            n_alive += 1
    assert len(answered) == 2 * len(bodies)
    assert all(400 <= status < 500 for status in answered)
    assert n_alive >= len(bodies)
