"""Pages ordered by click models whose taste is known: cheap things, and what one clicked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.click_bundles import linear_click_parts
from tests.rank.conftest import NOW_US, event
from tests.rank.test_pages import ids, stored

from baihuo.bundle import Bundle, write
from baihuo.core import BadInput, EventType, Query
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation
from baihuo.model_inputs import click_columns
from baihuo.models import Network
from baihuo.rank import Beside, Exploration, Ranker

Ask = Callable[..., Query]
STILL = Exploration(swap_probability=0, slot_probability=0)


def bundle_of(folder: Path, columns: tuple[str, ...], order_by: dict[str, str]) -> Bundle:
    parts = linear_click_parts(columns, order_by, {"price_log": -1.0, "taste_clicked": 8.0})
    return Bundle.open(folder / write(folder, parts))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    columns = click_columns(default_features())
    everywhere = {"search": "network", "home": "network", "similar": "network"}
    return bundle_of(tmp_path, columns, everywhere)


@pytest.fixture
def clicked(bundle: Bundle, generation: Generation, state: FeatureState) -> Ranker:
    return Ranker(bundle, generation, state, exploration=STILL)


def test_the_models_taste_orders_searches_and_home_pages_it_was_let_on(
    clicked: Ranker, ask: Ask
) -> None:
    generation = clicked.generation
    for query in (ask("search", query_text="acme"), ask("home", visitor_id="v1")):
        served = clicked.page(query)
        prices = np.array(
            [generation.product(generation.row_of[i]).price_minor for i in ids(served)]
        )
        # Diversity moves single products; as a whole the cheap stand first.
        assert np.median(prices[:8]) < np.median(prices[-8:])
        assert served.page.notes == ()


def test_beside_a_product_the_model_has_a_vote_and_similar_products_stay_similar(
    clicked: Ranker, bundle: Bundle, state: FeatureState, ask: Ask
) -> None:
    """Mugs are cheap, and the model likes nothing else; beside a phone only cheaper phones may move up."""
    switches = {"similar": "fused"}
    plain = Ranker(bundle, clicked.generation, state, exploration=STILL, order_switches=switches)
    query = ask("similar", product_id="phone-dorado-white", page_size=40)
    n_phones, place_of_dear = (
        {},
        {},
    )  # of the first eight; how far below the cheap phones the dear ones stand
    for name, ranker in (("plain", plain), ("clicks", clicked)):
        found = ids(ranker.page(query))
        n_phones[name] = sum(i.startswith("phone") for i in found[:8])
        phones = [i for i in found if i.startswith("phone")]
        prices = clicked.generation.snapshot.price_minor[
            [clicked.generation.row_of[i] for i in phones]
        ]
        place_of_dear[name] = np.corrcoef(np.arange(len(phones)), prices)[0, 1]
    assert n_phones["clicks"] >= n_phones["plain"] > 5
    assert place_of_dear["clicks"] > place_of_dear["plain"] + 0.05


def test_the_home_page_of_somebody_unknown_is_ordered_without_click_models_and_says_so(
    clicked: Ranker, bundle: Bundle, state: FeatureState, ask: Ask
) -> None:
    switches = {"home": "fused"}
    plain = Ranker(bundle, clicked.generation, state, exploration=STILL, order_switches=switches)
    served = clicked.page(ask("home"))
    assert served.page.order == "fused"
    assert ids(served) == ids(plain.page(ask("home")))
    known = clicked.page(ask("home", visitor_id="v1"))
    assert known.page.order == "learned:network"
    assert ids(known) != ids(plain.page(ask("home", visitor_id="v1")))


def test_the_score_on_the_page_is_the_calibrated_probability(clicked: Ranker, ask: Ask) -> None:
    generation = clicked.generation
    first = clicked.page(ask("search", query_text="acme", page_size=10))
    second = clicked.page(
        ask("search", query_text="acme", page_size=10, page=2), continued=stored(first)
    )
    for placed in (*first.page.placed, *second.page.placed):
        price = generation.product(generation.row_of[placed.product_id]).price_minor or 0
        squashed = min(np.log1p(np.log1p(price)), 6.0)
        odds = -1.0 * squashed - 1.0 - 2.0
        assert placed.score == pytest.approx(1 / (1 + np.exp(-odds)), rel=1e-4)


def test_features_on_the_page_are_those_that_the_model_read(clicked: Ranker, ask: Ask) -> None:
    served = clicked.page(ask("home", visitor_id="v1", page_size=10))
    models = clicked.clicks
    assert models is not None
    again = models.score("home", served.features).p_click
    assert [p.score for p in served.page.placed] == pytest.approx(again.tolist())


@pytest.mark.parametrize(
    "wanted",
    [
        {"surface": "search", "query_text": "acme"},
        {"surface": "home", "visitor_id": "v1"},
        {"surface": "similar", "product_id": "phone-dorado-white"},
    ],
)
@pytest.mark.parametrize("order", ["network", "fused"])
def test_products_beside_a_page_are_predicted_in_its_call_and_change_nothing_on_it(
    clicked: Ranker,
    bundle: Bundle,
    state: FeatureState,
    ask: Ask,
    wanted: dict[str, str],
    order: str,
) -> None:
    generation = clicked.generation
    if order == "fused":
        switches = {"home": "fused", "similar": "fused", "search": "relevance"}
        clicked = Ranker(bundle, generation, state, exploration=STILL, order_switches=switches)
    query = ask(**wanted)
    alone = clicked.page(query)
    rows = [generation.row_of[i] for i in (ids(alone)[0], "mug-acme-red", "mug-acme-red")]
    context = clicked.context(query)
    context.beside = beside = Beside(lambda: np.array(rows, np.int32))
    served = clicked.page(query, context=context)
    assert ids(served) == ids(alone)
    assert [p.score for p in served.page.placed] == pytest.approx(
        [p.score for p in alone.page.placed], rel=1e-6
    )
    assert beside.features is not None
    assert beside.p_click is not None
    assert len(beside.features) == len(beside.p_click) == beside.n_page + 3
    np.testing.assert_array_equal(beside.features[-1], beside.features[-2])
    assert beside.p_click[-3] == pytest.approx(alone.page.placed[0].score, rel=1e-6)


def test_a_click_pulls_the_next_page_towards_it(clicked: Ranker, ask: Ask) -> None:
    before = ids(clicked.page(ask("home", page_size=12)))
    clicked.state.apply(event(EventType.CLICK, "nobody", "headphones-acme-red", NOW_US))
    after = ids(clicked.page(ask("home", page_size=12)))
    assert sum(i.startswith("headphones") for i in after) > sum(
        i.startswith("headphones") for i in before
    )


def test_a_surface_the_gate_kept_from_the_model_is_ordered_without_it(
    tmp_path: Path, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    columns = click_columns(default_features())
    kept_back = bundle_of(
        tmp_path, columns, {"search": "relevance", "home": "popularity", "similar": "network"}
    )
    with_models = Ranker(kept_back, generation, state, exploration=STILL)
    without = Ranker(None, generation, state, exploration=STILL)
    for query in (ask("search", query_text="acme kettle"), ask("home", visitor_id="v1")):
        assert with_models.page(query).order == without.page(query).order
    beside = ask("similar", product_id="mug-acme-red")
    assert with_models.page(beside).order != without.page(beside).order


def test_a_model_that_fails_leaves_relevance_and_says_so(
    clicked: Ranker, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the model fell over")

    monkeypatch.setattr(Network, "probabilities", fail)
    query = ask("search", query_text="acme kettle", explain=True)
    assert clicked.clicks is not None
    with pytest.raises(RuntimeError):
        clicked.clicks.probabilities(np.zeros((1, len(clicked.clicks.columns)), np.float32))
    served = clicked.page(query)
    assert {i.split("-")[0] for i in ids(served)[:5]} == {"kettle"}
    assert {"degraded:click_model", "degraded:click_model_scorer"} <= set(served.page.notes)


def test_a_bundle_that_reads_unknown_columns_is_refused_at_once(
    tmp_path: Path, generation: Generation, state: FeatureState
) -> None:
    columns = (*click_columns(default_features()), "phase_of_the_moon")
    strange = bundle_of(tmp_path, columns, {"search": "network"})
    with pytest.raises(BadInput, match="phase_of_the_moon"):
        Ranker(strange, generation, state)


def test_a_model_orders_within_what_was_asked_for_and_the_sold_out_stay_last(
    clicked: Ranker, ask: Ask
) -> None:
    generation = clicked.generation
    kinds = {generation.product(r).category[-1] for r in range(generation.n)}
    kind = min(kinds)
    cheapest = min(
        (generation.product(r) for r in range(generation.n)),
        key=lambda p: (p.category[-1] != kind, p.price_minor),
    )
    generation.set_offer(generation.row_of[cheapest.product_id], stock_units=0)
    placed = [
        generation.product(generation.row_of[i])
        for i in ids(clicked.page(ask("search", query_text=f"red {kind}", page_size=48)))
    ]
    of_kind = [p for p in placed if p.category[-1] == kind]
    is_red = [p.attributes["Colour"] == "red" for p in of_kind if p.stock_units]
    assert is_red == sorted(is_red, reverse=True)
    assert True in is_red
    assert False in is_red
    assert placed[-1].product_id == cheapest.product_id


def test_exploration_leaves_sold_out_products_behind_and_its_draw_can_be_repeated(
    bundle: Bundle, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    ranker = Ranker(
        bundle,
        generation,
        state,
        exploration=Exploration(swap_probability=0.5, slot_probability=0.9),
    )
    mugs = [p for p in generation.row_of if p.startswith("mug-")]
    gone = set(mugs[::2])
    for product_id in gone:
        generation.set_offer(generation.row_of[product_id], stock_units=0)
    moved = 0
    for number in range(20):
        query = ask("search", query_text="mug", query_id=f"q{number}", page_size=6)
        first = ranker.page(query)
        order = [i for i in first.order if i in mugs]
        is_gone = [i in gone for i in order]
        assert is_gone == sorted(is_gone)
        moved += any(p.propensity != 1 for p in first.page.placed)
        again = ranker.page(replace(query, page=1), continued=stored(first))
        assert [p.propensity for p in again.page.placed] == pytest.approx(
            [p.propensity for p in first.page.placed]
        )
    assert moved
