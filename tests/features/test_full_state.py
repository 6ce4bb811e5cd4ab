"""A flood of made up visitors takes no more memory than the state is allowed, and takes nothing from visitors who are known."""

from __future__ import annotations

import numpy as np
from tests.features.conftest import DAY_US, EVERY_KIND, PRODUCTS, START_US

from baihuo.core import Event, EventType, VisitorBasics
from baihuo.features import FeatureState

_ROWS = [f"p{i}" for i in range(6)]


def _click(i: int, visitor_id: str, product_id: str, query_text: str | None = None) -> Event:
    at_us = START_US + i * 1_000
    return Event(
        event_id=f"e{i}",
        event_type=EventType.CLICK,
        visitor_id=visitor_id,
        occurred_at_us=at_us,
        received_at_us=at_us,
        product_id=product_id,
        query_text=query_text,
    )


def _seen(state: FeatureState, visitor_id: str, query_text: str) -> np.ndarray:
    rows = state.rows_of(_ROWS)
    return state.matrix(visitor_id, rows, query_text=query_text, at_us=START_US + DAY_US // 24)


def _flood(state: FeatureState, first: int, n: int) -> None:
    for i in range(first, first + n):
        state.apply(_click(i, f"made-up-{i}", f"p{i % 6}", f"words {i}"))
        state.remember(f"made-up-{i}", VisitorBasics(platform="web"), 0)
        state.apply(_click(i, f"made-up-{i}", f"unknown-{i}"))


def test_a_flood_takes_no_more_than_it_may() -> None:
    state = FeatureState(EVERY_KIND, PRODUCTS, most_new=500)
    _flood(state, 0, 400)
    n_new, n_logged, n_products = state.n_new, state.n_logged, len(state.product_ids)
    assert 500 <= n_new < 600  # the event that fills it still counts as a whole
    _flood(state, 400, 5_000)
    assert (state.n_new, state.n_logged, len(state.product_ids)) == (n_new, n_logged, n_products)
    assert state.n_left_out > 10_000
    assert state.is_full


def test_a_known_visitor_is_counted_as_ever_in_a_full_state() -> None:
    full, free = (FeatureState(EVERY_KIND, PRODUCTS, most_new=n) for n in (300, None))
    for state in (full, free):
        state.apply(_click(0, "anna", "p1", "lamp"))
    _flood(full, 1, 200)
    assert full.is_full
    for state in (full, free):
        for i in range(1_000, 1_005):
            state.apply(_click(i, "anna", "p1", "lamp"))
    anna = [n for n in EVERY_KIND.names if n.startswith("visitor_")]
    columns = [EVERY_KIND.names.index(n) for n in anna]
    expected = _seen(free, "anna", "lamp")[:, columns]
    assert expected.any()
    np.testing.assert_array_equal(_seen(full, "anna", "lamp")[:, columns], expected)


def test_one_known_visitor_cannot_fill_the_log_of_windows_either() -> None:
    state = FeatureState(EVERY_KIND, PRODUCTS, most_new=50)
    state.apply(_click(0, "anna", "p1"))
    _flood(state, 1, 30)
    for i in range(100, 2_000):
        state.apply(_click(i, "anna", "p1"))
    assert state.n_logged <= 4 * 50 + 100


def test_a_state_without_a_limit_leaves_nothing_out() -> None:
    state = FeatureState(EVERY_KIND, PRODUCTS)
    _flood(state, 0, 300)
    assert (state.n_left_out, state.is_full) == (0, False)
