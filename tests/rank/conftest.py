"""A small shop whose right answers are plain: kinds of things, made by brands, bought in pairs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baihuo.bundle import Bundle, write
from baihuo.bundle.purchases import Purchases
from baihuo.core import Event, EventType, Product, Query, Surface
from baihuo.core.progress import no_progress
from baihuo.encode import Encoders
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation, build
from baihuo.models.baskets import Baskets
from baihuo.rank import Ranker
from baihuo.train.purchases.learn import PurchaseTraining, learn_purchases

DAY_US = 86_400_000_000
NOW_US = 1_750_000_000_000_000
KINDS = {
    "phone": ("手机", "Electronics", 50_000),
    "charger": ("充电器", "Electronics", 2_000),
    "headphones": ("耳机", "Electronics", 8_000),
    "kettle": ("水壶", "Kitchen", 4_000),
    "teapot": ("茶壶", "Kitchen", 3_000),
    "mug": ("杯子", "Kitchen", 900),
}
GOES_WITH = {"phone": "charger", "kettle": "teapot"}
BRANDS = ("Acme", "Borealis", "Cumulus", "Dorado")
COLOURS = ("red", "blue", "green", "black", "white")


class WordsEncoder:
    """Every word is a random direction: texts that share words are near, others are not."""

    name, hash, dim = "minilm", "words", 48

    def encode(self, texts: Sequence[str], *, progress: Any = no_progress) -> np.ndarray:
        return np.array([self._of(text) for text in texts], dtype=np.float32)

    def _of(self, text: str) -> np.ndarray:
        total = np.zeros(self.dim)
        for word in text.lower().split():
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
            total += np.random.default_rng(seed).normal(size=self.dim)
        length = float(np.linalg.norm(total))
        return total / length if length else total


@pytest.fixture(scope="session")
def products() -> list[Product]:
    """120 products: 6 kinds × 4 brands × 5 colours."""
    made: list[Product] = []
    for kind, (name_zh, group, price) in KINDS.items():
        for brand in BRANDS:
            for colour in COLOURS:
                made.append(
                    Product(
                        product_id=f"{kind}-{brand.lower()}-{colour}",
                        title_en=f"{brand} {kind} {colour}",
                        title_zh=f"{brand} {name_zh} {colour}",
                        brand=brand,
                        category=(group, kind),
                        price_minor=price + 10 * len(made),
                        currency="EUR",
                        stock_units=5,
                        attributes={"Colour": colour},
                        released_at_us=NOW_US - (200 - len(made)) * DAY_US,
                    )
                )
    return made


@pytest.fixture(scope="session")
def encoders() -> Encoders:
    return Encoders({"minilm": WordsEncoder()})


@pytest.fixture(scope="session")
def index(
    products: list[Product], encoders: Encoders, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("index")
    return build(products, encoders=encoders, cache=None, out=out)


@pytest.fixture
def generation(index: Path, encoders: Encoders) -> Generation:
    return Generation.open(index, encoders)


@pytest.fixture
def state(products: list[Product]) -> FeatureState:
    state = FeatureState(default_features(), products)
    for event in purchases_of(products):
        state.apply(event)
    return state


@pytest.fixture
def quiet_state(products: list[Product]) -> FeatureState:
    """Nobody did anything yet."""
    return FeatureState(default_features(), products)


def event(kind: EventType, visitor: str, product_id: str, at_us: int, **more: Any) -> Event:
    return Event(
        event_id=f"{kind}-{visitor}-{product_id}-{at_us}",
        event_type=kind,
        visitor_id=visitor,
        product_id=product_id,
        occurred_at_us=at_us,
        received_at_us=at_us,
        **more,
    )


def purchases_of(products: list[Product]) -> list[Event]:
    """80 visitors: each has a brand, buys a kind and what goes with it again every four weeks."""
    rng = np.random.default_rng(3)
    events = []
    for v in range(80):
        brand = BRANDS[v % 4].lower()
        kind = "phone" if v % 2 else "kettle"
        colour = COLOURS[int(rng.integers(5))]
        for week in range(int(rng.integers(4)), 40, 4):
            at_us = NOW_US - (280 - 7 * week) * DAY_US + v * 1_000_000
            for what in (kind, GOES_WITH[kind]):
                product_id = f"{what}-{brand}-{colour}"
                events.append(
                    event(
                        EventType.PURCHASE,
                        f"v{v}",
                        product_id,
                        at_us,
                        quantity=1,
                        price_minor=1_000,
                        order_id=f"o{v}-{week}",
                    )
                )
    return sorted(events, key=lambda e: e.received_at_us)


@pytest.fixture(scope="session")
def purchases_bundle(products: list[Product], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle that was trained on purchases alone."""
    ids = [p.product_id for p in products]
    number = {p: i for i, p in enumerate(ids)}
    bought = purchases_of(products)
    visitors = {v: i for i, v in enumerate(sorted({e.visitor_id for e in bought}))}
    baskets = Baskets(
        np.array([visitors[e.visitor_id] for e in bought], dtype=np.int32),
        np.array([number[str(e.product_id)] for e in bought], dtype=np.int32),
        np.unique([str(e.order_id) for e in bought], return_inverse=True)[1].astype(np.int64),
        np.array([e.received_at_us for e in bought]),
        np.ones(len(bought), np.float32),
        np.full(len(bought), 1_000, np.float32),
        len(visitors),
        len(ids),
    )
    model = learn_purchases(
        baskets,
        at_us=NOW_US,
        titles=[p.title for p in products],
        training=PurchaseTraining(models={"purchase_ranker": {"n_trees": 30}}),
    )
    bundles = tmp_path_factory.mktemp("bundles")
    learned = Purchases(model, np.array(ids, dtype=object))
    bundle_id = write(bundles, learned.parts())
    return Bundle.open(bundles / bundle_id)


@pytest.fixture
def ranker(purchases_bundle: Bundle, generation: Generation, state: FeatureState) -> Ranker:
    return Ranker(purchases_bundle, generation, state, seed=1)


@pytest.fixture
def ask() -> Callable[..., Query]:
    """A query with what most tests do not care about filled in."""
    base = Query(query_id="q", surface=Surface.HOME, visitor_id="nobody", at_us=NOW_US)

    def make(surface: str = "home", **more: Any) -> Query:
        return replace(base, surface=Surface(surface), **more)

    return make
