"""The URL of a search, and facets as links."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from baihuo.core import Facet, FacetValue, Page, Reading
from baihuo.serve.api.routes.pages import SearchParameters
from baihuo.serve.storefront.address import (
    Address,
    facet_groups,
    filter_chips,
    price_range,
    reading_chips,
)
from baihuo.serve.storefront.view import load_translations

TRANSLATIONS = load_translations(Path("nowhere"), ("en", "zh"))
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
    for words in TRANSLATIONS.values():
        assert not hint or len(words.text(*read.price_hint)) < 100
    assert SearchParameters.model_validate(read.parameters())


def test_facets_become_links_that_add_and_take_away() -> None:
    page = Page(
        query_id="q",
        surface="search",
        bundle_id="b",
        index_id="i",
        placed=(),
        page=1,
        page_size=24,
        total=0,
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
        ),
    )
    address = Address((("q", "k"), ("brand", "A&B"), ("category", "X > Y")))
    brand, category, price, colour = facet_groups(page, address, TRANSLATIONS["en"], "CNY")
    without = dict(parse_qsl(urlsplit(brand.visible[0].href).query))
    assert "brand" not in without
    assert parse_qsl(urlsplit(brand.visible[1].href).query).count(("brand", "C")) == 1
    assert [c.depth for c in category.visible] == [0, 1]
    assert ("category", "X") in parse_qsl(urlsplit(category.visible[1].href).query)
    assert [c.label for c in price.visible] == ["under ¥100", "¥100 and more"]
    assert ("attribute", "Colour:Red") in parse_qsl(urlsplit(colour.visible[0].href).query)
    assert [label for label, _ in filter_chips(address, TRANSLATIONS["en"], "CNY")] == [
        "A&B",
        "X › Y",
    ]


def test_a_price_range_chosen_by_hand_is_said_as_it_was_typed() -> None:
    assert price_range("5000-20000", TRANSLATIONS["en"], "CNY") == "¥50 – ¥200"
    assert price_range("0-19999", TRANSLATIONS["zh"], "CNY") == "¥200 以下"


@pytest.mark.parametrize(
    ("reading", "en", "zh"),
    [
        (Reading(kind="price", text="cheap", values=("cheap",)), "Lower prices first", "低价优先"),
        (
            Reading(
                kind="price", text="under 300 cheap", values=("cheap",), price_max_minor=30_000
            ),
            "under ¥300 · Lower prices first",
            "¥300 以下 · 低价优先",
        ),
        (Reading(kind="without", text="not wireless", values=("wireless",)), *["not wireless"] * 2),
    ],
)
def test_the_chip_of_a_reading_says_what_it_does_and_removes_it(
    reading: Reading, en: str, zh: str
) -> None:
    address = Address((("q", "k"),))
    for language, label in (("en", en), ("zh", zh)):
        ((shown, url),) = reading_chips([reading], address, TRANSLATIONS[language], "CNY")
        assert shown == label
        assert ("as_typed", reading.kind) in parse_qsl(urlsplit(url).query)
