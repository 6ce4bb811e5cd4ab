from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import Event, EventType, Page, Placed, Product, Query, Served, Surface
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.events import ServedLog
from baihuo.features import FeatureState, default_features
from baihuo.monitor.skew import SkewReport, skew

DAY_US = 86_400_000_000
START_US = 1_700_000_000_000_000
FEATURES = default_features()
PRODUCTS = [
    Product(product_id=f"p{i}", title_en=f"{i}", brand=f"b{i % 3}", category=("c",))
    for i in range(8)
]


def test_served_requests_replayed_through_the_sql_find_the_same_numbers(tmp_path: Path) -> None:
    events, served = _a_week(lag_us=0)
    report = _skew(events, served, tmp_path)
    assert report.n_pages == len(served)
    assert report.n_rows == 5 * len(served)
    assert report.n_values == report.n_rows * len(FEATURES.names)
    assert report.n_different == 0
    assert report.not_compared == ("price_position",)
    assert {one.name for one in report.by_feature} == set(FEATURES.names)


def test_a_worker_that_is_a_moment_behind_the_log_is_late_and_not_wrong(tmp_path: Path) -> None:
    events, served = _a_week(lag_us=1_500_000)
    report = _skew(events, served, tmp_path)
    assert report.n_different == 0
    assert sum(one.n_late for one in report.by_feature) > 10


def test_a_feature_that_serving_computes_differently_is_named_with_an_example(
    tmp_path: Path,
) -> None:
    events, served = _a_week(lag_us=0)
    wrong = FEATURES.names.index("own_clicks_28d")
    for one in served[:10]:
        one.features[:, wrong] += 1
    report = _skew(events, served, tmp_path)
    worst = report.worst()
    assert worst is not None
    assert worst.name == "own_clicks_28d"
    assert worst.n_different == report.n_different == 50
    assert worst.largest == 1
    assert report.differences[0].served == report.differences[0].recomputed + 1
    assert json.loads(report.to_json())["share_different"] == report.share_different > 0


def test_a_bot_seen_live_and_quarantined_later_is_counted_as_skew(tmp_path: Path) -> None:
    events, served = _a_week(lag_us=0)
    clean = [one for one in events if one.visitor_id != "v1"]
    report = _skew(clean, served, tmp_path)
    differing = {one.name for one in report.by_feature if one.n_different}
    assert "product_clicks_28d" in differing
    assert 0 < report.share_different < 1


def test_pages_of_an_older_feature_set_are_compared_where_names_meet(tmp_path: Path) -> None:
    events, served = _a_week(lag_us=0)
    old = replace(
        served[0],
        feature_names=("product_clicks_7d", "gone"),
        features=np.zeros((5, 2), np.float32),
        page=replace(served[0].page, query_id="old"),
    )
    report = _skew(events, [*served[1:], old], tmp_path)
    by_name = {one.name: one for one in report.by_feature}
    assert by_name["product_clicks_7d"].n_compared == by_name["product_clicks_28d"].n_compared + 5
    assert set(report.not_compared) == {"price_position", "gone"}


def test_nothing_served_is_no_skew(tmp_path: Path) -> None:
    report = _skew([], [], tmp_path)
    assert (report.n_rows, report.share_different, report.worst()) == (0, 0.0, None)


def test_a_hand_made_table_is_read_by_its_columns_alone(tmp_path: Path) -> None:
    click = Event(
        event_id="e",
        event_type=EventType.CLICK,
        visitor_id="v",
        product_id="p1",
        occurred_at_us=START_US,
        received_at_us=START_US,
    )
    served = tmp_path / "served.parquet"
    table = pa.table(
        {
            "query_id": ["q1", "q2", "q3"],
            "visitor_id": ["v", "v", "v"],
            "product_id": ["p1", "p1", "p2"],
            "query_text": ["", "", ""],
            "at_us": [START_US, START_US + 3_000_000, START_US + 3_000_000],
            "feature_names": [["own_clicks_28d"]] * 3,
            "features": pa.array([[0.0], [1.0], [7.0]], pa.list_(pa.float32())),
        }
    )
    pq.write_table(table, served)
    report = skew(
        DuckTables(threads=1),
        FEATURES,
        served=served,
        events=events_to_table([click]),
        products=products_to_table(PRODUCTS),
    )
    assert [(d.query_id, d.served, d.recomputed) for d in report.differences] == [("q3", 7.0, 0.0)]
    assert report.by_feature[0].n_compared == 3


def _a_week(*, lag_us: int) -> tuple[list[Event], list[Served]]:
    """Events, and pages whose features a state saw that was ``lag_us`` behind the log."""
    rng = np.random.default_rng(4)
    times = START_US + np.sort(rng.integers(0, 7 * DAY_US, 300))
    kinds = [EventType(k) for k in rng.choice(["click", "impression", "dwell", "purchase"], 300)]
    events = [
        Event(
            event_id=f"e{i}",
            event_type=kinds[i],
            visitor_id=f"v{rng.integers(4)}",
            occurred_at_us=0,
            received_at_us=int(times[i]),
            product_id=f"p{rng.integers(8)}",
            query_text=["hub", None][i % 2],
            dwell_ms=1000,
            price_minor=500,
        )
        for i in range(300)
    ]
    state, coming, served = FeatureState(FEATURES, PRODUCTS), list(events), []
    for i in range(5, 300, 5):
        at_us = events[i].received_at_us + 1_000_000
        while coming and coming[0].received_at_us < at_us - lag_us:
            state.apply(coming.pop(0))
        served.append(_page(state, f"q{i}", events[i].visitor_id, at_us))
    return events, served


def _page(state: FeatureState, query_id: str, visitor_id: str, at_us: int) -> Served:
    ids = [f"p{i}" for i in range(5)]
    values = state.matrix(visitor_id, state.rows_of(ids), query_text="Hub", at_us=at_us)
    query = Query(
        query_id=query_id,
        surface=Surface.SEARCH,
        visitor_id=visitor_id,
        at_us=at_us,
        query_text="Hub",
    )
    page = Page(
        query_id=query_id,
        surface="search",
        bundle_id="b",
        index_id="i",
        page=1,
        page_size=5,
        total=5,
        placed=tuple(
            Placed(product_id=p, position=i, score=0.0, propensity=None, reason="matches")
            for i, p in enumerate(ids, start=1)
        ),
    )
    return Served(
        query=query,
        page=page,
        order=tuple(ids),
        served_at_us=at_us,
        feature_names=(*FEATURES.names, "price_position"),
        features=np.column_stack([values, np.zeros(5, np.float32)]).astype(np.float32),
    )


def _skew(events: list[Event], served: list[Served], folder: Path) -> SkewReport:
    log = ServedLog(folder / "served.sqlite")
    for one in served:
        log.append(one)
    log.flush()
    log.to_parquet(folder / "served.parquet")
    log.close()
    return skew(
        DuckTables(threads=1),
        FEATURES,
        served=folder / "served.parquet",
        events=events_to_table(events),
        products=products_to_table(PRODUCTS),
    )
