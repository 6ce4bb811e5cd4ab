"""Clicks and purchases from all impressions: what was clicked is no fair sample, and P(purchase | click) is for all."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from pydantic import ValidationError
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.models import DeepSettings, DeepShape, TableScorer, single_deep_model
from baihuo.models.deep.losses import funnel
from baihuo.train import TableModel, TableSpec, TableTraining, train_table


def world(n: int, seed: int) -> tuple[pa.Table, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Rows, and the true P(click) and P(purchase | click): what is clicked rarely is bought often, once clicked."""
    rng = np.random.default_rng(seed)
    kind, price = rng.integers(0, 8, n), rng.integers(0, 5, n)
    p_click = 1 / (1 + np.exp(-(0.5 * kind - 2.5 + 0.2 * price)))
    p_buy = 1 / (1 + np.exp(-(1.5 - 0.5 * kind + 0.3 * price)))
    click = rng.random(n) < p_click
    bought = click & (rng.random(n) < p_buy)
    rows = pa.table(
        {
            "kind": [f"k{i}" for i in kind],
            "price": [f"p{i}" for i in price],
            "click": click.astype(np.int8),
            "bought": bought.astype(np.int8),
        }
    )
    return rows, p_click, p_buy


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("funnel")
    pq.write_table(world(30_000, 0)[0], folder / "train.parquet")
    pq.write_table(world(6000, 1)[0], folder / "valid.parquet")
    return folder


def job(files: Path, out: Path, spec: dict[str, Any], **settings: Any) -> TableTraining:
    quick: dict[str, Any] = {"model": "esmm", "batch_rows": 256, "layers": (16,)}
    quick |= {"embedding_size": 8, "learning_rate": 0.01, "epochs": 8}
    return TableTraining(
        table=files / "train.parquet",
        validation=files / "valid.parquet",
        out=out,
        spec=TableSpec.model_validate(spec),
        settings=DeepSettings(**{**quick, **settings}),
    )


SPEC = {"label": "click", "then": "bought"}


def test_both_probabilities_are_those_of_the_world_on_all_impressions(
    files: Path, tmp_path: Path
) -> None:
    # large batches and a rate that ends at 0: where it ends depends little on the seed and on rounding
    steady = {"batch_rows": 1024, "learning_rate": 0.02}
    report = train_table(job(files, tmp_path / "m", SPEC, **steady))
    _, p_click, p_buy = world(6000, 1)
    found = np.concatenate(
        [s for s, _ in TableModel(tmp_path / "m").score_file(files / "valid.parquet")]
    )
    assert np.abs(found[:, 0] - p_click).mean() < 0.03
    assert (
        np.abs(found[:, 1] - p_buy).mean() < 0.06
    )  # rows that were hardly ever clicked count, too
    assert found[:, 1].mean() == pytest.approx(p_buy.mean(), abs=0.05)
    assert {"auc", "auc_joint", "auc_then", "log_loss"} == set(report["validation"])
    # on clicked rows alone the mean is another one: they are what is bought rarely
    rows = world(30_000, 0)[0]
    of_clicked = rows["bought"].to_numpy()[rows["click"].to_numpy() == 1]
    assert of_clicked.mean() < p_buy.mean() - 0.1


def test_the_loss_is_cross_entropy_of_the_click_and_of_both() -> None:
    outputs = torch.tensor([[0.3, -1.0], [2.0, 0.5], [-0.7, 1.2]])
    p = torch.sigmoid(outputs)
    both = p.prod(1)
    expected = -(
        torch.log(1 - p[0, 0])
        + torch.log(1 - both[0])
        + torch.log(p[1, 0])
        + torch.log(1 - both[1])
        + torch.log(p[2, 0])
        + torch.log(both[2])
    )
    labels = torch.tensor([0.0, 1.0, 2.0])
    torch.testing.assert_close(funnel(outputs, labels, None, None), expected / 3)
    certain = torch.tensor([[60.0, 60.0], [-60.0, -60.0]], requires_grad=True)
    loss = funnel(certain, torch.tensor([0.0, 2.0]), None, None)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(certain.grad).all()


def test_its_onnx_says_each_probability_and_their_product() -> None:
    torch.manual_seed(0)
    network = single_deep_model("esmm", DeepShape(n_fields=1, n_numbers=1, layers=(4,))).eval()
    for parameter in network.parameters():
        parameter.data.normal_()
    table = torch.randn(5, 16)
    offsets = torch.zeros(1, dtype=torch.int32)
    content = TableScorer(network, {"vectors": table}, offsets, loss="funnel").to_onnx()
    categories, numbers = np.arange(5, dtype=np.int32)[:, None], torch.randn(5, 1)
    given = {"categories": categories, "numbers": numbers.numpy()}
    both, each = onnxruntime.InferenceSession(content).run(["y", "each"], given)
    with torch.no_grad():
        expected = torch.sigmoid(network({"vectors": table[:, None]}, numbers)).numpy()
    np.testing.assert_allclose(each, expected, atol=1e-5)
    np.testing.assert_allclose(both, expected.prod(axis=1), atol=1e-5)


def test_from_the_command_line(files: Path, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(json.dumps(SPEC))
    run = CliRunner(env={"COLUMNS": "200"}).invoke
    words = ("--set", "model=esmm", "--set", "layers=[8]", "--set", "batch_rows=512")
    done = run(
        app,
        [
            *("train", "--table", str(files / "train.parquet"), "--spec", str(spec), *words),
            *("--out", str(tmp_path / "m"), "--shop", str(tmp_path / "no shop")),
        ],
    )
    assert done.exit_code == 0, done.exception
    assert "AUC of the two outcomes: 0." in done.stdout
    out = tmp_path / "scores.csv"
    done = run(
        app,
        ["predict", str(tmp_path / "m"), str(files / "valid.parquet"), "--out", str(out)],
    )
    assert done.exit_code == 0, done.exception
    assert "AUC of the second after the first: 0." in done.stdout
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["row", "score", "p_click", "p_bought"]
    first = {name: float(value) for name, value in rows[0].items()}
    assert first["score"] == pytest.approx(first["p_click"] * first["p_bought"], rel=1e-3)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"click": 0, "bought": 1}, "row 3: 'bought' is 1 and 'click' is 0"),
        ({"click": 1, "bought": 2}, "row 3, column 'bought': 2 is not 0 or 1"),
    ],
)
def test_outcomes_that_cannot_be_are_named(tmp_path: Path, row: dict[str, int], what: str) -> None:
    rows = [{"kind": "a", "click": i % 2, "bought": 0} for i in range(9)]
    rows[2] |= row
    for name in ("train", "valid"):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    with pytest.raises(BadInput, match=what):
        train_table(job(tmp_path, tmp_path / "m", SPEC))


def test_a_model_of_two_outcomes_needs_two_and_others_have_one(files: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no second outcome"):
        train_table(job(files, tmp_path / "m", {"label": "click"}))
    with pytest.raises(BadInput, match="a second outcome"):
        train_table(job(files, tmp_path / "m", SPEC, model="mlp"))
    with pytest.raises(ValidationError, match="funnel"):
        DeepSettings(model="esmm", loss="binary")
