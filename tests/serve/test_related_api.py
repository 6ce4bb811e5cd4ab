"""Related searches over HTTP, and as links of a page."""

from __future__ import annotations

import json
import os
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until

from baihuo.core import ShopPaths

VISITOR = {"visitor_id": "v-related"}


@pytest.fixture
def learned(client: TestClient) -> Path:
    """The file of related searches, as `baihuo index` writes it."""
    folder: Path = client.app.state.shop  # type: ignore[attr-defined]
    file = ShopPaths(folder).related_queries
    searches = [
        ["phone", "phone", 9, ["p0"]],
        ["desk & lamp <b>red</b>", "b desk lamp red", 8, ["p3"]],
        ["kettle", "kettl", 7, ["p1", "gone"]],
        ["sofa", "sofa", 6, ["gone"]],
        ["手机", "手机", 6, ["p0"]],
    ]
    file.write_text(json.dumps({"searches": searches, "related": {"phone": [3, 1, 2, 4]}}), "utf-8")
    client.app.state.worker.read_searches()  # type: ignore[attr-defined]
    return file


def related(client: TestClient, **parameters: str) -> list[str]:
    page = client.get("/v1/search", params={**VISITOR, **parameters}).json()
    return [r["text"] for r in page["related"]]


def test_a_search_page_has_searches_of_the_log_then_of_the_catalogue(
    client: TestClient, learned: Path
) -> None:
    found = related(client, q="phone")
    assert found[:2] == [
        "desk & lamp <b>red</b>",
        "kettle",
    ]  # what nobody sells any more is not among them
    assert {"norda phone", "kumo phone"} & {*found}
    assert len(found) == 6
    assert related(client, q="手机")  # of the catalogue alone
    body = client.post("/v1/search", json={**VISITOR, "q": "phone"}).json()
    assert [r["text"] for r in body["related"]] == found


def test_every_related_search_of_a_new_shop_finds_products(client: TestClient) -> None:
    for q in ("phone", "kettle", "backpack", "台灯"):
        for text in related(client, q=q):
            assert client.get("/v1/search", params={**VISITOR, "q": text}).json()["total"], text


def test_pages_without_words_or_kind_have_none(client: TestClient, learned: Path) -> None:
    for q in ("", "  ", "qwxyz", "😀", "x" * 500):
        assert related(client, q=q) == [], q
    assert related(client, category="Electronics") == []
    home = client.get("/v1/recommend/home", params=VISITOR).json()
    assert home["related"] == []


def test_a_log_that_was_read_again_is_served_without_a_restart(
    client: TestClient, learned: Path
) -> None:
    assert "kettle" in related(client, q="phone")
    learned.write_text(
        json.dumps(
            {
                "searches": [["lamp", "lamp", 9, ["p3"]], ["phone", "phone", 9, ["p0"]]],
                "related": {"phone": [0]},
            }
        ),
        "utf-8",
    )
    os.utime(learned, ns=(1, 1))
    wait_until(lambda: related(client, q="phone")[0] == "lamp")
    assert "kettle" not in related(client, q="phone")


def test_a_damaged_file_costs_the_links_of_the_log_and_no_page(
    client: TestClient, learned: Path
) -> None:
    for number, text in enumerate(("{", "[]", '{"searches": [["phone", 9]], "related": {}}')):
        learned.write_text(text, "utf-8")
        os.utime(learned, ns=(number, 10 + number))
        client.app.state.worker.read_searches()  # type: ignore[attr-defined]
        assert "kettle" not in related(client, q="phone")
        assert related(client, q="phone")  # of the catalogue


def test_the_page_links_them_with_escaped_texts(client: TestClient, learned: Path) -> None:
    shown = client.get("/search", params={"q": "phone"}).text
    part = re.search(r'<nav class="related".*?</nav>', shown, re.S)
    assert part is not None
    assert "Related searches" in part[0]
    assert "<b>red" not in part[0]
    links = [unescape(href) for href in re.findall(r'href="([^"]+)"', part[0])]
    texts = [parse_qs(urlsplit(href).query)["q"][0] for href in links]
    assert texts == related(client, q="phone")
    assert all(client.get(href).status_code == 200 for href in links)
    assert "相关搜索" in client.get("/search", params={"q": "phone", "language": "zh"}).text
    assert 'class="related"' not in client.get("/search").text
