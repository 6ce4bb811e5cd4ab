"""Pages in a real browser: languages, narrow screens, errors, hostile content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.serve.browser.conftest import CHROMIUM, Shopper, Store
from tests.serve.small_shop import WITH_KEY
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"
)


def test_the_page_of_the_api_lists_it_without_any_network(browser: Any, store: Store) -> None:
    context = browser.new_context()
    page, complaints = context.new_page(), []
    elsewhere: list[str] = []

    def ours_only(route: Any) -> None:
        if route.request.url.startswith((store.url, "data:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", ours_only)
    page.on("console", lambda m: complaints.extend([m.text] * (m.type == "error")))
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(f"{store.url}/docs")
    page.wait_for_selector('.opblock-summary-path[data-path="/v1/search"]')
    page.click("#operations-pages-search_v1_search_get .opblock-summary-control")
    page.wait_for_selector("text=why_not")
    context.close()
    assert not elsewhere
    assert not complaints


def test_a_bad_price_is_a_hint_beside_the_box_and_the_products_stay(
    shopper: Callable[..., Shopper],
) -> None:
    person, text = shopper("zh"), "不是有效的价格"
    person.go("/search?q=phone")
    before = person.page.get_attribute("#total", "data-total")
    person.page.fill('input[name="price_from"]', "cheap")
    person.page.press('input[name="price_from"]', "Enter")
    person.page.wait_for_selector("#price-hint")
    assert text in person.page.text_content("#price-hint")
    assert person.page.input_value('input[name="price_from"]') == "cheap"
    assert person.page.get_attribute("#total", "data-total") == before
    assert person.placed()
    person.page.fill('input[name="price_from"]', "100")
    person.page.fill('input[name="price_to"]', "50")
    person.page.press('input[name="price_to"]', "Enter")
    person.page.wait_for_url("**price_to=50*")
    assert person.page.is_visible("#price-hint")
    assert person.placed()
    phone = shopper("zh", width=360, height=740)
    phone.go("/search?q=phone&price_from=-5")
    assert text in phone.page.text_content("#price-note")
    assert phone.page.is_visible("#price-note")  # the filters with their box are folded there


def test_the_search_box_completes_what_is_typed_by_keyboard_alone(
    shopper: Callable[..., Shopper],
) -> None:
    person = shopper("en")
    person.go("/")
    box = person.page.get_by_role("combobox")
    box.focus()
    person.page.keyboard.type("pho")
    options = person.page.get_by_role("option")
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    person.page.keyboard.press("ArrowDown")
    chosen = person.page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    person.page.keyboard.press("Escape")
    assert not person.page.locator("#suggestions").is_visible()
    assert box.input_value() == "pho"
    person.page.keyboard.press("ArrowDown")
    options.first.wait_for()
    person.page.keyboard.press("ArrowDown")
    target = options.first.locator("a").get_attribute("href")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url(f"**{target}**")


def test_escape_closes_suggestions_that_are_still_on_the_way(
    shopper: Callable[..., Shopper],
) -> None:
    person = shopper("en")
    held: list[Any] = []
    person.go("/")
    person.page.get_by_role("combobox").focus()
    person.page.keyboard.type("ph")
    person.page.get_by_role("option").first.wait_for()
    person.page.route("**/suggestions?q=pho", lambda route: held.append(route))
    with person.page.expect_request("**/suggestions?q=pho"):
        person.page.keyboard.type("o")
    person.page.keyboard.press("Escape")
    with person.page.expect_response("**/suggestions?q=pho"):
        held[0].continue_()
    person.page.wait_for_timeout(50)
    assert not person.page.locator("#suggestions").is_visible()


def test_the_language_can_be_changed_and_is_remembered(shopper: Callable[..., Shopper]) -> None:
    person = shopper("en")
    person.go("/search?q=phone")
    person.page.click('a[hreflang="zh"]')
    assert "搜索结果" in person.page.text_content("h1")
    assert person.page.input_value("#q") == "phone"
    person.go("/")
    assert person.page.get_attribute("html", "lang") == "zh-Hans"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_scrolls_sideways_on_a_phone(
    shopper: Callable[..., Shopper], store: Store, language: str
) -> None:
    person = shopper(language, width=360, height=740)
    product_id = next(iter(store.catalogue))
    long = "a-very-long-word-without-any-space-" * 6
    for path in (
        "/",
        "/search?q=phone",
        "/search?q=手机&explain=true",
        f"/search?q={long}",
        f"/p/{product_id}",
    ):
        person.go(path)
        wider = person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, path
    person.go("/search?q=phone")
    assert not person.page.is_visible(".facet")
    person.page.click(".filters-label")
    assert person.page.is_visible(".facet")


def test_a_hostile_listing_is_shown_as_text(shopper: Callable[..., Shopper], store: Store) -> None:
    title = '<img src=x onerror=alert(1)> "quoted" \'& co </script> grobnik'
    row = {
        "product_id": "odd/../id?#%41",
        "title_en": title,
        "brand": "<b>Brand</b>",
        "category": ["Odd & 'quoted' <i"],
        "price_minor": 5,
        "currency": "EUR",
        "attributes": {"<u>Name</u>": "<s>Value</s>"},
        "images": ["http://elsewhere.example/x.png"],
    }
    httpx.post(
        f"{store.url}/v1/products", json={"products": [row]}, headers=WITH_KEY
    ).raise_for_status()
    person = shopper("en")

    def is_found() -> bool:
        person.go("/search?q=grobnik")
        return bool(person.placed())

    wait_until(is_found, what="not found")
    assert person.page.text_content("#grid .name") == title
    person.page.click("#grid > .card a")
    assert person.page.text_content("h1") == title
    assert "<s>Value</s>" in person.page.text_content(".details")
    # a picture that does not come is replaced once it is known not to come
    all_there = "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
    wait_until(lambda: person.page.evaluate(all_there), what="a picture does not come")


def test_what_is_not_there_is_a_page_for_people_and_a_document_for_programs(
    shopper: Callable[..., Shopper], store: Store
) -> None:
    person = shopper("zh")
    for path, status in (("/p/nothing", 404), ("/nowhere", 404), ("/search?page=0", 422)):
        answer = person.page.goto(store.url + path)
        assert answer.status == status
        assert person.page.is_visible("text=返回首页")
        document = httpx.get(store.url + path, headers={"Accept": "application/json"})
        assert document.headers["content-type"] == "application/problem+json"
    person.complaints.clear()  # the browser names failed pages itself


def test_pages_say_that_the_shop_is_a_simulation_and_allow_nothing_from_elsewhere(
    store: Store,
) -> None:
    answer = httpx.get(store.url, headers={"Accept-Language": "zh-CN"})
    assert "模拟商店" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert "onclick" not in answer.text
