"""What browsers are told of every page: nothing inline, no frame; and no address of ours leads to another site."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import copied
from tests.waiting import wait_until_ready

from baihuo.serve import ServeConfig, create_app

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)


@pytest.mark.parametrize("path", ["/docs", "/", "/search?q=phone", "/p/p1", "/nowhere"])
def test_no_page_has_anything_inline_and_its_policy_forbids_it(
    client: TestClient, path: str
) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert not _INLINE.search(answer.text)
    assert answer.headers["x-content-type-options"] == "nosniff"
    sources = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
    assert sources
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example.com",
        "//evil.example.com/",
        "//evil.example.com/search/",
        "/\\evil.example.com/",
        "/%5Cevil.example.com/",
        "/%2F%2Fevil.example.com/",
        "/search/",
        "/docs/",
        "/console/",
        "/p//evil.example.com/",
        "/static/..//evil.example.com/",
        "/pictures//evil.example.com/",
        "/search?q=x&next=//evil.example.com&url=https://evil.example.com",
        "/?language=//evil.example.com",
        "/docs?url=https://evil.example.com/openapi.json",
    ],
)
def test_no_address_leads_to_another_site(client: TestClient, path: str) -> None:
    raw = client.build_request("GET", "/")
    raw.url = raw.url.copy_with(raw_path=path.encode())
    for accept in ("text/html", "application/json"):
        raw.headers["accept"] = accept
        answer = client.send(raw, follow_redirects=False)
        location = answer.headers.get("location", "/")
        assert urlsplit(location).netloc in ("", "testserver")
        assert re.match(r"/(?![/\\])|http://testserver/", location)


def test_a_name_of_another_host_is_refused_everywhere_before_anything_else(
    built: Path, tmp_path: Path
) -> None:
    config = ServeConfig(seed=1, allowed_hosts=("testserver",))
    with TestClient(create_app(copied(built, tmp_path), config)) as made:
        wait_until_ready(made)
        for path in ("/", "/search/", "/docs", "/console/login", "/v1/search?q=x", "/metrics"):
            answer = made.get(path, headers={"Host": "evil.example.com"}, follow_redirects=False)
            assert answer.status_code == 400
            assert "location" not in answer.headers


def test_another_site_reads_nothing_with_a_cookie_of_ours(built: Path, tmp_path: Path) -> None:
    """Sites that may call the API do so without cookies, so that nobody acts there as who is logged in here."""
    config = ServeConfig(seed=1, allowed_origins=("https://shop.example.com",))
    with TestClient(create_app(copied(built, tmp_path), config)) as made:
        wait_until_ready(made)
        for origin in ("https://shop.example.com", "https://evil.example.com", "null"):
            answer = made.get("/v1/search?q=phone", headers={"Origin": origin})
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (origin if origin == "https://shop.example.com" else None)
            assert "access-control-allow-credentials" not in answer.headers
            ask = {
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "x-csrf-token",
            }
            assert made.options("/v1/labels", headers=ask).status_code == 400


def test_a_link_of_another_site_declares_no_interests(client: TestClient) -> None:
    category = client.get("/v1/products/p1").json()["category"][0]
    client.cookies.clear()
    for origin, n_declared in (("cross-site", 0), ("same-origin", 1)):
        page = client.get(
            "/", params={"interests": ["", category]}, headers={"Sec-Fetch-Site": origin}
        )
        assert page.is_success
        assert len(re.findall(r'name="interests"[^>]*\schecked', page.text)) == n_declared
