"""``baihuo compress``: what it says of each form is true, the smallest within the stated loss is written, and serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
import torch
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.models import DeepSettings
from baihuo.train import (
    Compression,
    TableModel,
    TableSpec,
    TableTraining,
    compress_table,
    train_table,
)
from baihuo.train.tables.build_weights import folder_weights
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.prepare import prepare_more
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.smaller import pruned


def table(n: int, seed: int) -> pa.Table:
    """Clicks where two values agree, and a price that says a little."""
    rng = np.random.default_rng(seed)
    a, b, price = rng.integers(0, 6, n), rng.integers(0, 6, n), rng.lognormal(size=n)
    odds = np.where(a == b, 1.5, -1.5) - 0.5 * np.log(price)
    label = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    taste, style = ([f"{c}{i}" for i in column] for c, column in (("t", a), ("s", b)))
    return pa.table({"click": label, "taste": taste, "style": style, "price": price})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compress")
    for name, n, seed in (("train", 8000, 0), ("newer", 3000, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    for out, model in (("model", "deepfm"), ("several", "dcn+mlp")):
        settings = DeepSettings(
            model=model,
            networks=1,
            layers=(64, 32),
            embedding_size=8,
            batch_rows=256,
            epochs=4,
            learning_rate=0.02,
        )
        spec = TableSpec(label="click")
        train_table(
            TableTraining(
                table=folder / "train.csv", out=folder / out, spec=spec, settings=settings
            )
        )
    return folder


def scores_of(folder: Path, file: Path) -> np.ndarray[Any, Any]:
    return np.concatenate([scores for scores, _ in TableModel(folder).score_file(file)])


def test_the_command_prints_every_form_and_writes_the_smallest_within_the_loss(
    trained: Path, tmp_path: Path
) -> None:
    newer = trained / "newer.csv"
    asked = ["compress", str(trained / "model"), "--table", str(trained / "train.csv"), "--json"]
    asked += ["--validation", str(newer), "--out", str(tmp_path / "small"), "--max-loss", "0.01"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    forms = json.loads(done.stdout)["forms"]
    assert {f["name"] for f in forms} == {"whole", "pruned"}
    assert {f["rows"] for f in forms} == {"float32", "int8"}
    whole = forms[0]["measures"]["auc"]
    good = [f for f in forms if f["measures"]["auc"] >= whole - 0.01]
    (chosen,) = [f for f in forms if f["is_chosen"]]
    assert chosen["bytes"] == min(f["bytes"] for f in good) < forms[0]["bytes"] / 2
    assert (tmp_path / "small" / "model.onnx").stat().st_size == chosen["bytes"]
    labels = pacsv.read_csv(newer)["click"].to_numpy()
    for folder, form in ((trained / "model", forms[0]), (tmp_path / "small", chosen)):
        found = scores_of(folder, newer)
        assert roc_auc_score(labels, found) == pytest.approx(form["measures"]["auc"], abs=1e-3)
        assert form["cpu_ms"] > 0


def test_of_several_side_by_side_one_may_serve(trained: Path, tmp_path: Path) -> None:
    job = Compression(
        model=trained / "several",
        table=trained / "train.csv",
        validation=trained / "newer.csv",
        out=tmp_path / "small",
        max_loss=0.02,
    )
    forms = compress_table(job)["forms"]
    assert {f["name"] for f in forms} == {"whole", "one of them"}
    (chosen,) = [f for f in forms if f["is_chosen"]]
    assert chosen["name"] == "one of them"
    found = scores_of(tmp_path / "small", trained / "newer.csv")
    labels = pacsv.read_csv(trained / "newer.csv")["click"].to_numpy()
    assert roc_auc_score(labels, found) > forms[0]["measures"]["auc"] - 0.021


def test_no_loss_allowed_loses_nothing_and_the_table_can_be_read(
    trained: Path, tmp_path: Path
) -> None:
    asked = ["compress", str(trained / "model"), "--table", str(trained / "train.csv")]
    done = CliRunner().invoke(app, [*asked, "--max-loss", "0", "--out", str(tmp_path / "small")])
    assert done.exit_code == 0, done.output
    assert "int8" in done.stdout
    report = json.loads((tmp_path / "small" / "report.json").read_text())["compression"]
    (chosen,) = [f for f in report["forms"] if f["is_chosen"]]
    assert chosen["measures"]["auc"] >= report["forms"][0]["measures"]["auc"]
    assert report["measured_rows"] == 800  # the last tenth


def test_the_trained_folder_is_never_replaced(trained: Path) -> None:
    job = Compression(model=trained / "model", table=trained / "train.csv", out=trained / "model")
    with pytest.raises(BadInput, match="would replace"):
        compress_table(job)


def test_units_that_do_nothing_are_those_that_are_taken_out(trained: Path, tmp_path: Path) -> None:
    prepare_more(trained / "train.csv", trained / "model", tmp_path / "rows")
    rows = RowsOnDisk(tmp_path / "rows")
    weights = folder_weights(trained / "model", rows.columns)
    idle = {0: torch.arange(0, 64, 2), 1: torch.arange(1, 32, 2)}
    with torch.no_grad():
        for place, units in idle.items():
            layer = weights.module.layers.dense[place]
            layer.weight[units] = 0
            layer.bias[units] = 0
    weights.settings = weights.settings.model_copy(update={"learning_rate": 1e-12})
    small = pruned(weights, rows)
    assert small.settings.layers == (32, 16)
    np.testing.assert_allclose(outputs_of(small, rows), outputs_of(weights, rows), atol=1e-4)


def test_a_logistic_regression_has_no_layers_to_take_out(trained: Path, tmp_path: Path) -> None:
    job = TableTraining(
        table=trained / "train.csv",
        out=tmp_path / "model",
        spec=TableSpec(label="click"),
        settings=DeepSettings(model="logistic", networks=1),
    )
    train_table(job)
    report = compress_table(
        Compression(model=tmp_path / "model", table=trained / "train.csv", out=tmp_path / "small")
    )
    assert {f["name"] for f in report["forms"]} == {"whole"}
    assert scores_of(tmp_path / "small", trained / "newer.csv").shape == (3000,)
