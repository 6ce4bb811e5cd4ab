"""Training from impressions on a small shop whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from baihuo.bundle import Bundle, ClickModels, write
from baihuo.core import BadInput, QualityStop, ShopPaths, Unsupported
from baihuo.core.tables import table_to_events, table_to_products
from baihuo.evaluate import log_loss
from baihuo.events import SERVED
from baihuo.features import FeatureState
from baihuo.model_inputs import (
    AT_SERVING,
    REQUEST_COLUMNS,
    InteractionHistory,
    ModelRequest,
    page_groups,
    request_columns,
    with_logged,
)
from baihuo.models import Trees
from baihuo.quality import Limit
from baihuo.release import replay
from baihuo.train import (
    ClickData,
    TrainResult,
    compare_to_live,
    probabilities,
)
from baihuo.train.clicks.data import _indexed_examples
from baihuo.train.clicks.examples import DAY_US

from .conftest import QUICK, Shop


def test_what_orders_a_page_beats_every_baseline_on_newer_pages(trained: TrainResult) -> None:
    lines = trained.comparison.lines
    assert {x.surface for x in lines} == {"search", "home", "similar"}
    assert {x.system for x in lines if x.surface == "search"} == {
        "popularity",
        "own",
        "bm25",
        "relevance",
        "item_knn",
        "trees",
        "network",
        "both",
    }
    home = trained.comparison.lift["home"]
    assert home["mid"] > 0
    assert home["low"] <= home["mid"] <= home["high"]


def test_probabilities_close_a_good_part_of_the_gap_to_the_truth(
    shop: Shop, data: ClickData, trained: TrainResult
) -> None:
    truth = pq.read_table(shop.truth / "clicks.parquet", columns=["event_id", "p"]).to_pydict()
    known = dict(zip(truth["event_id"], truth["p"], strict=True))
    p_true = np.array([known.get(e, np.nan) for e in data.examples.column("event_id").to_pylist()])
    is_tested = data.part("test") & ~np.isnan(p_true)
    test = data.rows.take(is_tested)
    constant = log_loss(
        np.full(len(test.clicks), trained.report["clicks"]["base_rate"]), test.clicks
    )
    ours = log_loss(probabilities(trained.models, test), test.clicks)
    best = log_loss(p_true[is_tested], test.clicks)
    assert (constant - ours) / (constant - best) > 0.3  # 60,000 events only
    assert trained.report["clicks"]["ece"] < 0.03


def test_the_bundle_scores_as_training_did(
    tmp_path: Path, data: ClickData, trained: TrainResult
) -> None:
    bundle = Bundle.open(tmp_path / write(tmp_path, trained.parts))
    opened = ClickModels.open(bundle)
    assert opened is not None
    rows = data.rows.matrix[-200:]
    for surface in ("search", "home", "similar"):
        ours, theirs = trained.models.score(surface, rows), opened.score(surface, rows)
        np.testing.assert_allclose(theirs.order, ours.order, rtol=1e-6)
        np.testing.assert_allclose(theirs.p_click, ours.p_click, rtol=1e-6)


def test_serving_does_not_know_the_position(data: ClickData, trained: TrainResult) -> None:
    rows = data.rows.matrix[-100:].copy()
    before = trained.models.score("search", rows)
    rows[:, [data.columns.index(name) for name in AT_SERVING]] = 9.0
    np.testing.assert_array_equal(trained.models.score("search", rows).order, before.order)
    np.testing.assert_array_equal(trained.models.score("search", rows).p_click, before.p_click)


def test_training_reads_the_columns_that_serving_makes(shop: Shop, data: ClickData) -> None:
    state = FeatureState(data.features, table_to_products(pq.read_table(shop.products)))
    events = table_to_events(pq.read_table(shop.events).sort_by([("received_at_us", "ascending")]))
    pages = page_groups(data.examples)
    chosen_pages = [p for i, p in enumerate(pages) if i % 40 == 7]
    n_request, coming = len(REQUEST_COLUMNS), 0
    real = [REQUEST_COLUMNS.index(name) for name in AT_SERVING]
    for start, stop in chosen_pages:
        page = data.examples.slice(start, 1).to_pylist()[0]
        while coming < len(events) and events[coming].received_at_us < page["at_us"]:
            state.apply(events[coming])
            coming += 1
        rows = data.index_rows[start:stop]
        ids = shop.generation.product_ids[rows].tolist()
        matrix = state.matrix(
            page["visitor_id"],
            state.rows_of(ids),
            query_text=page["query_text"] or "",
            at_us=page["at_us"],
        )
        history = state.history(page["visitor_id"])

        def tasted(state_rows: np.ndarray, at_us: np.ndarray) -> InteractionHistory:
            names = [state.product_ids[r] for r in state_rows]
            found = [shop.generation.row_of.get(n, -1) for n in names]
            return InteractionHistory(np.array(found, np.int32), at_us)

        served = request_columns(
            shop.generation,
            rows,
            ModelRequest(
                surface=page["surface"],
                at_us=page["at_us"],
                query_text=page["query_text"] or "",
                anchor_row=shop.generation.row_of.get(page["anchor_id"] or "", -1),
                clicked=tasted(history.clicked_rows, history.clicked_at_us),
                purchased=tasted(history.purchased_rows, history.purchased_at_us),
            ),
        )
        trained = data.rows.matrix[start:stop]
        np.testing.assert_allclose(matrix, trained[:, :-n_request], rtol=1e-3, atol=1e-3)
        served[:, real] = trained[:, -n_request:][:, real]
        np.testing.assert_allclose(served, trained[:, -n_request:], rtol=1e-3, atol=1e-3)


def test_a_replay_finds_no_skew_and_finds_a_planted_one(
    shop: Shop, data: ClickData, tmp_path: Path
) -> None:
    folder = ShopPaths(shop.root).features
    sources: dict[str, Any] = {"events": shop.events, "products": shop.products}
    found = replay(
        shop.tables,
        data.features,
        examples=folder / "examples.parquet",
        matrix=folder / "matrix.parquet",
        max_pages=60,
        **sources,
    )
    assert found.n_values > 10_000
    assert found.share_different < 1e-4
    table = pq.read_table(folder / "matrix.parquet")
    at = table.column_names.index("product_ctr_28d")
    wrong = pa.array(table.column(at).to_numpy() * 1.5)
    pq.write_table(table.set_column(at, "product_ctr_28d", wrong), tmp_path / "wrong.parquet")
    planted = replay(
        shop.tables,
        data.features,
        examples=folder / "examples.parquet",
        matrix=tmp_path / "wrong.parquet",
        max_pages=60,
        **sources,
    )
    assert set(planted.by_feature) - set(found.by_feature) == {"product_ctr_28d"}
    assert planted.share_different > 1e-3


def test_logged_values_replace_computed_ones_but_not_the_position(
    shop: Shop, data: ClickData, tmp_path: Path
) -> None:
    one = data.examples.slice(5, 1).to_pylist()[0]
    served = {
        **dict.fromkeys(SERVED.names),
        "query_id": one["query_id"],
        "visitor_id": "v",
        "product_id": one["product_id"],
        "position": 1,
        "score": 0.5,
        "at_us": 1,
        "surface": "search",
        "query_text": "",
        "bundle_id": "b",
        "index_id": "i",
        "feature_names": ["position", "own_clicks_28d", "gone"],
        "features": [1.0, 77.0, 3.0],
    }
    pq.write_table(pa.Table.from_pylist([served], schema=SERVED), tmp_path / "served.parquet")
    matrix = data.rows.matrix.copy()
    n = with_logged(
        shop.tables,
        matrix,
        data.columns,
        examples=ShopPaths(shop.root).features / "examples.parquet",
        served=tmp_path / "served.parquet",
    )
    changed = np.argwhere((matrix != data.rows.matrix) & ~np.isnan(matrix))
    assert n == 1
    assert changed.tolist() == [[5, data.columns.index("own_clicks_28d")]]


def test_tensorboard_can_read_the_run(shop: Shop, trained: TrainResult) -> None:
    run = EventAccumulator(str(ShopPaths(shop.root).train / "first"))
    run.Reload()
    tags = run.Tags()["scalars"]
    assert "network/validation_loss" in tags
    assert "test/ndcg10/home/both" in tags
    assert trained.report["n_train"] > 0


def test_data_that_failed_its_checks_trains_nothing(shop: Shop, tmp_path: Path) -> None:
    limit = Limit("events.stop_above", "events", 0.4, 0.2, "stop", "40% of events quarantined")
    stopped = replace(shop.quality, limits=(limit,))
    with pytest.raises(QualityStop, match="40%"):
        shop.trainer(tmp_path / "3", tmp_path / "4").train(stopped)
    assert not list(tmp_path.iterdir())


def test_too_few_clicks_to_evaluate_is_an_error_that_says_so(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="too few"):
        shop.trainer(
            tmp_path / "3", tmp_path / "4", config=replace(QUICK, min_test_clicks=10**6)
        ).train(shop.quality)


@pytest.mark.slow(reason="trains twice: an update goes on from a model")
def test_update_continues_from_the_weights_on_what_is_new(shop: Shop, tmp_path: Path) -> None:
    whole = pq.read_table(shop.events)
    times = np.sort(whole.column("received_at_us").to_numpy())
    cut = int(times[int(0.7 * len(times))])
    early = tmp_path / "early.parquet"
    pq.write_table(whole.filter(pa.compute.less(whole.column("received_at_us"), cut)), early)
    source = replace(shop.source, events=early)
    few = replace(
        QUICK,
        models={"network": {"max_epochs": 8}, "trees": {"n_trees": 12}},
        max_examples=8_000,
        min_test_clicks=20,
    )
    old = shop.trainer(tmp_path / "3", tmp_path / "4/a", source=source, config=few)
    first = old.train(shop.quality)
    bundle = Bundle.open(tmp_path / write(tmp_path, first.parts))
    with pytest.raises(BadInput, match="nothing is new"):
        old.update(shop.quality, bundle)
    new = shop.trainer(tmp_path / "5", tmp_path / "4/c", config=few)
    second = new.update(shop.quality, bundle)
    assert second.report["is_update"]
    assert second.models.columns == first.models.columns
    before, after = (
        {name: model.files() for name, model in one.models.models.items()}
        for one in (first, second)
    )
    grown, started = (Trees(str(m["trees"]["trees.txt"])) for m in (after, before))
    assert grown.n_trees > started.n_trees
    assert after["network"]["inputs.json"] == before["network"]["inputs.json"]
    # It starts as good as the old network was, so its first epoch is near its best.
    losses = EventAccumulator(str(tmp_path / "4/c"))
    losses.Reload()
    curve = [e.value for e in losses.Scalars("network/validation_loss")]
    assert curve[0] - min(curve) < 0.005


def test_a_model_compared_with_itself_is_a_draw(data: ClickData, trained: TrainResult) -> None:
    test = data.rows.take(data.part("test"))
    for gain in compare_to_live(trained.models, trained.models, test).values():
        interval = gain.interval(0.95)
        assert (interval.mid, interval.low, interval.high) == (0, 0, 0)


def test_the_training_window_moves_on_with_the_newest_page(shop: Shop, tmp_path: Path) -> None:
    """Without its matrix: which rows are kept is decided before."""
    everything, _, _ = _indexed_examples(shop.source, QUICK, out=tmp_path / "all.parquet")
    at_us = everything.column("at_us").to_numpy()
    days = (at_us.max() - at_us.min()) / DAY_US / 3
    short = replace(QUICK, window_days=days)
    kept, rows, _ = _indexed_examples(shop.source, short, out=tmp_path / "kept.parquet")
    assert kept.column("at_us").to_numpy().min() > at_us.max() - days * DAY_US
    assert kept.num_rows == len(rows) == int((at_us > at_us.max() - days * DAY_US).sum())
    assert kept.column("example_id").to_pylist() == list(range(kept.num_rows))
