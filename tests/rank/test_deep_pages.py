"""Deep pages while price and stock change, and products leave: nothing twice, nothing missing, nothing that filters leave out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rank.test_pages import ids, stored

from baihuo.core import Filters, Product, Query, Sort
from baihuo.encode import Encoders
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation
from baihuo.rank import Ranker

Ask = Callable[..., Query]
_MOST_MINOR = 40_000

changes = st.lists(
    st.tuples(st.integers(0, 119), st.sampled_from(["sold out", "back", "dear", "cheap", "gone"])),
    max_size=6,
)


@pytest.fixture
def new_ranker(index: Path, encoders: Encoders, products: list[Product]) -> Callable[[], Ranker]:
    """A ranker of its own for each example, since examples change prices and stock."""

    def make() -> Ranker:
        state = FeatureState(default_features(), products)
        return Ranker(None, Generation.open(index, encoders), state, seed=1)

    return make


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(changes, min_size=1, max_size=6),
    st.tuples(
        st.sampled_from([("", 120), ("acme", 30), ("kettle under 45", 20)]),
        st.sampled_from(list(Sort)),
        st.sampled_from(
            [
                Filters(),
                Filters(in_stock=True),
                Filters(price_max_minor=_MOST_MINOR),
                Filters(where="in_stock:true AND NOT price:[400.01 TO *]"),
            ]
        ),
    ),
    st.integers(7, 20),
)
def test_deep_pages_repeat_and_skip_nothing_while_stock_changes(
    new_ranker: Callable[[], Ranker],
    ask: Ask,
    between_pages: list[list[tuple[int, str]]],
    asked: tuple[tuple[str, int], Sort, Filters],
    page_size: int,
) -> None:
    ranker = new_ranker()
    generation = ranker.generation
    (text, n_matching), sort, filters = asked
    query = {"query_text": text, "sort": sort, "filters": filters, "page_size": page_size}
    product_ids = [str(product_id) for product_id in generation.product_ids]
    now = {i: (int(generation.snapshot.price_minor[row]), 5) for row, i in enumerate(product_ids)}
    matches = {i for i in now if not text or text.split()[0] in i}
    assert len(matches) == n_matching
    limit = 4_500 if "under 45" in text else 10**9
    if filters.price_max_minor is not None:
        limit = _MOST_MINOR  # a price of the filters replaces the one in the words
    elif filters.where:
        limit = min(limit, _MOST_MINOR)
    wants_stock = filters.in_stock or "in_stock" in filters.where

    def passes(product_id: str) -> bool:
        price, stock = now.get(product_id, (10**9, 0))
        return price <= limit and (stock > 0 or not wants_stock) and product_id in now

    always = {i for i in matches if passes(i)}
    first = ranker.page(ask("search", **query))
    assert first.page.total == len(always)
    shown = ids(first)
    for n in range(2, 60):
        for row, what in between_pages[n - 2] if n - 2 < len(between_pages) else ():
            change(generation, now, product_ids[row], what)
        always = {i for i in always if passes(i)}
        page = ids(ranker.page(ask("search", **query, page=n), continued=stored(first)))
        assert all(map(passes, page)), "a filter leaks"
        shown += page
        if (n - 1) * page_size > n_matching:
            break
    assert len(shown) == len(set(shown)), "a product is on two pages"
    assert always <= set(shown), "a product is on no page"


def change(
    generation: Generation, now: dict[str, tuple[int, int]], product_id: str, what: str
) -> None:
    if product_id not in now:
        return
    price, stock = now[product_id]
    if what == "gone":
        generation.remove([product_id])
        del now[product_id]
        return
    now[product_id] = {
        "sold out": (price, 0),
        "back": (price, 5),
        "dear": (90_000, stock),
        "cheap": (100, stock),
    }[what]
    price, stock = now[product_id]
    generation.set_offer(generation.row_of[product_id], price_minor=price, stock_units=stock)


def test_a_page_says_how_many_products_no_longer_pass(
    generation: Generation, products: list[Product], ask: Ask
) -> None:
    ranker = Ranker(None, generation, FeatureState(default_features(), products), seed=1)
    query = ask("search", query_text="kettle", page_size=10, filters=Filters(in_stock=True))
    first = ranker.page(query)
    sold_out = first.order[12]
    generation.set_offer(generation.row_of[sold_out], stock_units=0)
    second = ranker.page(
        ask("search", query_text="kettle", page_size=10, filters=Filters(in_stock=True), page=2),
        continued=stored(first),
    )
    assert sold_out not in ids(second)
    assert [p.position for p in second.page.placed] == [11, 12, *range(14, 21)]
    assert "changed:1" in second.page.notes


@pytest.mark.parametrize("sort", list(Sort))
def test_equal_products_keep_one_order(
    generation: Generation, products: list[Product], ask: Ask, sort: Sort
) -> None:
    """With equal prices and dates, the order is that of relevance, and the same for every page size."""
    for row in range(generation.n):
        generation.set_offer(row, price_minor=500)
    ranker = Ranker(None, generation, FeatureState(default_features(), products), seed=1)
    orders = [
        ranker.page(ask("search", query_text="acme", sort=sort, page_size=size)).order
        for size in (7, 7, 24)
    ]
    assert orders[0] == orders[1]
    if sort is not Sort.RELEVANCE:  # by relevance, exploration depends on the size of a page
        assert orders[0] == orders[2]
    if sort in (Sort.PRICE_ASC, Sort.PRICE_DESC):
        by_relevance = ranker.page(
            ask("search", query_text="acme", sort=Sort.PRICE_DESC, page_size=24)
        ).order
        assert orders[0] == by_relevance
