"""Suggestions over HTTP, and as a part of a page."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.waiting import wait_until

from baihuo.core import ShopPaths
from baihuo.serve.worker import worker as worker_module


@pytest.fixture
def typed(client: TestClient) -> Path:
    """The file of searches that several visitors typed, as `baihuo index` writes it."""
    folder: Path = client.app.state.shop  # type: ignore[attr-defined]
    file = ShopPaths(folder).typed_queries
    file.write_text(
        json.dumps([["desk lamp", 9, "", ""], ["手机", 8, "shouji", "sj"], ["lamp <b>red</b>", 7]]),
        "utf-8",
    )
    client.app.state.worker.read_searches()  # type: ignore[attr-defined]
    return file


def test_a_beginning_gives_searches_categories_and_products(
    client: TestClient, typed: Path
) -> None:
    found = client.get("/v1/suggest", params={"q": "lam"}).json()
    assert [q["text"] for q in found["queries"]] == ["lamp <b>red</b>", "desk lamp"]
    assert len(found["products"]) == 6
    assert all("lamp" in p["title"] for p in found["products"])
    assert client.get("/v1/suggest", params={"q": "kitch"}).json()["categories"] == [
        {"path": ["Home", "Kitchen"]}
    ]
    found = client.get("/v1/suggest", params={"q": "shouj", "n": 1}).json()
    assert found["queries"] == [{"text": "手机"}]
    one = client.get("/v1/suggest", params={"q": "手", "n": 1}).json()["products"]
    assert ["手机" in p["title"] for p in one] == [True]


def test_nothing_typed_and_nothing_found_are_empty_lists(client: TestClient, typed: Path) -> None:
    for q in ("", "   ", "zzzz", "😀", "x" * 500):
        found = client.get("/v1/suggest", params={"q": q}).json()
        assert found == {"queries": [], "categories": [], "products": []}, q


def test_bad_parameters_are_named(client: TestClient, typed: Path) -> None:
    for parameters in ({"q": "x" * 501}, {"n": 0}, {"n": 21}, {"language": "fr"}, {"query": "x"}):
        response = client.get("/v1/suggest", params=parameters)
        assert next(iter(parameters)) in str(problem_of(response, 422))


def test_a_log_that_was_read_again_is_served_without_a_restart(
    client: TestClient, typed: Path
) -> None:
    assert client.get("/v1/suggest", params={"q": "desk"}).json()["queries"]
    typed.write_text(json.dumps([["desk lamp red", 9, "", ""]]), "utf-8")
    os.utime(typed, ns=(1, 1))
    wait_until(lambda: texts(client) == ["desk lamp red"])
    typed.unlink()
    wait_until(lambda: not texts(client))


def test_they_are_made_before_a_release_serves_and_by_no_request(
    client: TestClient, typed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("made in a request")

    monkeypatch.setattr(worker_module, "Suggester", refuse)
    monkeypatch.setattr(worker_module, "RelatedSearches", refuse)
    assert texts(client) == ["desk lamp"]
    assert client.get("/v1/search", params={"q": "lamp", "visitor_id": "v"}).status_code == 200


def texts(client: TestClient) -> list[str]:
    found = client.get("/v1/suggest", params={"q": "desk"}).json()
    return [q["text"] for q in found["queries"]]


def test_the_part_of_a_page_is_a_list_of_options_with_escaped_texts(
    client: TestClient, typed: Path
) -> None:
    shown = client.get("/suggestions", params={"q": "lam"})
    assert shown.status_code == 200
    assert shown.text.count('role="option"') >= 2
    assert '<a href="/search?q=desk+lamp"' in shown.text or "q=desk%20lamp" in shown.text
    assert "<b>red" not in shown.text
    assert "Searches" in shown.text
    chinese = client.get("/suggestions", params={"q": "lam", "language": "zh"})
    assert "搜索" in chinese.text
