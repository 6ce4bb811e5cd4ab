"""People who search, look and buy: what they see, and the events that it leaves."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.serve.browser.conftest import CHROMIUM, Shopper, Store
from tests.waiting import wait_until

PHONES = ("Phones & Accessories", "Smartphones")
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"
)


def _answers(store: Store, text: str, language: str) -> list[str]:
    """Every product of the answer set, by the API."""
    found: list[str] = []
    parameters: dict[str, Any] = {
        "q": text,
        "language": language,
        "page_size": 100,
        "visitor_id": "v-all",
    }
    page = httpx.get(f"{store.url}/v1/search", params=parameters).json()
    found += [r["product_id"] for r in page["results"]]
    for number in range(2, 100):
        if len(found) >= page["total"] or not page["results"]:
            break
        parameters |= {"query_id": page["query_id"], "page": number}
        page = httpx.get(f"{store.url}/v1/search", params=parameters).json()
        found += [r["product_id"] for r in page["results"]]
    return found


def _require_events(person: Shopper, words: str, *, clicked: tuple[str, str | None, int]) -> None:
    """The events of one search with two looks; ``clicked`` is product, query and position of the first."""
    visitor = person.page.get_attribute("body", "data-visitor")
    events = person.store.wait_for(
        lambda all_of: sum(e.event_type == "dwell" and e.visitor_id == visitor for e in all_of) >= 2
    )
    mine = [e for e in events if e.visitor_id == visitor]
    searches = [e for e in mine if e.event_type == "search"]
    assert words in {e.query_text for e in searches}
    clicks = [e for e in mine if e.event_type == "click"]
    assert (clicks[0].product_id, clicks[0].query_id, clicks[0].position) == clicked
    dwells = [e for e in mine if e.event_type == "dwell"]
    assert all(e.surface == "search" and (e.dwell_ms or 0) >= 500 for e in dwells)
    impressions = Counter((e.query_id, e.position) for e in mine if e.event_type == "impression")
    assert max(impressions.values()) == 1
    seen_before_clicked = {e.product_id for e in mine if e.event_type == "impression"}
    assert {c.product_id for c in clicks} <= seen_before_clicked


def test_a_search_finds_phones_with_true_facets_and_a_click_changes_home(
    shopper: Callable[..., Shopper], store: Store
) -> None:
    person, words = shopper("zh"), "手机"
    person.go("/")
    assert person.page.get_attribute("html", "lang").startswith("zh")
    before = person.placed()
    assert len(before) == 24
    assert "近期热门" in person.page.text_content("#grid")

    person.search(words)
    # Chance may put another product in a slot.
    assert person.categories()[:6].count(PHONES) >= 5
    answers = [store.catalogue[p] for p in _answers(store, words, "zh")]
    assert int(person.page.get_attribute("#total", "data-total")) == len(answers) > 6
    assert person.facet("brand") == Counter(p.brand for p in answers)
    assert person.facet("category")[" > ".join(PHONES)] == sum(
        p.category == PHONES for p in answers
    )
    colours = Counter(str(p.attributes["Colour"]) for p in answers if "Colour" in p.attributes)
    assert person.facet("Colour").items() <= colours.items()
    brand, n_products = max(person.facet("brand").items(), key=lambda item: item[1])
    person.page.click(f'[data-facet="brand"] .choice[data-value="{brand}"]')
    person.page.wait_for_selector(".chips a")
    assert int(person.page.get_attribute("#total", "data-total")) == n_products
    assert {store.catalogue[p].brand for p in person.placed()} == {brand}

    person.page.go_back()
    person.page.click(f'[data-facet="category"] .choice[data-value="{" > ".join(PHONES)}"]')
    person.page.wait_for_selector(".chips a")
    assert set(person.categories()) == {PHONES}
    first = person.placed()[0]
    query_id = person.page.get_attribute("body", "data-query")
    for position in (1, 2):  # two looks say more than one
        person.page.click(f"#grid > .card:nth-child({position}) a")
        person.page.wait_for_selector("#product")
        assert person.page.query_selector_all("#similar .card")
        person.page.wait_for_timeout(700)
        person.page.go_back()
        person.page.wait_for_selector("#total")
    person.go("/")
    after = person.placed()
    assert after != before
    assert sum(store.catalogue[p].category == PHONES for p in after) > sum(
        store.catalogue[p].category == PHONES for p in before
    )
    assert "因为您看过" in person.page.text_content("#grid")

    _require_events(person, words, clicked=(first, query_id, 1))


def test_the_pages_are_ordered_by_click_models(store: Store) -> None:
    product = next(iter(store.catalogue))
    looked = {"event_type": "click", "visitor_id": "v-known", "product_id": product}
    now = {"event_id": "v-known-1", "occurred_at_us": time.time_ns() // 1_000}
    httpx.post(f"{store.url}/v1/events", json={"events": [{**looked, **now}]}).raise_for_status()

    def stages(path: str, visitor: str) -> set[str]:
        address = f"{store.url}{path}&visitor_id={visitor}&explain=true"
        page = httpx.get(address).raise_for_status().json()
        assert not any(note.startswith("degraded") for note in page["notes"])
        return {step["stage"] for step in page["trace"]}

    by_clicks = {"click_model", "click_model_scorer"}
    assert by_clicks <= stages("/v1/search?q=phone", "v-new")
    wait_until(
        lambda: by_clicks <= stages("/v1/recommend/home?", "v-known"), what=lambda: "home pages"
    )
    # Of a new visitor nothing is known that clicks could use; beside a product clicks have one vote among others.
    assert not by_clicks & stages("/v1/recommend/home?", "v-new")
    assert "click_model" in stages(f"/v1/recommend/similar?product_id={product}", "v-new")


def test_adding_without_choosing_a_size_asks_for_it_and_what_is_chosen_is_noted(
    shopper: Callable[..., Shopper], store: Store
) -> None:
    product = next(
        p
        for p in store.catalogue.values()
        if p.stock_units and len(p.variants) > 1 and p.variants[0].stock_units and p.price_minor
    )
    person, variant = shopper("en"), product.variants[0]
    person.go(f"/p/{product.product_id}")
    assert not person.page.is_visible("#choose-first")
    person.page.click("#buy button")
    assert person.page.is_visible("#choose-first")
    assert "Please choose first" in person.page.text_content("#choose-first")
    assert not person.page.is_visible(".toast.is-up")
    person.page.click(f'label:has(input[value="{variant.variant_id}"])')
    assert not person.page.is_visible("#choose-first")
    person.page.click("#buy button")
    person.page.wait_for_selector(".toast.is-up")
    visitor = person.page.get_attribute("body", "data-visitor")
    events = store.wait_for(
        lambda all_of: any(
            e.event_type == "add_to_cart" and e.visitor_id == visitor for e in all_of
        )
    )
    [noted] = [e for e in events if e.event_type == "add_to_cart" and e.visitor_id == visitor]
    assert (noted.product_id, noted.variant_id) == (product.product_id, variant.variant_id)
    paid = product.price_minor if variant.price_minor is None else variant.price_minor
    assert (noted.price_minor, noted.currency) == (paid, "CNY")


def test_pages_of_one_search_never_repeat_a_product(shopper: Callable[..., Shopper]) -> None:
    person = shopper("en")
    person.go("/search?category=Phones+%26+Accessories")
    total, seen = int(person.page.get_attribute("#total", "data-total")), person.placed()
    for _ in range(total):  # every page brings at least one
        following = person.page.query_selector('a[rel~="next"]')
        if following is None:
            break
        following.click()
        person.page.wait_for_load_state()
        seen += person.placed()
    assert len(seen) == len(set(seen)) == total > 24


def test_show_more_adds_to_the_home_page(shopper: Callable[..., Shopper]) -> None:
    person = shopper("en")
    person.go("/")
    person.page.click("#more")
    person.page.wait_for_selector(
        "#grid > .card:nth-child(48)"
    )  # no text to run: the page forbids it
    assert len(set(person.placed())) == len(person.placed()) == 48


def _chips(person: Shopper) -> list[str]:
    """The labels of what was read in the words, without the sign that removes them."""
    links = person.page.query_selector_all(".readings .chips a:not(.clear)")
    return [link.inner_text().replace("×", "").strip() for link in links]


def test_limits_in_the_words_are_chips_that_can_be_removed_by_keyboard(
    shopper: Callable[..., Shopper],
) -> None:
    person = shopper("en")
    person.go("/")
    person.search("red running shoes women size 38 under 400")
    read = _chips(person)
    assert read == ["under ¥400", "Size: 38", "red", "women"]
    catalogue = person.store.catalogue
    placed = [catalogue[p] for p in person.placed()]
    assert placed
    for product in placed:
        prices = [
            product.price_minor if v.price_minor is None else v.price_minor
            for v in product.variants
            if v.attributes.get("Size") == "38"
        ]
        assert prices
        assert min(p for p in prices if p is not None) <= 40_000
    before = _total(person)
    link = person.page.locator(".readings .chips a").first
    assert "400" in (link.get_attribute("aria-label") or "")
    link.focus()
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**as_typed=price**")
    assert _chips(person) == read[1:]
    assert _total(person) > before
    asked = {"q": "red running shoes women size 38", "language": "en"}
    same = httpx.get(f"{person.store.url}/v1/search", params=asked).json()
    assert _total(person) == same["total"]
    person.page.click(".readings a.clear")
    person.page.wait_for_load_state()
    assert _chips(person) == read
    assert _total(person) == before


def _total(person: Shopper) -> int:
    return int(person.page.get_attribute("#total", "data-total"))


def test_a_size_read_in_the_words_is_chosen_in_its_facet_and_another_replaces_it(
    shopper: Callable[..., Shopper],
) -> None:
    person = shopper("en")
    person.go("/search?q=running+shoes+size+38")
    chosen = '[data-facet="Size"] .choice[aria-current="true"]'
    assert person.page.get_attribute(chosen, "data-value") == "38"
    counts = person.facet("Size")
    other = next(value for value, n in counts.items() if value != "38" and n)
    person.page.click(f'[data-facet="Size"] .choice[data-value="{other}"]')
    person.page.wait_for_url("**attribute=Size**")
    assert _total(person) == counts[other]
    assert _chips(person) == []
    person.go("/search?q=running+shoes+size+38")
    person.page.click(chosen)
    person.page.wait_for_url("**as_typed=size**")
    assert _chips(person) == []
    assert not person.page.query_selector(chosen)


def test_nothing_within_the_limits_is_empty_and_the_chips_stay(
    shopper: Callable[..., Shopper],
) -> None:
    person = shopper("en")
    person.go("/search?q=laptop+under+1")
    assert _total(person) == 0
    assert _chips(person) == ["under ¥1"]
    assert "filters" in (person.page.text_content(".empty h2") or "")
