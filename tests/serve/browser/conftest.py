"""A running shop, and people with a real browser in it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from tests.click_bundles import linear_click_parts
from tests.quality.chosen import CLEANING, only
from tests.serve.small_shop import TEAM_KEY
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

CHROMIUM = Path("/usr/bin/chromium")
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


@pytest.fixture(scope="session")
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
        rules=only(*CLEANING),
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
        words=ShopPaths(shop).words,
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


class Contexts:
    """Browsers of people; who comes later gets one without cookies that has the pictures and scripts already."""

    def __init__(self, browser: Any) -> None:
        self._browser, self._free = browser, defaultdict[str, list[Any]](list)

    @contextmanager
    def lend(
        self, language: str, *, width: int = 1280, height: int = 900, **more: Any
    ) -> Iterator[Any]:
        locale, viewport = {"en": "en-GB", "zh": "zh-CN"}[language], [width, height]
        free = self._free[f"{locale} {viewport} {more}"]
        context = (
            free.pop()
            if free
            else self._browser.new_context(
                locale=locale, viewport={"width": width, "height": height}, **more
            )
        )
        yield context
        for page in context.pages:
            page.close()
        context.clear_cookies()
        free.append(context)


@pytest.fixture(scope="session")
def contexts(browser: Any) -> Contexts:
    return Contexts(browser)


@pytest.fixture
def shopper(contexts: Contexts, store: Store) -> Iterator[Callable[..., Shopper]]:
    """Opens browsers of new people; at the end nothing may have complained or come from elsewhere."""
    opened: list[Shopper] = []
    lent = ExitStack()

    def open_one(language: str, **more: Any) -> Shopper:
        person = Shopper(lent.enter_context(contexts.lend(language, **more)).new_page(), store)
        person.page.on(
            "console", lambda m: person.complaints.extend([m.text] * (m.type == "error"))
        )
        person.page.on("pageerror", lambda e: person.complaints.append(str(e)))
        person.page.on("dialog", lambda d: person.complaints.append(f"dialog {d.message}"))
        person.page.on("request", lambda r: person.fetched.add(r.url))
        opened.append(person)
        return person

    yield open_one
    lent.close()
    for person in opened:
        assert not person.complaints
        assert all(url.startswith((store.url, "data:")) for url in person.fetched)
