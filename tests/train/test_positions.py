"""What training reports of positions, on the simulated shop whose examination is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from baihuo.bundle import Bundle, ClickModels, write
from baihuo.core import ShopPaths
from baihuo.evaluate import Examination, examination
from baihuo.model_inputs import POSITION
from baihuo.train import ClickData, TrainResult, probabilities
from baihuo.train.clicks.fit import ExampleRows
from baihuo.train.clicks.position_ways import PositionWay

from .conftest import QUICK, Shop


def test_training_reports_how_far_down_pages_are_read(
    shop: Shop, data: ClickData, trained: TrainResult
) -> None:
    columns = ["surface", "position", "examination"]
    truth = pq.read_table(shop.truth / "clicks.parquet", columns=columns)
    surface = np.array(truth.column("surface").to_pylist())
    position, looked = (truth.column(name).to_numpy() for name in columns[1:])
    found = trained.report["positions"]["examination"]["surfaces"]
    held = []
    for name, curve in found.items():
        for at in curve["positions"]:
            mask = (surface == name) & (position == at["position"])
            if mask.sum() >= 200:
                held.append(at["low"] - 0.05 <= looked[mask].mean() <= at["high"] + 0.05)
    assert len(held) > 10
    assert np.mean(held) > 0.85


def test_training_reports_calibration_by_surface_and_position(trained: TrainResult) -> None:
    lines = trained.report["positions"]["p_click"]
    assert {line["surface"] for line in lines} == {"search", "home", "similar"}
    whole = [line for line in lines if line["positions"] == "all"]
    assert sum(line["n"] for line in whole) == trained.report["clicks"]["n"]
    for line in lines:
        assert line["n"] >= 200
        assert line["ece"] >= abs(line["clicked"] - line["predicted"]) - 1e-9
        assert 0 < line["ece_by_chance"] < 0.05
    for surface in ("search", "home", "similar"):
        names = [line["positions"] for line in lines if line["surface"] == surface]
        in_order = ("all", "1", "2 to 3", "4 to 6", "7 to 12", "13 or lower")
        assert names == [name for name in in_order if name in names], "from the top"
    top = [line for line in lines if line["positions"] == "1"]
    assert top
    assert all(line["clicked"] > w["clicked"] for line, w in zip(top, whole, strict=False))


@pytest.fixture(scope="module")
def by_examination(shop: Shop, data: ClickData) -> TrainResult:
    config = replace(
        QUICK,
        position="inverse",
        models={"network": {"max_epochs": 6}, "trees": {"n_trees": 20}},
    )
    paths = ShopPaths(shop.root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examination, "MIN_CLICKS", 50)  # the shop has 82 before its test pages
        return shop.trainer(paths.features, paths.train / "inverse", config=config).fit(data)


def test_models_that_do_not_know_position_still_say_what_is_clicked_where(
    data: ClickData, by_examination: TrainResult, tmp_path: Path
) -> None:
    assert by_examination.report["position"] == {"way": "inverse", "why_not": None}
    assert by_examination.report["clicks"]["auc"] > 0.75
    assert by_examination.report["clicks"]["ece"] < 0.03
    rows = data.rows.take(data.part("test"))
    models = by_examination.models
    down = rows.matrix.copy()
    down[:, data.columns.index(POSITION)] += 8
    there, below = (models.probabilities(m, rows.surface) for m in (rows.matrix, down))
    assert (below < there).all(), "further down less is clicked"
    opened = ClickModels.open(Bundle.open(tmp_path / write(tmp_path, by_examination.parts)))
    assert opened is not None
    assert opened.position == "inverse", "an update learns as before"
    np.testing.assert_allclose(probabilities(opened, rows), probabilities(models, rows), rtol=1e-5)


def _two_rows() -> ExampleRows:
    """A click and none, both at position 4."""
    matrix = np.array([[4.0, 0.3], [4.0, 0.3]], np.float32)
    clicks, number = np.array([1, 0], np.float32), np.zeros(2, np.int64)
    return ExampleRows(matrix, clicks, clicks.astype(np.int32), number, number, np.full(2, "home"))


@pytest.mark.parametrize(("power", "of_click"), [(0.5, 2.0), (2.0, 3.0)])
def test_a_click_weighs_the_inverse_of_examination_up_to_three(
    power: float, of_click: float
) -> None:
    curve = Examination(
        power=power, rate=0, draws=np.zeros((1, 2)), n_rows=9, n_clicks=9, deepest=9
    )
    learned = PositionWay("inverse", {"home": curve}).rows(_two_rows(), (POSITION, "x"))
    assert learned.weights is not None
    np.testing.assert_allclose(learned.weights, [of_click, 1.0])
    assert learned.matrix[:, 0].tolist() == [1.0, 1.0]


def test_position_stays_an_input_where_exploration_is_too_little(
    shop: Shop, data: ClickData
) -> None:
    from baihuo.train.clicks.position_ways import position_way

    few = replace(data, examples=data.examples.slice(0, 300))
    few = replace(few, split=replace(data.split, test_from_us=data.split.until_us))
    found = position_way("inverse", shop.source, few, seed=1)
    assert found.way == "input"
    assert found.why_not is not None
    assert "too few" in found.why_not
