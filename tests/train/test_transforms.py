"""Transforms from the file to the page: no answer in them, and serving makes what training read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.bundle import Bundle, open_transforms, write
from baihuo.core import Query, ShopPaths, Surface
from baihuo.core.tables import table_to_events, table_to_products
from baihuo.features import FeatureState
from baihuo.features.spec.file import FeaturesFile, parse_features
from baihuo.model_inputs import ModelRequest, TransformedColumns, page_groups, visits
from baihuo.rank import Exploration, Ranker
from baihuo.train import ClickData, TrainResult, click_data
from baihuo.train.clicks.select import selected
from baihuo.train.clicks.transforms import ExampleRequests, learn_transforms

from .conftest import QUICK, Shop

FILE = """
features:
  - {name: clicks, kind: look_back, entity: [product], events: [click], half_lives_days: [1, 28]}
  - {name: uniform, kind: scale, of: [price_log, words_query, product_clicks_28d], method: quantile_uniform}
  - {name: where, kind: cross, of: [surface, category], buckets: 8}
  - {name: ctr, kind: target, of: [query, brand], strength: 10}
  - {name: words, kind: tfidf, gives: [query, taste, last, anchor]}
  - {name: topic, kind: tfidf, svd: true, dim: 4, gives: [components, query]}
  - {name: together, kind: word2vec, over: sessions, dim: 8, epochs: 2, gives: [taste, last, anchor]}
  - {name: wording, kind: word2vec, over: titles, dim: 8, epochs: 1, gives: [query, taste]}
  - {name: meaning, kind: pca, dim: 4, gives: [components]}
select: {by: mutual_information, keep: 60}
"""
MINUTE_US = 60_000_000
FEW = replace(QUICK, min_test_clicks=20)


@pytest.fixture(scope="module")
def shop(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Its first quarter, from the beginning on, when nobody had a session."""
    whole = pq.read_table(shop.events).sort_by("received_at_us")
    path = tmp_path_factory.mktemp("early") / "events.parquet"
    pq.write_table(whole.slice(0, whole.num_rows // 4), path)
    return replace(shop, events=path)


@pytest.fixture(scope="module")
def file() -> FeaturesFile:
    return parse_features(FILE)


@pytest.fixture(scope="module")
def everything(shop: Shop, file: FeaturesFile) -> ClickData:
    """Without selection: every column is there."""
    return click_data(
        shop.source,
        out=shop.root / "3-transforms",
        config=FEW,
        declared=file.model_copy(update={"select": None}),
    )


@pytest.fixture(scope="module")
def learned(shop: Shop, everything: ClickData, file: FeaturesFile) -> tuple[ClickData, TrainResult]:
    assert file.select is not None
    columns, matrix = selected(
        file.select,
        everything.columns,
        everything.rows.matrix,
        everything.examples,
        everything.split,
        seed=QUICK.seed,
    )
    rows = replace(everything.rows, matrix=matrix)
    data = replace(everything, columns=columns, rows=rows)
    run = ShopPaths(shop.root).train / "transforms"
    quick = replace(FEW, models={"network": {"max_epochs": 2}, "trees": {"n_trees": 10}})
    return data, shop.trainer(shop.root / "3-transforms", run, config=quick).fit(data)


@pytest.fixture(scope="module")
def bundle(shop: Shop, learned: tuple[ClickData, TrainResult]) -> Bundle:
    folder = shop.root / "5-transforms"
    return Bundle.open(folder / write(folder, learned[1].parts))


def test_a_page_is_served_the_columns_that_training_read(
    shop: Shop, everything: ClickData, bundle: Bundle
) -> None:
    fitted = open_transforms(bundle)
    assert fitted is not None
    assert not [name for name in bundle.names if name.endswith((".pkl", ".pickle"))]
    ranker = Ranker(
        bundle,
        shop.generation,
        FeatureState(everything.features, table_to_products(pq.read_table(shop.products))),
    )
    features = ranker._page_builder.features
    events = table_to_events(pq.read_table(shop.events).sort_by([("received_at_us", "ascending")]))
    columns, coming, n_compared = features.names, 0, 0
    real = [columns.index(c) for c in columns if c not in ("position", "device")]
    newer = everything.examples.column("at_us").to_numpy() >= everything.split.validation_from_us
    pages = [p for p in page_groups(everything.examples) if newer[p[0]]]
    for start, stop in pages[::25]:
        page = everything.examples.slice(start, 1).to_pylist()[0]
        while coming < len(events) and events[coming].received_at_us < page["at_us"]:
            ranker.state.apply(events[coming])
            coming += 1
        query = Query(
            query_id="q",
            visitor_id=page["visitor_id"],
            surface=Surface(page["surface"]),
            at_us=page["at_us"],
            query_text=page["query_text"] or "",
            product_id=page["anchor_id"],
        )
        if page["surface"] == "similar" and page["anchor_id"] not in shop.generation.row_of:
            continue
        served = features.of(ranker.context(query), everything.index_rows[start:stop])
        trained = everything.rows.matrix[start:stop]
        assert columns == everything.columns
        np.testing.assert_allclose(served[:, real], trained[:, real], rtol=1e-3, atol=1e-3)
        n_compared += served.size
    assert n_compared > 10_000


@pytest.mark.slow(reason="learns everything twice, with two futures")
def test_the_future_has_no_part_in_what_is_learned(
    shop: Shop, everything: ClickData, file: FeaturesFile, tmp_path: Path
) -> None:
    whole = pq.read_table(shop.events)
    cut_us = everything.split.validation_from_us
    early = whole.filter(pa.compute.less(whole.column("received_at_us"), cut_us))
    pq.write_table(early, tmp_path / "early.parquet")
    first = next(p for p, _ in page_groups(everything.examples) if p > 3_000)
    few = everything.examples.slice(first)  # whole pages, some of each part
    newer = few.column("at_us").to_numpy() >= cut_us - 30 * MINUTE_US
    clicks = few.column("is_clicked").to_numpy().copy()
    clicks[newer] = 1 - clicks[newer]
    position = few.column_names.index("is_clicked")
    changed = few.set_column(position, "is_clicked", pa.array(clicks))
    learned_from_each = []
    for events, examples in (
        (shop.events, few),
        (tmp_path / "early.parquet", changed),
    ):
        n_base = len(everything.columns) - len(everything.transforms.columns)  # type: ignore[union-attr]
        inputs = ExampleRequests(
            generation=shop.generation,
            examples=examples,
            rows=everything.index_rows[first:],
            clicked=visits(shop.tables, shop.generation, events=shop.events, event_type="click"),
            matrix=everything.rows.matrix[first:, :n_base],
            names=everything.columns[:n_base],
        )
        learned_from_each.append(
            learn_transforms(
                shop.tables,
                file,
                inputs,
                split=everything.split,
                events=events,
                delay_us=30 * MINUTE_US,
            )
        )
    assert learned_from_each[0][0].parts() == learned_from_each[1][0].parts()
    np.testing.assert_array_equal(learned_from_each[0][1], learned_from_each[1][1])


def test_rows_of_the_first_group_know_no_session_and_later_ones_do(everything: ClickData) -> None:
    at_us = everything.examples.column("at_us").to_numpy()
    column = everything.rows.matrix[:, everything.columns.index("together_taste")]
    train = np.flatnonzero(at_us < everything.split.validation_from_us)
    first, last = train[: len(train) // 8], train[-len(train) // 8 :]
    assert np.isnan(column[first]).mean() > 0.95
    assert np.isnan(column[last]).mean() < 0.9


def test_selected_columns_are_those_of_the_bundle_and_a_page_is_served_with_them(
    shop: Shop, learned: tuple[ClickData, TrainResult], bundle: Bundle
) -> None:
    data, result = learned
    assert 60 <= len(data.columns) <= 67  # the best and those that are always kept
    assert {"position", "device", "relevance"} <= set(data.columns)
    still = Exploration(swap_probability=0, slot_probability=0)
    state = FeatureState(data.features, table_to_products(pq.read_table(shop.products)))
    ranker = Ranker(bundle, shop.generation, state, exploration=still)
    query = Query(
        query_id="q",
        visitor_id="nobody",
        surface=Surface.HOME,
        page_size=12,
        at_us=data.split.until_us,
    )
    served = ranker.page(query)
    assert not [n for n in served.page.notes if n.startswith("degraded")]
    at = [served.feature_names.index(c) for c in data.columns]
    again = result.models.score("home", served.features[:, at]).p_click
    assert [p.score for p in served.page.placed] == pytest.approx(again.tolist(), rel=1e-5)


def test_an_update_goes_on_with_the_transforms_of_the_bundle(
    shop: Shop, file: FeaturesFile, tmp_path: Path
) -> None:
    whole = pq.read_table(shop.events)
    times = np.sort(whole.column("received_at_us").to_numpy())
    early = whole.filter(
        pa.compute.less(whole.column("received_at_us"), int(times[int(0.7 * len(times))]))
    )
    pq.write_table(early, tmp_path / "early.parquet")
    quick = replace(
        QUICK,
        models={"network": {"max_epochs": 1}, "trees": {"n_trees": 6}},
        max_examples=3_000,
        min_test_clicks=20,
    )
    source = replace(shop.source, events=tmp_path / "early.parquet")
    first = shop.trainer(tmp_path / "3", tmp_path / "4/a", source=source, config=quick).train(
        shop.quality, declared=file
    )
    sealed = Bundle.open(tmp_path / write(tmp_path, first.parts))
    second = shop.trainer(tmp_path / "5", tmp_path / "4/b", live=sealed, config=quick).update(
        shop.quality, sealed
    )
    assert second.models.columns == first.models.columns
    assert second.parts["transforms.json"] == first.parts["transforms.json"]
    assert second.parts["transforms.npz"] == first.parts["transforms.npz"]
    assert second.report["against_live"]["surfaces"]


def test_a_product_that_changes_its_title_gets_another_vector(shop: Shop, bundle: Bundle) -> None:
    fitted = open_transforms(bundle)
    assert fitted is not None
    generation = shop.generation
    columns = TransformedColumns(fitted, generation)
    rows = np.array([3, 5], np.int32)
    before = generation.product(3)
    word = (generation.product(5).title_en or generation.product(5).title_zh or "").split()[0]

    def likeness() -> np.ndarray:
        inputs = columns.request(rows, ModelRequest(surface="search", at_us=1, query_text=word))
        return fitted.request_matrix(inputs)[:, fitted.request_columns.index("words_query")]

    old = likeness()
    try:
        generation.upsert([replace(before, title_en=word, title_zh=None)])
        new = likeness()
    finally:
        generation.upsert([before])
    assert new[0] == pytest.approx(1, abs=1e-5)
    assert new[1] == pytest.approx(old[1])
    np.testing.assert_allclose(likeness(), old)
