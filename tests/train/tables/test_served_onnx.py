"""What a trained folder serves is what its network says in torch, for every model that can be trained on a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from baihuo.models import DEEP_DEFAULT, DEEP_MODELS, DeepSettings
from baihuo.train import TableExplainer, TableSpec, TableTraining, train_table
from baihuo.train.tables.build_weights import folder_weights

NEAR = 1e-4


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Values, a number with missing ones, a history that is sometimes empty."""
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = [{} for _ in range(1500)]
    for row in rows:
        kind, shade = rng.integers(0, 8, 2)
        row["kind"], row["shade"] = f"k{kind}", f"s{shade}"
        row["click"] = float(rng.random() < (0.8 if kind == shade or kind < 2 else 0.2))
        row["cost"] = None if rng.random() < 0.1 else float(rng.lognormal())
        row["seen"] = [f"k{i}" for i in rng.integers(0, 8, rng.integers(0, 5))]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("model", [*DEEP_MODELS, DEEP_DEFAULT])
def test_the_served_onnx_scores_as_the_trained_network(
    file: Path, tmp_path: Path, model: str
) -> None:
    spec = {"label": "click", "sequences": [{"column": "seen", "of": "kind", "length": 4}]}
    settings: dict[str, Any] = {
        "model": model,
        "by_rows": False,
        "serves": "whole",
        "batch_rows": 64,
        "layers": (16, 8),
        "embedding_size": 8,
        "learning_rate": 0.05,  # far from where it started: weights of about 1
        "number_bins": 6,
        "epochs": 3,
    }
    train_table(
        TableTraining(
            table=file,
            out=tmp_path / "m",
            spec=TableSpec.model_validate(spec),
            settings=DeepSettings(**settings),
        )
    )
    explainer = TableExplainer(tmp_path / "m")
    [part] = explainer.encoded(file)
    weights = folder_weights(tmp_path / "m", explainer.columns, precision="float32")
    ids = torch.from_numpy(part.categories)
    weights.module.eval()
    with torch.no_grad():
        looked_up = weights.look_up(weights.places(ids), ids)
        outputs = weights.module(looked_up, torch.from_numpy(part.numbers))
    expected = torch.sigmoid(outputs).numpy()
    served = explainer.model.score(part.categories, part.numbers)
    assert served.shape == expected.shape
    assert np.abs(served - expected).max() < NEAR
    assert served.std() > 0.05  # not the same for every row
