"""People in the storefront: a real browser, a real server, a small simulated shop."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from tests.click_bundles import linear_click_parts
from tests.serve.conftest import TEAM_KEY, WITH_KEY
from tests.waiting import wait_until, wait_until_ready

from baihuo import bundle, connect, index, model_inputs, privacy, quality
from baihuo.catalog import Catalog
from baihuo.core import Event, Product, ShopPaths
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders, VectorCache
from baihuo.engine import DuckTables
from baihuo.events import EventLog
from baihuo.features import default_features, snapshot, state_folder
from baihuo.simulate import make_shop

sync_api = pytest.importorskip("playwright.sync_api", reason="the dev extra brings playwright")
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONES = ("Phones & Accessories", "Smartphones")

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"
)

_RUN = """
import sys
from pathlib import Path
from baihuo.serve import ServeConfig, run
run(Path(sys.argv[1]), port=int(sys.argv[2]), config=ServeConfig(seed=1, is_simulation=True))
"""


@dataclass
class Store:
    """A running shop."""

    folder: Path
    url: str
    catalogue: dict[str, Product]

    def events(self) -> list[Event]:
        log = EventLog(ShopPaths(self.folder).log)
        try:
            return [event for _, event in log.tail(0)]
        finally:
            log.close()

    def wait_for(self, is_there: Callable[[list[Event]], object]) -> list[Event]:
        """Events once ``is_there`` holds of them; pages send theirs within two seconds."""
        wait_until(
            lambda: is_there(self.events()),
            what=lambda: Counter(e.event_type for e in self.events()),
            every_s=0.1,
        )
        return self.events()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, exported_encoders: Path) -> Iterator[Store]:
    shop = tmp_path_factory.mktemp("storefront") / "shop"
    now_us = time.time_ns() // 1000
    sample = make_shop(
        shop.parent / "sample", n_products=500, n_events=8_000, until_us=now_us - 3_600_000_000
    )
    tables, mask = DuckTables(threads=2), privacy.column_mask(b"a key of this test, 32 bytes ...")
    for path in (sample.products, sample.events):
        connect.import_files([path], raw=ShopPaths(shop).raw, tables=tables, mask=mask)
    quality.clean(
        tables,
        events=connect.segments(ShopPaths(shop).raw, "events"),
        products=connect.segments(ShopPaths(shop).raw, "products"),
        out=ShopPaths(shop).clean,
        rules=quality.load_rules(None),
    )
    shutil.copytree(sample.pictures, ShopPaths(shop).pictures)
    shutil.copytree(sample.words, shop / "words")
    ShopPaths(shop).team_key_file.write_text(TEAM_KEY)
    products = table_to_products(pq.read_table(ShopPaths(shop).clean_products))
    catalog = Catalog(ShopPaths(shop).catalog)
    catalog.upsert(products, is_import=True)
    catalog.close()
    generation = index.build(
        products,
        encoders=Encoders.open(exported_encoders),
        cache=VectorCache(ShopPaths(shop).vectors),
        out=ShopPaths(shop).index,
    )
    features = default_features()
    snapshot(
        tables,
        features,
        events=ShopPaths(shop).clean_events,
        products=ShopPaths(shop).clean_products,
        at_us=now_us,
        out=state_folder(ShopPaths(shop).features, features),
    )
    # As a trained bundle has them, but with a taste that these tests know: the words, what was clicked
    # before, and what others click.
    clicks = linear_click_parts(
        model_inputs.click_columns(features),
        dict.fromkeys(("search", "home", "similar"), "network"),
        {"relevance": 20.0, "taste_clicked": 8.0, "product_clicks_28d": 0.5},
    )
    parts = {"encoders": exported_encoders, "features.json": features.to_json(), **clicks}
    bundle_id = bundle.write(ShopPaths(shop).bundles, parts)
    bundle.set_live(ShopPaths(shop).bundles, bundle_id, generation.name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-c", _RUN, str(shop), str(port)])
    try:
        with httpx.Client(base_url=url, timeout=30) as client:
            wait_until_ready(client, is_running=lambda: process.poll() is None)
        yield Store(shop, url, {p.product_id: p for p in products})
    finally:
        process.terminate()
        process.wait(timeout=120)


@dataclass
class Shopper:
    """One person's browser, and what went wrong in it."""

    page: Any
    store: Store
    complaints: list[str] = field(default_factory=list)
    fetched: set[str] = field(default_factory=set)

    def go(self, path: str) -> None:
        self.page.goto(self.store.url + path)

    def search(self, text: str) -> None:
        self.page.fill("#q", text)
        self.page.press("#q", "Enter")
        self.page.wait_for_selector("#total")

    def placed(self, grid: str = "#grid") -> list[str]:
        """The product ids of the grid, top first."""
        return [
            card.get_attribute("data-product")
            for card in self.page.query_selector_all(f"{grid} > .card")
        ]

    def categories(self) -> list[tuple[str, ...]]:
        return [self.store.catalogue[p].category for p in self.placed()]

    def facet(self, name: str) -> dict[str, int]:
        """The values of a facet with the counts that the page says."""
        choices = self.page.query_selector_all(f'[data-facet="{name}"] .choice')
        return {
            c.get_attribute("data-value"): int(c.query_selector(".count").text_content())
            for c in choices
        }


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def shopper(browser: Any, store: Store) -> Iterator[Callable[..., Shopper]]:
    """Opens browsers of new people; at the end nothing may have complained or come from elsewhere."""
    opened: list[tuple[Any, Shopper]] = []

    def open_one(language: str, *, width: int = 1280, height: int = 900) -> Shopper:
        context = browser.new_context(
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            viewport={"width": width, "height": height},
        )
        person = Shopper(context.new_page(), store)
        person.page.on(
            "console", lambda m: person.complaints.extend([m.text] * (m.type == "error"))
        )
        person.page.on("pageerror", lambda e: person.complaints.append(str(e)))
        person.page.on("dialog", lambda d: person.complaints.append(f"dialog {d.message}"))
        person.page.on("request", lambda r: person.fetched.add(r.url))
        opened.append((context, person))
        return person

    yield open_one
    for context, person in opened:
        context.close()
        assert not person.complaints
        assert all(url.startswith((store.url, "data:")) for url in person.fetched)


def _answers(store: Store, text: str, language: str) -> list[str]:
    """Every product of the answer set, by the API."""
    found: list[str] = []
    asked: dict[str, Any] = {
        "q": text,
        "language": language,
        "page_size": 100,
        "visitor_id": "v-all",
    }
    page = httpx.get(f"{store.url}/v1/search", params=asked).json()
    found += [r["product_id"] for r in page["results"]]
    for number in range(2, 100):
        if len(found) >= page["total"] or not page["results"]:
            break
        asked |= {"query_id": page["query_id"], "page": number}
        page = httpx.get(f"{store.url}/v1/search", params=asked).json()
        found += [r["product_id"] for r in page["results"]]
    return found


@pytest.mark.parametrize(
    ("language", "words", "popular", "because"),
    [
        ("zh", "手机", "近期热门", "因为您看过"),
        ("en", "smartphone", "Popular now", "Because you looked at"),
    ],
)
def test_a_search_finds_phones_with_true_facets_and_a_click_changes_home(
    shopper: Callable[..., Shopper],
    store: Store,
    language: str,
    words: str,
    popular: str,
    because: str,
) -> None:
    person = shopper(language)
    person.go("/")
    assert person.page.get_attribute("html", "lang").startswith(language)
    before = person.placed()
    assert len(before) == 24
    assert popular in person.page.text_content("#grid")

    person.search(words)
    # Chance may put another product in a slot.
    assert person.categories()[:6].count(PHONES) >= 5
    answers = [store.catalogue[p] for p in _answers(store, words, language)]
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
    assert because in person.page.text_content("#grid")

    visitor = person.page.get_attribute("body", "data-visitor")
    events = store.wait_for(
        lambda all_of: sum(e.event_type == "dwell" and e.visitor_id == visitor for e in all_of) >= 2
    )
    mine = [e for e in events if e.visitor_id == visitor]
    searches = [e for e in mine if e.event_type == "search"]
    assert words in {e.query_text for e in searches}
    clicks = [e for e in mine if e.event_type == "click"]
    assert (clicks[0].product_id, clicks[0].query_id, clicks[0].position) == (first, query_id, 1)
    dwells = [e for e in mine if e.event_type == "dwell"]
    assert all(e.surface == "search" and (e.dwell_ms or 0) >= 500 for e in dwells)
    impressions = Counter((e.query_id, e.position) for e in mine if e.event_type == "impression")
    assert max(impressions.values()) == 1
    seen_before_clicked = {e.product_id for e in mine if e.event_type == "impression"}
    assert {c.product_id for c in clicks} <= seen_before_clicked


def test_the_pages_are_ordered_by_click_models(store: Store) -> None:
    for path in (
        "/v1/search?q=phone",
        "/v1/recommend/home?",
        f"/v1/recommend/similar?product_id={next(iter(store.catalogue))}",
    ):
        page = httpx.get(f"{store.url}{path}&explain=true").json()
        stages = {step["stage"]: step for step in page["trace"]}
        assert {"click_model", "click_model_scorer"} <= stages.keys()
        assert not any(note.startswith("degraded") for note in page["notes"])
        assert all(0 < r["score"] < 1 for r in page["results"])


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


@pytest.mark.parametrize(("language", "said"), [("en", "is not a price"), ("zh", "不是价格")])
def test_a_bad_price_is_a_hint_beside_the_box_and_the_products_stay(
    shopper: Callable[..., Shopper], language: str, said: str
) -> None:
    person = shopper(language)
    person.go("/search?q=phone")
    before = person.page.get_attribute("#total", "data-total")
    person.page.fill('input[name="price_from"]', "cheap")
    person.page.press('input[name="price_from"]', "Enter")
    person.page.wait_for_selector("#price-hint")
    assert said in person.page.text_content("#price-hint")
    assert person.page.input_value('input[name="price_from"]') == "cheap"
    assert person.page.get_attribute("#total", "data-total") == before
    assert person.placed()
    person.page.fill('input[name="price_from"]', "100")
    person.page.fill('input[name="price_to"]', "50")
    person.page.press('input[name="price_to"]', "Enter")
    person.page.wait_for_url("**price_to=50*")
    assert person.page.is_visible("#price-hint")
    assert person.placed()
    phone = shopper(language, width=360, height=740)
    phone.go("/search?q=phone&price_from=-5")
    assert said in phone.page.text_content("#price-note")
    assert phone.page.is_visible("#price-note")  # the filters with their box are folded there


@pytest.mark.parametrize(("language", "said"), [("en", "Please choose first"), ("zh", "请先选择")])
def test_adding_without_choosing_a_size_asks_for_it(
    shopper: Callable[..., Shopper], store: Store, language: str, said: str
) -> None:
    product = next(
        p
        for p in store.catalogue.values()
        if p.stock_units and len(p.variants) > 1 and p.variants[0].stock_units and p.price_minor
    )
    person = shopper(language)
    person.go(f"/p/{product.product_id}")
    assert not person.page.is_visible("#choose-first")
    person.page.click("#buy button")
    assert person.page.is_visible("#choose-first")
    assert said in person.page.text_content("#choose-first")
    assert not person.page.is_visible(".toast.is-up")
    person.page.click(f'label:has(input[value="{product.variants[0].variant_id}"])')
    assert not person.page.is_visible("#choose-first")
    person.page.click("#buy button")
    person.page.wait_for_selector(".toast.is-up")
    visitor = person.page.get_attribute("body", "data-visitor")
    events = store.wait_for(
        lambda all_of: any(
            e.event_type == "add_to_cart" and e.visitor_id == visitor for e in all_of
        )
    )
    noted = [e for e in events if e.event_type == "add_to_cart" and e.visitor_id == visitor]
    assert [e.variant_id for e in noted] == [product.variants[0].variant_id]


def test_the_language_can_be_changed_and_is_remembered(shopper: Callable[..., Shopper]) -> None:
    person = shopper("en")
    person.go("/search?q=phone")
    person.page.click('a[hreflang="zh"]')
    assert "搜索结果" in person.page.text_content("h1")
    assert person.page.input_value("#q") == "phone"
    person.go("/")
    assert person.page.get_attribute("html", "lang") == "zh-Hans"


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


def test_what_goes_into_the_cart_is_noted_with_its_variant(
    shopper: Callable[..., Shopper], store: Store
) -> None:
    product = next(
        p
        for p in store.catalogue.values()
        if p.stock_units and any(v.stock_units for v in p.variants) and p.price_minor
    )
    variant = next(v for v in product.variants if v.stock_units)
    person = shopper("en")
    person.go(f"/p/{product.product_id}")
    person.page.click(f'label:has(input[value="{variant.variant_id}"])')
    person.page.click("#buy button")
    person.page.wait_for_selector(".toast.is-up")
    visitor = person.page.get_attribute("body", "data-visitor")
    events = store.wait_for(
        lambda all_of: any(
            e.event_type == "add_to_cart" and e.visitor_id == visitor for e in all_of
        )
    )
    noted = next(e for e in events if e.event_type == "add_to_cart" and e.visitor_id == visitor)
    assert (noted.product_id, noted.variant_id) == (product.product_id, variant.variant_id)
    paid = product.price_minor if variant.price_minor is None else variant.price_minor
    assert (noted.price_minor, noted.currency) == (paid, "CNY")


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
