"""Errors over HTTP are problem documents that say what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.serve.small_shop import WITH_KEY

from baihuo.serve import create_app


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/search?page=0", "page"),
        ("/v1/search?page_size=101", "page_size"),
        ("/v1/search?sort=best", "sort"),
        ("/v1/search?colour=red", "colour"),
        ("/v1/search?attribute=Colour", "attribute.0"),
        ("/v1/search?visitor_id=", "visitor_id"),
        ("/v1/search?price_min_minor=-1", "price_min_minor"),
        ("/v1/search?price_min_minor=2&price_max_minor=1", "body"),
        ("/v1/recommend/similar", "product_id"),
        ("/v1/recommend/home?discover=perhaps", "discover"),
    ],
)
def test_a_bad_parameter_is_named_with_what_would_be_right(
    client: TestClient, path: str, field: str
) -> None:
    document = problem_of(client.get(path), 422)
    assert [e["field"] for e in document["errors"]] == [field]
    assert document["errors"][0]["fix"]


@pytest.mark.parametrize(
    ("body", "field", "fix"),
    [
        ('{"interests": "Home"}', "interests", "send a list"),
        ('{"interests": [1]}', "interests.0", "send text"),
        ('{"country": "cn"}', "country", "text of that form"),
        ("[]", "body", "send a JSON object"),
        ('{"country": ', "body", "valid JSON"),
    ],
)
def test_a_field_of_a_wrong_type_is_answered_with_what_to_send(
    client: TestClient, body: str, field: str, fix: str
) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/visitors/v/profile", content=body, headers=headers)
    (error,) = problem_of(response, 422)["errors"]
    assert (error["field"], fix in error["fix"]) == (field, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/nothing", b"", 404),
        ("DELETE", "/v1/search", b"", 405),
        ("GET", "/v1/products/nope", b"", 404),
        ("PATCH", "/v1/products/nope", b'{"stock_units": 1}', 404),
        ("PATCH", "/v1/products/p1", b"{}", 422),
        ("PATCH", "/v1/products/p1", b'{"stock_units": -1}', 422),
        ("PATCH", "/v1/products/p1", b'{"price_minor": 9223372036854775808}', 422),
        ("POST", "/v1/search", b'{"q": ', 422),
        ("POST", "/v1/search", b'{"q": NaN}', 422),
        ("POST", "/v1/search", b'{"q": "\\ud800"}', 422),
        ("POST", "/v1/search", b'\xff{"q": 1}', 422),
        ("POST", "/v1/search", b"[]", 422),
        ("POST", "/v1/events", b'{"events": []}', 422),
        ("POST", "/v1/events", b'{"events": [1, "a", null, {}]}', 422),
        ("POST", "/v1/events", b'{"events": [{"action_name": "click"}]}', 422),
        ("POST", "/v1/products", b'{"products": [{"product_id": "p"}]}', 422),
    ],
)
def test_every_error_is_a_problem_document(
    client: TestClient, method: str, path: str, body: bytes, status: int
) -> None:
    headers = WITH_KEY | ({"content-type": "application/json"} if body else {})
    problem_of(client.request(method, path, content=body, headers=headers), status)


def test_a_body_that_is_too_large_is_refused_unread(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    problem_of(client.post("/v1/events", content=b" " * (9 << 20), headers=headers), 413)
    in_parts = (b" " * (1 << 20) for _ in range(9))  # no length is declared
    problem_of(client.post("/v1/events", content=in_parts, headers=headers), 413)


def test_a_defect_of_ours_is_a_problem_document_without_its_insides(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("baihuo.serve.worker.worker.Worker.answer", broken)
    document = problem_of(client.get("/v1/search?q=lamp"), 500)
    assert "secret" not in json.dumps(document)


def test_before_anything_is_released_the_server_says_what_to_do(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path / "empty")) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        for path in ("/readyz", "/v1/search?q=a"):
            document = problem_of(client.get(path), 503)
            assert "baihuo release" in document["fix"]
        event = {"event_id": "e", "event_type": "click", "visitor_id": "v", "product_id": "p"}
        assert client.post("/v1/events", json={"events": [event]}).json()["n_new"] == 1


def test_the_page_of_the_api_needs_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    referenced = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(referenced) >= 4
    assert all(url.startswith("/") and not url.startswith("//") for url in referenced)
    for url in referenced:
        assert client.get(url).status_code == 200, url
    assert "http" not in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert client.get("/redoc").status_code == 404
