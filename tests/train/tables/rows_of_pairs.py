"""Rows whose clicks come from pairs of values, and trainings on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import safetensors.numpy
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.models import DeepSettings
from baihuo.train import TableModel, TableSpec, TableTraining

N_ROWS = 12_000


def true_odds(rows: pa.Table) -> np.ndarray[Any, Any]:
    """Log-odds of a click: high where two values agree; a value alone says nothing, the price a little."""
    taste, style = (np.array([v[1:] for v in rows[c].to_pylist()]) for c in ("taste", "style"))
    return np.where(taste == style, 1.5, -1.5) - 0.5 * np.log(rows["price"].to_numpy())


def best_auc(rows: pa.Table) -> float:
    """What no model beats but by chance."""
    return float(roc_auc_score(rows["click"].to_numpy(), true_odds(rows)))


def table(n: int, seed: int) -> pa.Table:
    """Rows whose clicks are drawn by :func:`true_odds`."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 6, n), rng.integers(0, 6, n)
    price = rng.lognormal(size=n)
    rows = pa.table(
        {
            "taste": [f"t{i}" for i in a],
            "style": [f"s{i}" for i in b],
            "price": price,
            "query": [f"q{i // 4}" for i in range(n)],
        }
    )
    label = (rng.random(n) < 1 / (1 + np.exp(-true_odds(rows)))).astype(int)
    return rows.append_column("click", pa.array(label))


def job(files: Path, out: Path, **settings: Any) -> TableTraining:
    quick = {
        "by_rows": False,
        "serves": "whole",
        "batch_rows": 256,
        "layers": (32,),
        "embedding_size": 8,
        "epochs": 5,
        "learning_rate": 0.02,
    }
    needs_group = settings.get("loss") == "softmax"
    return TableTraining(
        table=files / "train.csv",
        validation=files / "valid.csv",
        out=out,
        spec=TableSpec(label="click", group="query" if needs_group else None, ignore=("query",)),
        settings=DeepSettings(**{**quick, **settings}),
    )


def weights_of(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    return safetensors.numpy.load((folder / "weights.safetensors").read_bytes())


def scored(model: Path, path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    parts = list(TableModel(model).score_file(path))
    return (
        np.concatenate([s for s, _ in parts]),
        np.concatenate([y for _, y in parts if y is not None]),
    )


def run(*words: str) -> Any:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(words))
