from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.features.conftest import (
    DAY_US,
    EVERY_KIND,
    PRODUCTS,
    START_US,
    by_sql,
    by_state,
    looks,
    random_events,
)

from baihuo.core import BadInput, Conflict, Event, EventType, NotFound, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import SUMS, DuckTables
from baihuo.features import FeatureSet, FeatureState, Lookback, default_features, snapshot

BOTH = EVERY_KIND.with_features(*default_features().lookbacks, *default_features().derived)


@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a stream takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(0, 150),
    days=st.sampled_from([0.2, 3, 8, 120, 900]),
    cut=st.floats(0, 1),
)
@example(seed=4368, n=63, days=900, cut=0.0)  # a forgotten pair showed in a share
def test_sql_and_state_agree_on_any_stream_from_any_snapshot(
    seed: int, n: int, days: float, cut: float, tmp_path: Path
) -> None:
    events = random_events(seed, n, days=days)
    examples = looks(seed, events, 25)
    by_hand = by_sql(BOTH, events, examples, tmp_path)
    live = by_state(FeatureState(BOTH, PRODUCTS), events, examples)
    np.testing.assert_allclose(live, by_hand, rtol=1e-4, atol=1e-4)
    at_us = events[int(cut * (n - 1))].received_at_us if n else START_US
    state = _snapshot(events, at_us, tmp_path)
    after = by_state(state, events, examples, since_us=at_us)
    asked = ~np.isnan(after[:, 0])
    np.testing.assert_allclose(after[asked], by_hand[asked], rtol=1e-4, atol=1e-4)


def test_products_visitors_and_queries_unknown_to_the_snapshot_are_learnt_from_events(
    tmp_path: Path,
) -> None:
    events = random_events(11, 200, n_products=6)
    known = [
        one for one in events if one.product_id in (None, "p0", "p1") and one.visitor_id == "v0"
    ]
    known = [one for one in known if one.received_at_us < events[60].received_at_us]
    at_us = events[60].received_at_us
    stream = [*known, *(one for one in events if one.received_at_us >= at_us)]
    state = _snapshot(known, at_us, tmp_path, products=PRODUCTS[:2])
    state.apply(stream[len(known)])
    state.add_products(PRODUCTS[2:])
    examples = [one for one in looks(11, events, 60) if int(str(one["at_us"])) > at_us]
    found = by_state(state, stream[len(known) + 1 :], examples, since_us=at_us)
    np.testing.assert_allclose(
        found, by_sql(BOTH, stream, examples, tmp_path), rtol=1e-4, atol=1e-4
    )


def test_what_was_seen_of_a_product_counts_for_its_brand_once_the_catalogue_knows_it() -> None:
    state = FeatureState(EVERY_KIND)
    state.apply(_event(START_US))
    before = _row(state, "v", "p0", START_US + 1)
    state.add_products(PRODUCTS)
    after = _row(state, "v", "p0", START_US + 1)
    assert before["product_clicks_2h"] == after["product_clicks_2h"] == 1
    assert before["visitor_brand_clicks_2h"] == 0
    assert after["visitor_brand_clicks_2h"] == after["brand_touches_3d"] == 1
    # and it leaves the brand's window when its time is over
    assert _row(state, "v", "p0", START_US + 9 * DAY_US)["brand_touches_3d"] == 0


def test_an_event_received_out_of_order_counts_in_its_own_bucket_from_now_on() -> None:
    state = FeatureState(EVERY_KIND, PRODUCTS)
    now_us = START_US + 3 * DAY_US
    state.apply(_event(now_us))
    state.apply(_event(START_US))  # three days late: within three days, past two hours
    found = _row(state, "v", "p0", now_us + 1)
    assert found["product_touches_3d"] == 2
    assert found["product_clicks_2h"] == 1
    assert found["product_since_click"] == pytest.approx(0, abs=1e-6)
    assert _row(state, "v", "p0", now_us + DAY_US)["product_touches_3d"] == 1
    assert _row(state, "v", "p0", now_us + 4 * DAY_US)["product_touches_3d"] == 0


def test_visitors_of_whom_nothing_is_left_are_forgotten() -> None:
    state = FeatureState(default_features(), PRODUCTS)
    for day in range(1200):
        state.apply(
            replace(_event(START_US + day * DAY_US), visitor_id=f"v{day}", query_text=f"q{day}")
        )
        if day == 800:
            halfway = _sizes(state)
    assert max(_sizes(state)) <= max(halfway) * 1.1
    assert _sizes(state)[0] < 700  # visitors: a click is remembered for 27 half-lives of 14 days
    assert state.history("v0").is_empty


def test_years_of_a_short_half_life_stay_finite_and_right() -> None:
    one = Lookback(
        name="warm",
        entity=("product",),
        events=(EventType.CLICK,),
        aggregate="decayed",
        half_life_days=0.01,
    )
    state = FeatureState(FeatureSet((one,)), PRODUCTS)
    for day in range(4000):
        state.apply(_event(START_US + day * DAY_US))
    at_us = START_US + 3999 * DAY_US + DAY_US // 100
    assert _row(state, "v", "p0", at_us)["warm"] == pytest.approx(0.5)


def test_history_lists_each_product_once_and_the_newest_first() -> None:
    state = FeatureState(default_features(), PRODUCTS)
    for minute, product in enumerate(["p0", "p1", "p0", "p2"]):
        state.apply(replace(_event(START_US + minute * 60_000_000), product_id=product))
    state.apply(replace(_event(START_US + 10 * 60_000_000, EventType.PURCHASE), product_id="p5"))
    state.apply(replace(_event(START_US + 11 * 60_000_000, EventType.PURCHASE), product_id="p5"))
    history = state.history("v")
    ids = [state.product_ids[row] for row in history.clicked_rows]
    assert ids == ["p2", "p0", "p1"]
    assert [state.product_ids[row] for row in history.state_rows] == ["p5", "p2", "p0", "p1"]
    assert history.n_purchases == 2
    assert history.purchased_weight == pytest.approx([2], rel=1e-3)
    assert not history.is_empty
    assert state.history("nobody").is_empty


def test_history_has_what_stood_at_the_top_of_searches() -> None:
    state = FeatureState(default_features(), PRODUCTS)
    places: list[tuple[str, int | None]] = [
        ("search", 1),
        ("search", 4),
        ("home", 1),
        ("search", None),
        ("search", 3),
    ]
    for i, (surface, position) in enumerate(places):
        impression = _event(START_US + i, EventType.IMPRESSION)
        state.apply(replace(impression, product_id=f"p{i}", surface=surface, position=position))
    history = state.history("v")
    assert [state.product_ids[row] for row in history.searched_rows] == ["p4", "p0"]
    assert history.searched_at_us.tolist() == [START_US + 4, START_US]
    assert not history.is_empty
    assert not len(history.state_rows)  # nothing was touched


def test_a_click_changes_that_visitor_and_nobody_else() -> None:
    state = FeatureState(default_features(), PRODUCTS)
    rows = state.rows_of(["p0", "p3", "p1"])
    before = {v: state.matrix(v, rows, at_us=START_US + 2) for v in ("v", "w")}
    state.apply(_event(START_US + 1))
    names = [n for n in default_features().names if n.startswith(("own", "visitor", "brand"))]
    columns = [default_features().names.index(n) for n in names]
    assert not np.array_equal(
        before["v"][:, columns], state.matrix("v", rows, at_us=START_US + 2)[:, columns]
    )
    np.testing.assert_array_equal(
        before["w"][:, columns], state.matrix("w", rows, at_us=START_US + 2)[:, columns]
    )


def test_a_product_nobody_knows_is_row_zero_and_has_no_past() -> None:
    state = FeatureState(EVERY_KIND, PRODUCTS)
    state.apply(_event(START_US))
    assert state.rows_of(["?", "p0"]).tolist() == [0, 1]
    assert _row(state, "v", "?", START_US + 1)["visitor_product_touches_3d"] == 0


def test_requests_and_events_may_come_from_several_threads() -> None:
    state = FeatureState(default_features(), PRODUCTS)
    rows, failures = state.rows_of(["p0", "p1"]), []

    def ask() -> None:
        try:
            for i in range(200):
                assert np.isfinite(
                    state.matrix(f"v{i % 7}", rows, at_us=START_US + i * 10**8)
                ).all()
        except Exception as error:
            failures.append(error)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for i in range(600):
        state.apply(replace(_event(START_US + i * 10**8 // 3), visitor_id=f"v{i % 7}"))
    for asker in askers:
        asker.join(timeout=60)
    assert not failures


def test_a_snapshot_of_other_declarations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FeatureState.load(tmp_path / "state", BOTH)
    _snapshot([], START_US, tmp_path)
    with pytest.raises(Conflict):
        FeatureState.load(tmp_path / "state", default_features())


def test_a_snapshot_of_a_version_that_remembers_other_things_is_refused(tmp_path: Path) -> None:
    _snapshot([], START_US, tmp_path)
    file = tmp_path / "state" / "meta.json"
    meta = json.loads(file.read_text())
    file.with_name(SUMS).unlink()  # that version sealed nothing
    del meta["sealed"]
    for older in ({**meta, "history": meta["history"][:5]}, {**meta, "history": None}):
        file.write_text(json.dumps(older))
        with pytest.raises(Conflict, match="of a version with other data") as refused:
            FeatureState.load(tmp_path / "state", BOTH)
        assert refused.value.fix == "run: baihuo features"


@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_changed_byte_of_a_snapshot_is_an_error_that_names_the_file(
    tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "state"
    if not folder.exists():
        _snapshot(random_events(3, 60), START_US, tmp_path)
    name = data.draw(st.sampled_from(sorted(f.name for f in folder.iterdir())))
    whole = (folder / name).read_bytes()
    damaged = bytearray(whole)
    damaged[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / name).write_bytes(damaged)
    with pytest.raises(
        BadInput, match=re.escape(f"{folder} is damaged: {name} was changed")
    ) as found:
        FeatureState.load(folder, BOTH)
    assert "baihuo features" in found.value.fix
    (folder / name).write_bytes(whole)
    FeatureState.load(folder, BOTH)


def test_a_snapshot_says_how_far_into_the_live_log_it_reaches(tmp_path: Path) -> None:
    events = random_events(1, 30)
    assert _snapshot(events, events[10].received_at_us, tmp_path).last_seq in (9, 10)
    assert _snapshot([], START_US, tmp_path).last_seq == 0


def test_two_hundred_products_with_every_feature_cost_little_more_than_ten() -> None:
    """A page scores hundreds: a loop over products would take twenty times as long for them."""
    products = [
        Product(product_id=f"p{i}", title_en="x", brand=f"b{i % 50}", category=("c",))
        for i in range(5000)
    ]
    state = FeatureState(default_features(), products)
    for i in range(4000):
        state.apply(
            replace(_event(START_US + i * 10**6), product_id=f"p{i * 7 % 5000}", query_text="x")
        )

    def fastest_s(n: int) -> float:
        rows, took = state.rows_of([f"p{i}" for i in range(n)]), []
        for i in range(50):
            begin = time.perf_counter()
            state.matrix("v", rows, query_text="x", at_us=START_US + 10**11 + i)
            took.append(time.perf_counter() - begin)
        return min(took)

    assert fastest_s(200) < 5 * fastest_s(10)


def _snapshot(
    events: list[Event], at_us: int, folder: Path, products: tuple[Product, ...] = PRODUCTS
) -> FeatureState:
    snapshot(
        DuckTables(threads=1),
        BOTH,
        events=events_to_table(events),
        products=products_to_table(products),
        at_us=at_us,
        out=folder / "state",
    )
    return FeatureState.load(folder / "state", BOTH)


def _event(at_us: int, event_type: EventType = EventType.CLICK) -> Event:
    return Event(
        event_id=f"e{at_us}",
        event_type=event_type,
        visitor_id="v",
        product_id="p0",
        occurred_at_us=at_us,
        received_at_us=at_us,
    )


def _row(state: FeatureState, visitor: str, product: str, at_us: int) -> dict[str, float]:
    values = state.matrix(visitor, state.rows_of([product]), at_us=at_us)[0]
    return dict(zip(state.features.names, values.tolist(), strict=True))


def _sizes(state: FeatureState) -> tuple[int, ...]:
    return state.n_visitors, state.n_queries, state.n_pairs, state.n_logged
