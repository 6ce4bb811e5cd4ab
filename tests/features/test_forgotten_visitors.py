"""Serving forgets a visitor at once: nothing of them is left to read, and nobody else's numbers move."""

from __future__ import annotations

import numpy as np

from baihuo.core import Event, EventType, Product, VisitorBasics
from baihuo.features import FeatureState, default_features

DAY_US = 86_400_000_000
START_US = 20_000 * DAY_US
PRODUCTS = [Product(product_id=f"p{i}", brand=f"b{i % 3}", category=("c",)) for i in range(6)]


def clicks(visitor: str, day: int, n: int = 4) -> list[Event]:
    return [
        Event(
            event_id=f"{visitor}-{day}-{i}",
            event_type=(EventType.CLICK, EventType.PURCHASE)[i % 2],
            visitor_id=visitor,
            occurred_at_us=START_US + day * DAY_US + i,
            received_at_us=START_US + day * DAY_US + i,
            product_id=f"p{(day + i) % 6}",
        )
        for i in range(n)
    ]


def matrix(state: FeatureState, visitor: str, day: int) -> np.ndarray:
    rows = state.rows_of([p.product_id for p in PRODUCTS])
    return state.matrix(visitor, rows, at_us=START_US + day * DAY_US)


def test_a_forgotten_visitor_is_a_new_one_and_others_are_as_they_were() -> None:
    forgets, remembers = (FeatureState(default_features(), PRODUCTS) for _ in range(2))
    # past every window and half-life, so that what is left behind is dropped as well
    for day in (*range(60), *range(60, 6_000, 60)):
        for state in (forgets, remembers):
            for event in (*clicks("stays", day, 2), *(clicks("leaves", day) if day < 40 else [])):
                state.apply(event)
        if day == 20:
            forgets.remember("leaves", VisitorBasics(language="zh"), 0)
            forgets.forget("leaves")
            forgets.forget("nobody")
            assert forgets.history("leaves").is_empty
            assert not forgets.basics("leaves")
            assert not forgets.history("stays").is_empty
            unknown = matrix(forgets, "never seen", day)
            np.testing.assert_array_equal(matrix(forgets, "leaves", day), unknown)
        if day % 60 in (0, 21):
            np.testing.assert_array_equal(
                matrix(forgets, "stays", day), matrix(remembers, "stays", day)
            )
    assert forgets.n_visitors == remembers.n_visitors == 1
    assert (forgets.n_pairs, forgets.n_logged) == (remembers.n_pairs, remembers.n_logged)


def test_what_a_forgotten_visitor_does_next_is_a_new_beginning() -> None:
    state = FeatureState(default_features(), PRODUCTS)
    for event in clicks("leaves", 0, 4):
        state.apply(event)
    state.forget("leaves")
    state.apply(clicks("leaves", 1, 1)[0])
    history = state.history("leaves")
    assert [state.product_ids[row] for row in history.clicked_rows] == ["p1"]
    assert len(history.purchased_rows) == 0
