"""What moves popularity: visitors who were checked at once, others as far as is to be expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from baihuo.core import Event, EventType
from baihuo.events import Belief
from baihuo.features import FeatureState, FloodSettings, PopularityGate, default_features
from baihuo.features.online.parts import StateParts
from baihuo.features.online.product_table import TextVocabulary
from baihuo.features.spec.plan import HISTORY, make_plan

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
START_US = 1_700_000_000_000_000
KNOWN = [f"known-{i}" for i in range(200)]


def state_of(visitors: list[str] = KNOWN) -> FeatureState:
    """A state whose snapshot knows these visitors."""
    features = default_features()
    parts = StateParts.empty(make_plan(features, *HISTORY).blocks)
    parts.visitors = TextVocabulary(visitors)
    return FeatureState(features, parts=parts)


@pytest.fixture
def gate() -> PopularityGate:
    return PopularityGate(state_of(), FloodSettings())


def clicks(
    visitors: Iterator[str] | list[str], product: str = "p1", *, every_us: int = 1_000_000
) -> list[Event]:
    return [
        Event(
            event_id=f"{visitor}-{i}",
            event_type=EventType.CLICK,
            visitor_id=visitor,
            product_id=product,
            occurred_at_us=START_US + i * every_us,
            received_at_us=START_US + i * every_us,
        )
        for i, visitor in enumerate(visitors)
    ]


def value(gate: PopularityGate, name: str, product: str = "p1", visitor: str = "") -> float:
    state = gate._state
    row = state.rows_of([product])
    found = state.matrix(visitor, row, at_us=state.at_us)[0]
    return float(found[state.features.names.index(name)])


def test_a_flood_of_new_cookies_moves_no_popularity_and_its_own_pages_only(
    gate: PopularityGate,
) -> None:
    flood = clicks([f"cookie-{i}" for i in range(4_320)])
    n_counted = sum(gate.apply(event) for event in flood)
    assert n_counted <= 4
    assert value(gate, "product_clicks_28d") == n_counted
    assert value(gate, "own_clicks_28d", visitor="cookie-4000") == 1
    assert gate.held_per_hour(flood[-1].received_at_us)["product"] > 1_000


def test_what_known_visitors_want_rises_at_once_and_takes_new_visitors_along(
    gate: PopularityGate,
) -> None:
    mixed = [v for i in range(100) for v in (f"known-{i}", f"newcomer-{i}")]
    assert all(gate.apply(event) for event in clicks(mixed))
    assert value(gate, "product_clicks_28d") == 200


def test_one_known_visitor_counts_a_few_times_a_day(gate: PopularityGate) -> None:
    counted = [gate.apply(event) for event in clicks(["known-1"] * 500)]
    assert sum(counted) == 5
    assert value(gate, "product_clicks_28d") == 5
    assert value(gate, "own_clicks_28d", visitor="known-1") == 500


def test_what_its_sender_is_doubted_for_waits(gate: PopularityGate) -> None:
    (event,) = clicks(["known-1"])
    assert not gate.apply(event, Belief.DOUBTED)
    assert value(gate, "product_clicks_28d") == 0
    assert value(gate, "own_clicks_28d", visitor="known-1") == 1


def test_what_was_decided_before_stays_so(gate: PopularityGate) -> None:
    newcomers = clicks([f"newcomer-{i}" for i in range(50)])
    assert all(gate.apply(event, Belief.COUNTED) for event in newcomers)
    assert not any(gate.apply(event, Belief.HELD_BACK) for event in clicks(["known-1"]))
    assert value(gate, "product_clicks_28d") == 50


def test_a_product_that_only_newcomers_want_grows_by_a_factor_a_day(gate: PopularityGate) -> None:
    newcomers = (f"newcomer-{i}" for i in range(6_000))
    by_day = [0] * 6
    for event in clicks(newcomers, every_us=DAY_US // 1_000):
        by_day[(event.received_at_us - START_US) // DAY_US] += gate.apply(event)
    assert by_day[0] < 10  # of a thousand
    assert by_day[5] > 1.5 * by_day[1]


def test_orders_that_the_shops_server_vouches_for_count_in_any_case(gate: PopularityGate) -> None:
    events = clicks([f"newcomer-{i}" for i in range(50)])
    assert all(gate.apply(event, Belief.VOUCHED) for event in events)


def test_a_shop_without_a_past_holds_nothing_back() -> None:
    gate = PopularityGate(state_of(KNOWN[:99]), FloodSettings())
    assert all(gate.apply(event) for event in clicks([f"new-{i}" for i in range(50)]))


def test_holding_back_can_be_switched_off() -> None:
    gate = PopularityGate(state_of(), FloodSettings(hold_back=False))
    assert all(gate.apply(event) for event in clicks([f"new-{i}" for i in range(50)]))


def test_a_flood_costs_no_memory() -> None:
    gate = PopularityGate(state_of(), FloodSettings(remembered=100))
    for i, event in enumerate(clicks([f"new-{i}" for i in range(1_000)])):
        gate.apply(Event(**{**_values(event), "product_id": f"made-up-{i}"}))
    assert (
        max(len(gate._of_new), len(gate._of_known), len(gate._of_visitor), len(gate._usual)) <= 100
    )


def _values(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}
