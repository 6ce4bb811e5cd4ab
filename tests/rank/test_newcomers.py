"""The home page of somebody who touched nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from baihuo.bundle import Bundle, newcomer_parts, write
from baihuo.core import Event, EventType, Product, Query, VisitorBasics
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.models import NewcomerOrder
from baihuo.rank import Ranker
from baihuo.rank.exploration import NO_EXPLORATION

from .conftest import NOW_US, event

Ask = Callable[..., Query]


@pytest.fixture
def bundle(products: list[Product], tmp_path: Path) -> Bundle:
    """Mugs are clicked far more than their places explain; the region XX loves electronics."""
    ids = np.array([p.product_id for p in products], dtype=object)
    appeal = np.array([8.0 if p.category[1] == "mug" else 1.0 for p in products], np.float32)
    loved = {"region": {"XX": {"Electronics": 9.0, "Kitchen": -9.0}}}
    order = NewcomerOrder(ids, appeal, 6.0, 1.0, 1.0, loved)
    return Bundle.open(tmp_path / write(tmp_path, newcomer_parts(order)))


@pytest.fixture
def newcomer_ranker(bundle: Bundle, generation: Generation, state: FeatureState) -> Ranker:
    return Ranker(bundle, generation, state, seed=1, exploration=NO_EXPLORATION)


def tops(ranker: Ranker, query: Query, n: int = 3) -> list[str]:
    return [p.product_id.split("-")[0] for p in ranker.page(query).page.placed[:n]]


def test_what_places_do_not_explain_comes_first_for_somebody_unknown(
    newcomer_ranker: Ranker, ask: Ask
) -> None:
    served = newcomer_ranker.page(ask())
    assert tops(newcomer_ranker, ask()) == ["mug"] * 3
    assert served.page.order == "learned:newcomers"
    # learned of earlier pages: nobody clicks mugs now, so none is called popular now
    assert {p.reason for p in served.page.placed[:3]} == {"in_catalogue"}
    assert len({p.product_id for p in served.page.placed}) == len(served.page.placed) == 24


def test_declared_interests_and_the_region_decide_the_first_page(
    newcomer_ranker: Ranker, ask: Ask, products: list[Product]
) -> None:
    declared = VisitorBasics(interests=("headphones",))
    assert tops(newcomer_ranker, ask(basics=declared)) == ["headphones"] * 3
    group = {p.product_id: p.category[0] for p in products}
    page = newcomer_ranker.page(ask(basics=VisitorBasics(region="XX"))).page
    assert {group[p.product_id] for p in page.placed} == {"Electronics"}
    nothing = VisitorBasics(region="YY", interests=("unheard of",))
    assert newcomer_ranker.page(ask(basics=nothing)).order == newcomer_ranker.page(ask()).order


def test_what_was_said_at_sign_up_counts_on_later_pages_until_something_is_clicked(
    newcomer_ranker: Ranker, state: FeatureState, ask: Ask
) -> None:
    state.apply(
        Event(
            event_id="p",
            event_type=EventType.PROFILE,
            visitor_id="signed up",
            occurred_at_us=NOW_US,
            received_at_us=NOW_US,
            interests="headphones | unheard of",
        )
    )
    query = ask(visitor_id="signed up")
    assert tops(newcomer_ranker, query) == ["headphones"] * 3
    state.apply(event(EventType.CLICK, "signed up", "kettle-acme-red", NOW_US + 1))
    served = newcomer_ranker.page(query)
    assert served.page.order == "fused"
    assert served.page.placed[0].product_id.startswith("kettle")


def test_what_somebody_searched_for_comes_first_before_anything_is_clicked(
    newcomer_ranker: Ranker, state: FeatureState, ask: Ask
) -> None:
    def seen(product_id: str, position: int, surface: str = "search") -> None:
        place = {"surface": surface, "position": position}
        state.apply(event(EventType.IMPRESSION, "searches", product_id, NOW_US, **place))

    query = ask(visitor_id="searches")
    for position, colour in enumerate(("red", "blue", "green"), start=1):
        seen(f"kettle-acme-{colour}", position + 3)  # too far down to say what was meant
        seen(f"phone-acme-{colour}", position, "home")  # nobody searched for these
    assert tops(newcomer_ranker, query) == ["mug"] * 3
    for position, colour in enumerate(("red", "blue", "green"), start=1):
        seen(f"headphones-acme-{colour}", position)
    assert tops(newcomer_ranker, query) == ["headphones"] * 3
    placed = newcomer_ranker.page(query).page.placed
    for p in placed:
        assert (p.reason == "searched_for") == p.product_id.startswith("headphones")
    assert tops(newcomer_ranker, ask(visitor_id="somebody else")) == ["mug"] * 3
    assert newcomer_ranker.page(query).page.order == "learned:newcomers"


def test_a_shop_that_switches_learning_off_on_home_gets_what_is_popular(
    bundle: Bundle, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    state.apply(event(EventType.PURCHASE, "a", "teapot-acme-red", NOW_US, quantity=1))
    plain = Ranker(bundle, generation, state, order_switches={"home": "fused"})
    without = Ranker(None, generation, state)
    query = ask(basics=VisitorBasics(interests=("headphones",)))
    assert plain.page(query).order == without.page(query).order
    assert plain.page(query).page.order == "fused"
