"""What one request may cost: bodies and addresses made to hold the server are refused for little work."""

from __future__ import annotations

import gc
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.serve.attacks import ATTACKS, wide
from tests.serve.small_shop import WITH_KEY

from baihuo.serve.api.middleware import require_shape
from baihuo.serve.traffic.bodies import BodyLimits, TooLarge

_JSON = {"content-type": "application/json"}
_TIMES = 50  # the work of an ordinary search that a refusal may take at most; the attacks took up to 13,000
_MOST_MB = 150
_FREEZE = (
    gc.freeze
)  # as a server does with each release; conftest.py keeps applications of tests from it


@pytest.fixture(scope="module")
def ordinary_s(client: TestClient) -> float:
    """CPU of this process for an ordinary search, client included."""
    _FREEZE()
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
    assert "50 fields" in refused("POST", "/v1/search", json=wide(51))[1]
    assert refused("GET", "/v1/search?q=" + "a" * 8_200) == (
        414,
        "the address is longer than 8,192 bytes",
    )
    assert refused("POST", "/v1/search", json={"attributes": {"Colour": ["a"] * 51}})[0] == 422


def test_a_long_address_is_a_short_page_for_people(client: TestClient) -> None:
    for language, text in (("en", "search is too long"), ("zh", "搜索内容过长")):
        headers = {"Accept": "text/html", "Accept-Language": language}
        answer = client.get("/search?q=" + "a" * 60_000, headers=headers)
        client.cookies.clear()
        assert answer.status_code == 414
        assert text in answer.text
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
    for path in ("/v1/products", "/v1/labels", "/v1/quality/release"):
        answer = client.post(path, content=b"{" * 1_000, headers=_JSON)
        assert answer.status_code == 401, path


def test_the_largest_search_that_is_taken_costs_little(
    client: TestClient, ordinary_s: float
) -> None:
    search = {
        "q": "lamp " * 90,
        "brand": [f"brand {i}" for i in range(50)],
        "attributes": {f"n{i}": [f"v{j}" for j in range(50)] for i in range(20)},
    }
    start = time.process_time()
    answer = client.post("/v1/search", json=search)
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
