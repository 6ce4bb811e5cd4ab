"""What is bought with a product: more often than with any other product, not just often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.rank.conftest import DAY_US, NOW_US, event

from baihuo.bundle import Bundle, write
from baihuo.core import Event, EventType, Product, Query
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.encode import Encoders
from baihuo.engine import DuckTables
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation, build
from baihuo.rank import Exploration, Ranker
from baihuo.train.purchases.stage import train_purchases

Ask = Callable[..., Query]
STILL = Exploration(swap_probability=0, slot_probability=0)
KINDS = {
    "sandals": "Shoes",
    "sunscreen": "Beauty",
    "kettle": "Kitchen",
    "tea": "Grocery",
    "nuts": "Grocery",
    "lamp": "Home",
}
N_OF_KIND = 6


@pytest.fixture(scope="module")
def shelves() -> list[Product]:
    """Six kinds of six products each; names have nothing in common."""
    return [
        Product(
            product_id=f"{kind}-{i}",
            title_en=f"{kind} {name}",
            category=(group, kind),
            brand=f"Maker {i}",
            price_minor=1_000,
            currency="EUR",
            stock_units=5,
        )
        for kind, group in KINDS.items()
        for i, name in enumerate(("one", "two", "three", "four", "five", "six"))
    ]


def orders() -> list[Event]:
    """900 orders: half of all have nuts, whatever else; a third of the sandals go with sunscreen, of kettles with tea."""
    rng = np.random.default_rng(5)
    lines: list[Event] = []
    for n in range(900):
        main = ("sandals", "kettle", "lamp")[n % 3]
        which = int(rng.integers(N_OF_KIND))
        cart = [f"{main}-{which}"]
        along = {"sandals": "sunscreen", "kettle": "tea"}.get(main)
        if along and rng.random() < 0.33:
            cart.append(f"{along}-{int(rng.integers(N_OF_KIND))}")
        if rng.random() < 0.5:
            cart.append("nuts-0")
        at_us = NOW_US - (n % 60) * DAY_US - n * 1_000_000
        for kind in (EventType.CLICK, EventType.PURCHASE):
            more = {"order_id": f"o{n}"} if kind is EventType.PURCHASE else {}
            lines += [
                event(kind, f"v{n % 300}", p, at_us, session_id=f"s{n}", **more) for p in cart
            ]
    return sorted(lines, key=lambda e: e.received_at_us)


@pytest.fixture(scope="module")
def beside(
    shelves: list[Product], tmp_path_factory: pytest.TempPathFactory, encoders: Encoders
) -> Ranker:
    """Trained and served, from events to pages."""
    folder: Path = tmp_path_factory.mktemp("nuts")
    bought = orders()
    trained = train_purchases(
        DuckTables(), events=events_to_table(bought), products=products_to_table(shelves)
    )
    bundle = Bundle.open(folder / write(folder, trained.parts))
    generation = Generation.open(
        build(shelves, encoders=encoders, cache=None, out=folder / "index"), encoders
    )
    state = FeatureState(default_features(), shelves)
    for one in bought:
        state.apply(one)
    return Ranker(bundle, generation, state, exploration=STILL)


def reasons(ranker: Ranker, query: Query) -> dict[str, str]:
    return {p.product_id: p.reason for p in ranker.page(query).page.placed}


def kinds(found: dict[str, Any], reason: str) -> set[str]:
    return {p.split("-")[0] for p, r in found.items() if r == reason}


def test_nuts_that_everybody_buys_do_not_stand_beside_sandals_and_sunscreen_does(
    beside: Ranker, ask: Ask
) -> None:
    for anchor, along in (("sandals", "sunscreen"), ("kettle", "tea")):
        for i in range(N_OF_KIND):
            page = reasons(beside, ask("similar", product_id=f"{anchor}-{i}", page_size=36))
            assert "nuts-0" not in kinds(page, "bought_together")
            assert kinds(page, "bought_together") <= {along}, (anchor, i, page)
            assert "nuts-0" not in [p for p, r in page.items() if r == "clicked_together"]


def test_the_api_gives_complements_alone_and_none_where_nothing_goes_with_it(
    beside: Ranker, ask: Ask
) -> None:
    asked = ask("similar", product_id="sandals-1", complements=True, page_size=6)
    served = beside.page(asked)
    assert {p.product_id.split("-")[0] for p in served.page.placed} == {"sunscreen"}
    assert {p.reason for p in served.page.placed} == {"bought_together"}
    assert served.page.order == "lift"
    lamp = beside.page(ask("similar", product_id="lamp-1", complements=True, page_size=6))
    assert not lamp.page.placed
    none = Ranker(None, beside.generation, beside.state)
    assert not none.page(replace(asked, query_id="other")).page.placed


def test_what_is_only_looked_at_together_is_not_said_to_be_bought_together(
    beside: Ranker, shelves: list[Product], ask: Ask, tmp_path: Path
) -> None:
    looked = [
        event(EventType.CLICK, f"v{n}", p, NOW_US - n * 1_000_000, session_id=f"s{n}")
        for n in range(60)
        for p in (f"lamp-{n % 6}", f"kettle-{n % 6}")
    ]
    trained = train_purchases(
        DuckTables(), events=events_to_table(looked), products=products_to_table(shelves)
    )
    bundle = Bundle.open(tmp_path / write(tmp_path, trained.parts))
    ranker = Ranker(bundle, beside.generation, beside.state, exploration=STILL)
    page = reasons(ranker, ask("similar", product_id="lamp-2", page_size=36))
    assert page["kettle-2"] == "clicked_together"
    assert "bought_together" not in page.values()
