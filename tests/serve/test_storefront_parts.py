"""What pages are made of: money, reasons, addresses, words, placeholders."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from tests.serve.conftest import WITH_KEY
from tests.waiting import wait_until, wait_until_ready

from baihuo import flow
from baihuo.core import (
    BadInput,
    BrokenFile,
    Facet,
    FacetValue,
    NotFound,
    Page,
    Placed,
    Product,
    ShopPaths,
)
from baihuo.rank.reasons import CODES
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.asking import SearchParameters
from baihuo.serve.storefront.narrowing import Address, chips, groups, price_range
from baihuo.serve.storefront.pictures import picture, placeholder
from baihuo.serve.storefront.view import (
    notes_of,
    picture_of,
    price_of,
    product_path,
    reason_of,
    total_of,
)
from baihuo.serve.storefront.words import own_texts, words_of
from baihuo.settings import Shop

WORDS = words_of(Path("nowhere"), ("en", "zh"))


def _page(**values: Any) -> Page:
    base: dict[str, Any] = {
        "query_id": "q",
        "surface": "search",
        "bundle_id": "b",
        "index_id": "i",
        "placed": (),
        "page": 1,
        "page_size": 24,
        "total": 0,
    }
    return Page(**{**base, **values})


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (124_900, "CNY", "¥1,249"),
        (124_905, "CNY", "¥1,249.05"),
        (5, "EUR", "€0.05"),
        (0, "USD", "$0"),
        (1500, "JPY", "¥1,500"),
        (1500, "KWD", "KWD 1.500"),
        (100, None, "1"),
    ],
)
def test_money_is_written_in_the_digits_of_its_currency(
    minor: int, currency: str | None, shown: str
) -> None:
    assert str(price_of(minor, currency)) == shown
    assert price_of(None, currency) is None


def test_every_text_is_there_in_every_language_with_the_same_blanks() -> None:
    texts = own_texts()
    assert set(texts) == {"en", "zh"}
    assert texts["en"].keys() == texts["zh"].keys()
    for key, english in texts["en"].items():
        blanks = re.findall(r"\{\w+\}", english)
        assert sorted(blanks) == sorted(re.findall(r"\{\w+\}", texts["zh"][key])), key


def test_every_text_is_used_somewhere() -> None:
    folder = Path(__file__).parents[2] / "src" / "baihuo" / "serve" / "storefront"
    used = "".join(
        p.read_text(encoding="utf-8")
        for p in folder.rglob("*")
        if p.suffix in (".py", ".html") and p.is_file()
    )
    for key in own_texts()["en"]:
        made = re.match(r"(reason|note|sort|error)_", key)
        assert made or f'"{key}"' in used or f"'{key}'" in used or f".{key}" in used, key


@pytest.mark.parametrize("surface", ["search", "home", "similar"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_of_the_ranker_has_words(surface: str, language: str) -> None:
    for code in CODES:
        for detail in ("", "A title that goes on and on until nobody reads it any more", "诺维克"):
            placed = Placed(
                product_id="p",
                position=1,
                score=1.0,
                propensity=None,
                reason=code,
                reason_detail=detail,
            )
            said = reason_of(placed, surface, WORDS[language])
            assert said
            assert "_" not in said
            assert "{" not in said
            assert len(said) < 60


def test_notes_are_said_and_unknown_ones_kept_for_machines() -> None:
    page = _page(notes=("relaxed:2", "corrected:labtop:laptop", "changed:1", "new_kind:7"))
    said = notes_of(page, WORDS["en"])
    assert len(said) == 3
    assert "at least 2" in said[0]
    assert "“labtop”" in said[1]


def test_a_total_that_was_cut_says_at_least() -> None:
    assert total_of(_page(total=1), WORDS["en"]) == "1 product"
    assert total_of(_page(total=1200), WORDS["zh"]) == "1,200 件商品"
    assert total_of(_page(total=1200, total_is_exact=False), WORDS["en"]).startswith("at least")


_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12
).filter(lambda t: bool(t.strip()))


@given(
    st.lists(
        st.tuples(st.sampled_from(["brand", "attribute", "q", "category"]), _TEXTS), max_size=6
    ),
    _TEXTS,
)
def test_a_choice_taken_twice_changes_nothing_and_an_address_reads_back(
    parts: list[tuple[str, str]], value: str
) -> None:
    address = Address(tuple(dict.fromkeys(parts)))
    once = address.toggled("brand", value)
    assert once != address
    assert set(once.toggled("brand", value).parts) == set(address.parts)
    read = Address.read(QueryParams(urlsplit(str(once)).query))
    assert read == once


def test_any_change_of_the_question_starts_at_its_first_page() -> None:
    address = Address((("q", "phone"), ("page", "3"), ("query_id", "x")))
    for changed in (address.toggled("brand", "Norvik"), address.with_("sort", "newest")):
        assert not changed.get("page")
        assert not changed.get("query_id")
    assert address.at_page(4, "x").parts == (("q", "phone"), ("page", "4"), ("query_id", "x"))


def test_prices_typed_as_people_write_them_become_minor_units() -> None:
    read = Address.read(QueryParams("q=tea&price_from=1,299.5&price_to=¥2000&brand=&sort="))
    assert read.parameters() == {
        "q": "tea",
        "price_min_minor": "129950",
        "price_max_minor": "200000",
        "brand": [],
        "attribute": [],
    }


@pytest.mark.parametrize(
    ("sent", "hint", "kept"),
    [
        ("price_from=cheap", "price_hint_number", {}),
        ("price_from=-5", "price_hint_number", {}),
        ("price_from=1.2.3&price_to=20", "price_hint_number", {"price_max_minor": "2000"}),
        ("price_from=٣", "price_hint_number", {}),
        ("price_to=" + "9" * 5_000, "price_hint_number", {}),
        ("price_from=20&price_to=5", "price_hint_order", {}),
        ("price_min_minor=cheap", "price_hint_number", {}),
        ("price_min_minor=-1&price_max_minor=5", "price_hint_number", {"price_max_minor": "5"}),
        ("price_min_minor=9&price_max_minor=5", "price_hint_order", {}),
        ("price_from=5&price_to=20", None, {"price_min_minor": "500", "price_max_minor": "2000"}),
        ("price_from=.5", None, {"price_min_minor": "50"}),
    ],
)
def test_a_price_that_is_none_filters_nothing_and_is_hinted_at(
    sent: str, hint: str | None, kept: dict[str, str]
) -> None:
    read = Address.read(QueryParams(f"q=tea&{sent}"))
    assert {k: v for k, v in read.parts if k != "q"} == kept
    assert (read.price_hint[0] if read.price_hint else None) == hint
    for words in WORDS.values():
        assert not hint or len(words.say(*read.price_hint)) < 100
    assert SearchParameters.model_validate(read.parameters())


def test_facets_become_links_that_add_and_take_away() -> None:
    page = _page(
        facets=(
            Facet(
                name="brand",
                values=(
                    FacetValue(value="A&B", n_products=3, is_selected=True),
                    FacetValue(value="C", n_products=1),
                ),
            ),
            Facet(
                name="category",
                values=(
                    FacetValue(value="X", n_products=4, is_selected=False),
                    FacetValue(value="X > Y", n_products=4, is_selected=True),
                ),
            ),
            Facet(
                name="price",
                values=(
                    FacetValue(value="0-9999", n_products=2),
                    FacetValue(value="10000-", n_products=2),
                ),
            ),
            Facet(name="Colour", values=(FacetValue(value="Red", n_products=2),)),
        )
    )
    address = Address((("q", "k"), ("brand", "A&B"), ("category", "X > Y")))
    brand, category, price, colour = groups(page, address, WORDS["en"], "CNY")
    without = dict(parse_qsl(urlsplit(brand.opened[0].href).query))
    assert "brand" not in without
    assert parse_qsl(urlsplit(brand.opened[1].href).query).count(("brand", "C")) == 1
    assert [c.depth for c in category.opened] == [0, 1]
    assert ("category", "X") in parse_qsl(urlsplit(category.opened[1].href).query)
    assert [c.label for c in price.opened] == ["under ¥100", "¥100 and more"]
    assert ("attribute", "Colour:Red") in parse_qsl(urlsplit(colour.opened[0].href).query)
    assert [label for label, _ in chips(address, WORDS["en"], "CNY")] == ["A&B", "X › Y"]


def test_a_price_range_chosen_by_hand_is_said_as_it_was_typed() -> None:
    assert price_range("5000-20000", WORDS["en"], "CNY") == "¥50 – ¥200"
    assert price_range("0-19999", WORDS["zh"], "CNY") == "¥200 以下"


def test_a_shops_own_words_are_used_and_a_broken_file_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    words = {"attributes": {"Colour": "颜色"}, "values": {"Red": "红色"}, "units": {"Power": "W"}}
    (folder / "zh.json").write_text(json.dumps(words), encoding="utf-8")
    zh = words_of(tmp_path, ("zh",))["zh"]
    assert (zh.attribute("Colour"), zh.attribute("Size")) == ("颜色", "Size")
    assert (zh.value("Colour", "Red"), zh.value("Power", 20.0)) == ("红色", "20 W")
    assert (zh.value("Wireless", True), zh.value("Wireless", "no")) == ("是", "否")
    (folder / "zh.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(BrokenFile, match="fix: write"):
        words_of(tmp_path, ("zh",))


@pytest.mark.parametrize(
    "name", ["../../secret.svg", "..", "a/b.svg", ".hidden.svg", "x.html", "none.svg", ""]
)
def test_only_pictures_of_the_folder_are_served(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.svg").write_text("<svg/>")
    folder = ShopPaths(tmp_path).pictures
    folder.mkdir(parents=True)
    (folder / "ok.svg").write_text("<svg/>")
    (folder / "x.html").write_text("<script>")
    assert picture(folder, "ok.svg") == (b"<svg/>", "image/svg+xml")
    with pytest.raises(NotFound):
        picture(folder, name)


def test_a_product_without_a_picture_gets_a_drawn_one_and_none_comes_from_elsewhere() -> None:
    far = Product(product_id="a/b c", title_en="x", images=("https://cdn.example/1.jpg",))
    assert picture_of(far) == "/placeholders/a%2Fb%20c.svg"
    assert product_path("手机?#") == "/p/%E6%89%8B%E6%9C%BA%3F%23"
    own = Product(product_id="p", title_en="x", images=("pictures/a-1.svg",))
    assert picture_of(own) == "/pictures/a-1.svg"
    for image, shown in (
        ("https://cdn.example.com/a b.jpg", True),
        ("HTTPS://CDN.example.com/a.jpg", True),
        ("http://cdn.example.com/a.jpg", False),
        ("https://cdn.example.com.evil.org/a.jpg", False),
        ("https://me@cdn.example.com/a.jpg", False),
        ("https://cdn.example.com:444/a.jpg", False),
        ("https://cdn.example.com\\@evil.org/a.jpg", False),
        ("https://[cdn/a.jpg", False),
    ):
        product = Product(product_id="p", title_en="x", images=(image,))
        found = picture_of(product, ("https://cdn.example.com",))
        assert found == (image if shown else "/placeholders/p.svg")
    short = Product(product_id="p", title_en="x", images=("//cdn.example.com/a.jpg",))
    assert picture_of(short, ("https://cdn.example.com",)) == "https://cdn.example.com/a.jpg"
    for brand in ("<b>&", "诺维克 Norvik", "3M", "", "’’’"):
        drawn = ElementTree.fromstring(
            placeholder(Product(product_id="p", title_en="?", brand=brand))
        )
        assert drawn.tag.endswith("svg")


def test_a_shop_before_its_first_release_says_that_it_is_about_to_open(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, ServeConfig())) as client:
        for language, said in (("en", "about to open"), ("zh", "即将开门")):
            headers = {"Accept": "text/html", "Accept-Language": language}
            answer = client.get("/", headers=headers)
            client.cookies.clear()
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert said in answer.text
        assert client.get("/").headers["content-type"] == "application/problem+json"


def test_pictures_of_the_shops_own_hosts_show_and_the_policy_names_no_others(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "shop.yaml").write_text(
        "serve: {picture_hosts: [CDN.example.com, 'http://img.local:81']}"
    )
    served: list[ServeConfig] = []
    monkeypatch.setattr(flow, "run", lambda *_, config, **__: served.append(config))
    flow.serve(Shop(shop))
    pictures = {
        "pic-1": "https://cdn.example.com/1.jpg?w=240",
        "pic-2": "http://img.local:81/2.jpg",
        "pic-3": "https://elsewhere.example/3.jpg",
    }
    rows = [
        {"product_id": i, "title_en": "Zeppelin", "images": [url]} for i, url in pictures.items()
    ]
    with TestClient(create_app(shop, served[0])) as client:
        wait_until_ready(client)
        client.post("/v1/products", json={"products": rows}, headers=WITH_KEY).raise_for_status()
        wait_until(lambda: client.get("/v1/search?q=zeppelin").json()["total"] == 3)
        page = client.get("/search?q=zeppelin")
        sources = set(re.findall(r'<img src="([^"]+)"', page.text))
        assert sources == {pictures["pic-1"], pictures["pic-2"], "/placeholders/pic-3.svg"}
        policy = page.headers["content-security-policy"]
        assert "img-src 'self' https://cdn.example.com http://img.local:81;" in policy
        assert pictures["pic-1"] in client.get("/p/pic-1").text


@pytest.mark.parametrize(
    "host",
    [
        "cdn.example.com/pictures",
        "*.example.com",
        "a b",
        "x; script-src *",
        "'self'",
        "ftp://a",
        "-a.b",
        "",
        "*",
    ],
)
def test_what_is_no_host_of_pictures_is_refused_by_name(tmp_path: Path, host: str) -> None:
    (tmp_path / "shop.yaml").write_text(json.dumps({"serve": {"picture_hosts": [host]}}))
    with pytest.raises(BadInput, match=r"serve\.picture_hosts(.|\n)*is not a host"):
        Shop(tmp_path).settings()
    with pytest.raises(BadInput, match="is not a host"):
        create_app(tmp_path, ServeConfig(picture_hosts=(host,)))
