"""A table of numbers alone: no field of values is looked up, and every network learns it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from sklearn.metrics import roc_auc_score
from tests.train.tables.rows_of_pairs import scored

from baihuo.models import DEEP_MODELS, HISTORY_MODELS, DeepSettings
from baihuo.train import TableSpec, TableTraining, train_table


@pytest.mark.parametrize("name", [n for n in DEEP_MODELS if n not in HISTORY_MODELS])
def test_every_network_learns_from_numbers_alone(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(2, 4000))
    click = (rng.random(4000) < 1 / (1 + np.exp(-2 * x))).astype(int)
    pacsv.write_csv(pa.table({"x": x, "noise": noise, "click": click}), tmp_path / "rows.csv")
    asked = TableTraining(
        table=tmp_path / "rows.csv",
        out=tmp_path / "m",
        spec=TableSpec(label="click"),
        settings=DeepSettings(model=name, batch_rows=256, epochs=2, learning_rate=0.02),
    )
    train_table(asked)
    scores, labels = scored(tmp_path / "m", tmp_path / "rows.csv")
    assert roc_auc_score(labels, scores) > roc_auc_score(labels, x) - 0.01


def test_outputs_far_from_0_are_measured_without_a_warning(tmp_path: Path) -> None:
    """Log-odds of -800 are a probability of 0: warnings are errors here."""
    from baihuo.models import DeepSettings, Weights
    from baihuo.train.tables.outputs import measured
    from baihuo.train.tables.stage import prepared_rows

    pacsv.write_csv(pa.table({"x": [1.0, 2.0] * 20, "y": [0, 1] * 20}), tmp_path / "rows.csv")
    asked = TableTraining(
        table=tmp_path / "rows.csv",
        out=tmp_path / "m",
        spec=TableSpec(label="y"),
        settings=DeepSettings(model="logistic", precision="float32"),
    )
    rows, validation = prepared_rows(asked, tmp_path / "work", lambda *_: None)
    weights = Weights(rows.shape(asked.settings), asked.settings)
    weights.module.linear.bias.data.fill_(-800.0)
    assert measured(validation)(weights)["log_loss"] > 1
