"""Exploration in a search: only products that are as much of an answer take each other's places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from tests.rank.test_pages import ids, stored

from baihuo.bundle import Bundle
from baihuo.core import Product, Query
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.rank import Exploration, Ranker

Ask = Callable[..., Query]
LIVELY = Exploration(swap_probability=0.4, slot_probability=0.9)


@pytest.fixture
def lively(purchases_bundle: Bundle, generation: Generation, state: FeatureState) -> Ranker:
    """Words alone order its searches."""
    return Ranker(purchases_bundle, generation, state, exploration=LIVELY)


def pages(ranker: Ranker, ask: Ask, text: str, *, page_size: int, n: int) -> list[list[str]]:
    return [
        ids(ranker.page(ask("search", query_id=f"q{i}", query_text=text, page_size=page_size)))
        for i in range(n)
    ]


@pytest.mark.parametrize("page_size", [2, 5, 8])
@pytest.mark.parametrize("text", ["acme kettle", "red kettle", "kettle acme black"])
def test_no_page_has_a_product_before_one_with_more_of_the_words(
    lively: Ranker, ask: Ask, text: str, page_size: int
) -> None:
    words = text.split()
    for page in pages(lively, ask, text, page_size=page_size, n=60):
        had = [sum(word in product_id.split("-") for word in words) for product_id in page]
        assert had == sorted(had, reverse=True)


def test_equal_products_do_move_and_come_from_further_down(lively: Ranker, ask: Ask) -> None:
    drawn = pages(lively, ask, "kettle", page_size=4, n=200)
    assert len({page[0] for page in drawn}) > 5
    assert len({product_id for page in drawn for product_id in page}) == 20  # all kettles
    assert all(product_id.startswith("kettle") for page in drawn for product_id in page)


@pytest.mark.parametrize("page_size", [2, 8])
def test_the_propensity_is_how_often_a_product_stands_there(
    lively: Ranker, ask: Ask, page_size: int
) -> None:
    n, counts, claimed = 700, Counter[tuple[str, int]](), dict[tuple[str, int], float]()
    for i in range(n):
        query = ask("search", query_id=f"q{i}", query_text="acme kettle", page_size=page_size)
        for placed in lively.page(query).page.placed:
            counts[placed.product_id, placed.position] += 1
            claimed[placed.product_id, placed.position] = placed.propensity or 0.0
    for at, propensity in claimed.items():
        assert counts[at] / n == pytest.approx(propensity, abs=0.08), at


def test_a_later_page_repeats_the_draw_of_the_first(lively: Ranker, ask: Ask) -> None:
    for i in range(20):
        query = ask("search", query_id=f"q{i}", query_text="kettle acme black", page_size=4)
        first = lively.page(query)
        later = lively.page(
            ask("search", query_id=f"q{i}", query_text="kettle acme black", page_size=4, page=2),
            continued=stored(first),
        )
        both = ids(first) + ids(later)
        assert both == list(first.order[: len(both)])
        assert len(set(both)) == len(both)


def test_products_of_a_lower_tier_stay_where_they_are(
    purchases_bundle: Bundle,
    generation: Generation,
    state: FeatureState,
    products: list[Product],
    ask: Ask,
) -> None:
    for colour in ("red", "blue"):
        generation.set_offer(generation.row_of[f"kettle-acme-{colour}"], stock_units=0)
    ranker = Ranker(purchases_bundle, generation, state, exploration=LIVELY)
    for page in pages(ranker, ask, "acme kettle", page_size=5, n=60):
        assert {i.rsplit("-", 1)[1] for i in page[:3]} == {"green", "black", "white"}
