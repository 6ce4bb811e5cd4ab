"""The filter language, by the API, the storefront and the command line."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.serve.small_shop import WITH_KEY, products
from tests.waiting import wait_until
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput

WHERE = 'brand:norda AND price:[* TO 100.50] AND NOT colour:red AND category:"Electronics > Phones"'


def expected() -> set[str]:
    return {
        p.product_id
        for p in products()
        if p.brand == "Norda"
        and (p.price_minor or 0) <= 10_050
        and p.attributes["Colour"] != "Red"
        and p.category == ("Electronics", "Phones")
    }


def test_a_filter_in_an_address_and_in_a_body_keeps_what_it_says(client: TestClient) -> None:
    asked: dict[str, Any] = {"filter": WHERE, "page_size": 50}
    by_get = client.get("/v1/search", params=asked).json()
    by_post = client.post("/v1/search", json=asked).json()
    for page in (by_get, by_post):
        assert {r["product_id"] for r in page["results"]} == expected()
        assert page["total"] == len(expected()) > 0
    facets = {f["name"]: f["values"] for f in by_get["facets"]}
    selected = [v["value"] for v in facets["brand"] if v["is_selected"]]
    assert selected == ["Norda"]
    assert {v["value"] for v in facets["brand"]} == {"Norda", "Kumo", "Vetra"}
    both = client.get("/v1/search", params={**asked, "brand": "Kumo"}).json()
    assert both["total"] == 0  # of Kumo, and of Norda


def test_later_pages_continue_a_filter(client: TestClient) -> None:
    asked: dict[str, str | int] = {"filter": "brand:norda OR brand:kumo", "page_size": 30}
    first = client.get("/v1/search", params=asked).json()
    more = {**asked, "query_id": first["query_id"], "page": 2}
    second = client.get("/v1/search", params=more).json()
    seen = [r["product_id"] for page in (first, second) for r in page["results"]]
    assert len(seen) == len(set(seen)) == 60
    problem_of(client.get("/v1/search", params={**more, "filter": "brand:kumo"}), 409)


@pytest.mark.parametrize(
    ("where", "reason", "fix"),
    [
        ("brand:norda AND", "character 16: a condition belongs here", "field:value"),
        ("brand:norda AND color:red", "character 17: no product has an attribute", "Colour"),
    ],
)
def test_a_wrong_filter_is_refused_at_its_character(
    client: TestClient, where: str, reason: str, fix: str
) -> None:
    answers = [
        client.get("/v1/search", params={"filter": where}),
        client.post("/v1/search", json={"filter": where}),
    ]
    for answer in answers:
        document = problem_of(answer, 422)
        assert reason in document["detail"]
        at = int(re.findall(r"at character (\d+):", document["detail"])[0])
        assert document["detail"].split("\n")[1:] == [f"  {where}", " " * (at + 1) + "^"]
        assert fix in document["fix"]
        [error] = document["errors"]
        assert (error["field"], error["value"]) == ("filter", where)
        assert reason in error["reason"]
        assert fix in error["fix"]
    too_long = problem_of(client.get("/v1/search", params={"filter": "a" * 2_001}), 422)
    assert "at most 2000" in too_long["fix"]


def test_a_value_that_nothing_has_is_named_on_the_page(client: TestClient) -> None:
    page = client.get("/v1/search", params={"filter": "brand:nordda"}).json()
    assert page["total"] == 0
    assert page["notes"] == ["unknown_value_near:brand:nordda:Norda"]
    shown = client.get("/search", params={"filter": "brand:nordda"}, headers=_ENGLISH).text
    assert "No product has “nordda” as brand. Similar: Norda." in html.unescape(shown)


_ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


def test_the_storefront_shows_a_filter_as_choices_that_can_be_changed(client: TestClient) -> None:
    page = client.get("/search", params={"filter": WHERE}, headers=_ENGLISH)
    assert page.status_code == 200
    shown = html.unescape(page.text)
    assert f'data-total="{len(expected())}"' in shown
    chips = re.findall(
        r'<li><a href="([^"]*)" rel="nofollow" aria-label="Remove: ([^"]*)"', page.text
    )
    by_label = {html.unescape(label): html.unescape(href) for href, label in chips}
    assert {"Norda", "Electronics › Phones", "NOT colour:red"} <= by_label.keys()
    reds_too = client.get(by_label["NOT colour:red"], headers=_ENGLISH).text
    n_with_reds = sum(
        p.brand == "Norda" and (p.price_minor or 0) <= 10_050 and p.category[1] == "Phones"
        for p in products()
    )
    assert f'data-total="{n_with_reds}"' in reds_too
    others_too = html.unescape(client.get(by_label["Norda"], headers=_ENGLISH).text)
    assert "NOT colour:red" in others_too  # the rest of the filter stays


def test_the_storefront_points_at_what_is_wrong_and_filters_nothing(client: TestClient) -> None:
    for language, words in (("en", "The filter is not applied"), ("zh", "未应用筛选条件")):
        headers = {**_ENGLISH, "Cookie": f"language={language}"}
        page = client.get("/search", params={"filter": "colr:<b>red"}, headers=headers)
        assert page.status_code == 200
        assert words in page.text
        assert "<pre>  colr:&lt;b&gt;red\n  ^</pre>" in page.text
        assert 'data-total="96"' in page.text


def test_the_command_line_explains_a_filtered_page(built: Path) -> None:
    def explain(*words: str) -> object:
        done = CliRunner().invoke(app, ["explain", *words, "--json", "--shop", str(built)])
        if done.exception is not None:
            raise done.exception
        return json.loads(done.stdout)

    page = explain("--filter", WHERE)
    assert isinstance(page, dict)
    assert page["total"] == len(expected())
    with pytest.raises(BadInput, match="at character 7: a value"):
        explain("phone", "--filter", "brand:")


def test_a_tile_shows_the_variant_that_the_filter_means(client: TestClient) -> None:
    product = {
        "product_id": "tile",
        "title_en": "Quilted zibeline",
        "category": ["Home", "Light"],
        "price_minor": 9_900,
        "currency": "EUR",
        "variants": [
            {"variant_id": "s", "attributes": {"Cut": "S"}, "price_minor": 4_000, "stock_units": 0},
            {"variant_id": "m", "attributes": {"Cut": "M"}, "price_minor": 6_000},
            {"variant_id": "l", "attributes": {"Cut": "L"}},
        ],
    }
    assert client.post("/v1/products", json={"products": [product]}, headers=WITH_KEY).is_success

    def shown(**asked: str) -> tuple[str, int]:
        page = client.get("/v1/search", params={"q": "zibeline", **asked}).json()
        variant = page["results"][0]["variant"]
        return variant["variant_id"], variant["price_minor"]

    wait_until(lambda: client.get("/v1/search?q=zibeline").json()["total"] == 1, what="indexing")
    assert shown() == ("m", 6_000)  # the cheapest in stock
    assert shown(filter="cut:L") == ("l", 9_900)  # its product's price
    assert shown(attribute="Cut:S") == ("s", 4_000)
    assert shown(filter="price:[70 TO *]") == ("l", 9_900)
    for where, price in (("cut:L", 9_900), ("cut:M", 6_000)):
        tile = client.get("/search", params={"q": "zibeline", "filter": where}, headers=_ENGLISH)
        assert f'data-price="{price}"' in tile.text


def test_an_absent_product_is_explained_with_what_would_bring_it_back(
    client: TestClient, built: Path
) -> None:
    asked = {"q": "phone", "filter": "brand:norda", "why_not": "p4"}  # a phone of Kumo
    change = "without the filter brand Norda: it is of Kumo"
    answer = client.get("/v1/search", params=asked).json()["why_not"]
    assert (answer["stage"], answer["bring_back"]) == ("filter brand", [change])
    shown = client.get("/search", params={**asked, "explain": "true"}, headers=_ENGLISH).text
    assert change in html.unescape(shown)
    assert 'name="why_not"' in shown
    assert "why-not" not in client.get("/search", params=asked, headers=_ENGLISH).text
    words = ["explain", "phone", "--filter", "brand:norda", "--why-not", "p4"]
    done = CliRunner().invoke(app, [*words, "--shop", str(built)])
    assert f"it would be there {change}" in " ".join(done.output.split())
