"""Searches and recommendations over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.serve.small_shop import WITH_KEY, copied
from tests.waiting import wait_until, wait_until_ready

from baihuo.core import ShopPaths
from baihuo.events import ServedLog
from baihuo.serve import ServeConfig, create_app


@pytest.fixture
def shop(client: TestClient) -> Path:
    folder: Path = client.app.state.shop  # type: ignore[attr-defined]
    return folder


def test_a_search_answers_with_products_facets_and_a_true_total(client: TestClient) -> None:
    page = client.get("/v1/search", params={"q": "phone", "page_size": 5}).json()
    assert page["total"] == 24
    assert page["total_is_exact"] is True
    assert [r["position"] for r in page["results"]] == [1, 2, 3, 4, 5]
    assert all("phone" in r["product"]["title_en"] for r in page["results"])
    assert all(r["reason"] for r in page["results"])
    facets = {f["name"]: {v["value"]: v["n_products"] for v in f["values"]} for f in page["facets"]}
    assert sum(facets["brand"].values()) == 24
    assert page["trace"] is None


def test_filters_in_an_address_and_in_a_body_ask_the_same(client: TestClient) -> None:
    by_get = client.get(
        "/v1/search",
        params={
            "q": "phone",
            "brand": ["Norda", "Kumo"],
            "category": "Electronics > Phones",
            "attribute": ["Colour:Red", "Colour:Blue"],
            "price_min_minor": 1000,
            "price_max_minor": 9000,
            "in_stock": "true",
            "sort": "price_desc",
        },
    ).json()
    by_post = client.post(
        "/v1/search",
        json={
            "q": "phone",
            "brand": ["Norda", "Kumo"],
            "category": "Electronics > Phones",
            "attributes": {"Colour": ["Red", "Blue"]},
            "price_min_minor": 1000,
            "price_max_minor": 9000,
            "in_stock": True,
            "sort": "price_desc",
        },
    ).json()
    assert [r["product_id"] for r in by_get["results"]] == [
        r["product_id"] for r in by_post["results"]
    ]
    prices = [r["product"]["price_minor"] for r in by_get["results"]]
    expected = [
        1000 + 137 * i
        for i in range(95, -1, -1)
        if i % 4 == 0 and i % 3 in (0, 1) and (i // 4) % 4 in (0, 1) and 1000 + 137 * i <= 9000
    ]
    assert prices == expected
    assert by_get["total"] == by_post["total"] == len(expected)


def test_chinese_words_bring_chinese_titles(client: TestClient) -> None:
    page = client.get("/v1/search", params={"q": "手机"}).json()
    assert page["total"] >= 24
    assert all("手机" in r["product"]["title"] for r in page["results"][:10])


def test_an_explained_page_says_what_each_stage_did(client: TestClient) -> None:
    for path in ("/v1/search?q=lamp", "/v1/recommend/home?", "/v1/recommend/similar?product_id=p3"):
        trace = client.get(f"{path}&explain=true").json()["trace"]
        assert len(trace) > 2
        assert all(step["ms"] >= 0 and step["stage"] for step in trace)


def test_a_page_says_what_became_of_a_product_when_asked(client: TestClient) -> None:
    def explained(path: str, wanted: str, **sent: Any) -> tuple[str, dict[str, Any]]:
        by_get = client.get(path, params={**sent, "why_not": wanted}).json()
        by_post = client.post(path, json={**sent, "why_not": wanted}).json()
        assert by_get["why_not"]["stage"] == by_post["why_not"]["stage"]
        assert by_get["why_not"]["product_id"] == wanted
        return by_get["why_not"]["stage"], by_get

    assert client.get("/v1/search?q=lamp").json()["why_not"] is None
    assert explained("/v1/search", "p0", q="lamp")[0] == "matches"  # a phone
    assert explained("/v1/search", "p3", q="lamp", price_min_minor=10_000)[0] == "filter price"
    stage, page = explained("/v1/search", "p3", q="lamp", page_size=100)
    [placed] = [r for r in page["results"] if r["product_id"] == "p3"]
    assert (stage, page["why_not"]["position"]) == ("page", placed["position"])
    for path, sent in (
        ("/v1/search", {"q": "lamp"}),
        ("/v1/recommend/home", {}),
        ("/v1/recommend/similar", {"product_id": "p1"}),
    ):
        stage, page = explained(path, "no-such-thing", **sent)
        assert stage == "catalogue"
        assert "not in the catalogue" in page["why_not"]["why"]
    assert explained("/v1/recommend/similar", "p1", product_id="p1")[0] == "exclude_anchor"


def test_a_later_page_says_where_a_product_stands_in_the_order_that_was_served(
    client: TestClient,
) -> None:
    search = "/v1/search?q=lamp&page_size=5"
    first = client.get(search).json()
    second = client.get(f"{search}&page=2&query_id={first['query_id']}").json()
    for product_id, page in (
        (first["results"][2]["product_id"], 1),
        (second["results"][2]["product_id"], 2),
    ):
        again = client.get(
            f"{search}&page=2&query_id={first['query_id']}&why_not={product_id}"
        ).json()["why_not"]
        assert (again["stage"], again["page"], again["position"]) == ("page", page, 5 * page - 2)


def test_somebody_new_gets_a_full_home_page(client: TestClient) -> None:
    page = client.get("/v1/recommend/home").json()
    assert len(page["results"]) == 24
    assert len({r["product_id"] for r in page["results"]}) == 24


def test_similar_to_an_unknown_product_is_a_problem_document(client: TestClient) -> None:
    document = problem_of(client.get("/v1/recommend/similar?product_id=nope"), 404)
    assert "nope" in document["detail"]


def test_a_query_id_of_another_question_is_refused(client: TestClient) -> None:
    page = client.get("/v1/search?q=lamp&visitor_id=a").json()
    other = client.get(f"/v1/search?q=phone&visitor_id=a&page=2&query_id={page['query_id']}")
    problem_of(other, 409)


def test_every_page_is_logged_with_the_values_that_made_it(client: TestClient, shop: Path) -> None:
    page = client.get("/v1/search?q=lamp&visitor_id=anna").json()
    home = client.get("/v1/recommend/home?visitor_id=anna").json()
    log = ServedLog(ShopPaths(shop).served_log)
    by_id: dict[str, Any] = {}

    def are_logged() -> bool:
        by_id.update({s.page.query_id: s for _, s in log.since(0)})
        return {page["query_id"], home["query_id"]} <= by_id.keys()

    wait_until(are_logged, what="the pages are not in the served log")
    log.close()
    for answer in (page, home):
        logged = by_id[answer["query_id"]]
        assert [p.product_id for p in logged.page.placed] == [
            r["product_id"] for r in answer["results"]
        ]
        assert [p.propensity for p in logged.page.placed] == [
            r["propensity"] for r in answer["results"]
        ]
        assert logged.query.visitor_id == "anna"
        assert logged.features.shape == (len(answer["results"]), len(logged.feature_names))
        assert logged.feature_names


@pytest.fixture(scope="module")
def still(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application without exploration."""
    config = ServeConfig(seed=1, swap_probability=0, slot_probability=0)
    app = create_app(copied(built, tmp_path_factory.mktemp("still")), config)
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def test_a_search_says_what_it_read_in_the_words_and_each_kind_can_be_switched_off(
    still: TestClient,
) -> None:
    client = still
    asked: dict[str, Any] = {"q": "red phone under 60", "page_size": 50}
    page = client.get("/v1/search", params=asked).json()
    assert page["read"] == [
        {
            "kind": "price",
            "text": "under 60",
            "values": [],
            "attribute": "",
            "price_min_minor": None,
            "price_max_minor": 6000,
        },
        {
            "kind": "colour",
            "text": "red",
            "values": ["red"],
            "attribute": "",
            "price_min_minor": None,
            "price_max_minor": None,
        },
    ]
    prices = [r["product"]["price_minor"] for r in page["results"]]
    assert max(prices) <= 6000
    assert page["total"] == len(prices) == sum(1000 + 137 * i <= 6000 for i in range(0, 96, 4))
    reds = ["Red" in r["product"]["title_en"] for r in page["results"]]
    assert reds == sorted(reds, reverse=True)
    assert True in reds
    assert any(note == "few_have:red" for note in page["notes"])
    for off in ({"as_typed": "price"}, {"as_typed": ["price"]}, {"as_typed": " price , price "}):
        without = client.get("/v1/search", params={**asked, **off}).json()
        assert [r["kind"] for r in without["read"]] == ["colour"]
        assert without["total"] == 24
    by_post = client.post("/v1/search", json={**asked, "as_typed": ["price", "colour"]}).json()
    assert by_post["read"] == []
    assert client.get("/v1/search", params={"q": "phone"}).json()["read"] == []


def test_a_kind_of_reading_that_does_not_exist_is_refused_with_the_kinds_there_are(
    client: TestClient,
) -> None:
    problem = problem_of(client.get("/v1/search", params={"q": "x", "as_typed": "prize"}), 422)
    assert "as_typed" in str(problem)
    assert "price, size, measure, colour, gender, code" in str(problem)


def test_later_pages_keep_what_was_switched_off(client: TestClient) -> None:
    asked: dict[str, Any] = {"q": "phone under 60", "page_size": 5}
    first = client.get("/v1/search", params={**asked, "as_typed": "price"}).json()
    more = {**asked, "query_id": first["query_id"], "page": 2}
    problem_of(client.get("/v1/search", params=more), 409)
    second = client.get("/v1/search", params={**more, "as_typed": "price"}).json()
    assert second["total"] == first["total"] == 24


def test_sold_out_products_stand_last_and_count(still: TestClient) -> None:
    client = still
    page = client.get("/v1/search", params={"q": "lamp", "page_size": 24}).json()
    best = page["results"][0]["product_id"]
    sold_out = client.patch(f"/v1/products/{best}", json={"stock_units": 0}, headers=WITH_KEY)
    assert sold_out.status_code < 300

    def found() -> dict[str, Any]:
        after: dict[str, Any] = client.get("/v1/search?q=lamp&page_size=24").json()
        return after

    def is_followed() -> bool:
        stock = {r["product_id"]: r["product"]["stock_units"] for r in found()["results"]}
        return stock[best] == 0

    wait_until(is_followed, what="the stock was not followed")
    after = found()
    assert after["total"] == page["total"]
    places = [r["product_id"] for r in after["results"]]
    assert places[-1] == best


def test_what_is_not_sold_has_no_results_and_other_products_in_a_field_of_their_own(
    client: TestClient,
) -> None:
    page = client.get("/v1/search", params={"q": "grand piano"}).json()
    assert page["results"] == []
    assert page["total"] == 0
    assert [n.split(":")[0] for n in page["notes"]] == ["not_sold"]
    assert isinstance(page["alternatives"], list)
    shown = client.get("/search", params={"q": "grand piano"})
    assert "does not sell" in shown.text


def test_a_wish_says_what_it_was_taken_for(client: TestClient) -> None:
    asked = {"q": "falling asleep over my books at night"}
    page = client.get("/v1/search", params=asked).json()
    assert [n.split(":")[0] for n in page["notes"]] == ["meant"]
    assert page["results"]
    assert {r["reason"] for r in page["results"]} <= {"near_in_meaning", "explore"}
    assert "people use" in client.get("/search", params=asked).text
    plain = client.get("/v1/search", params={**asked, "as_typed": "wish"}).json()
    assert not any(n.startswith("meant") for n in plain["notes"])


@pytest.mark.parametrize(("typed", "word"), [("shouji", "手机"), ("phonne", "phone")])
def test_a_corrected_word_is_read_and_offered_as_typed(
    client: TestClient, typed: str, word: str
) -> None:
    page = client.get("/v1/search", params={"q": typed}).json()
    assert f"corrected:{typed}:{word}" in page["notes"]
    assert {r["product"]["category"][-1] for r in page["results"]} == {"Phones"}
    shown = client.get("/search", params={"q": typed}).text
    assert f"Search instead for “{typed}”" in shown
    assert "as_typed=spelling" in shown
    exact = client.get("/v1/search", params={"q": typed, "as_typed": "spelling"}).json()
    assert not any(note.startswith("corrected") for note in exact["notes"])
