"""Training: it learns what only pairs tell, gives the same weights again, and stops in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pytest
from sklearn.metrics import log_loss, roc_auc_score
from tests.train.tables.rows_of_pairs import (
    best_auc,
    job,
    scored,
    table,
    weights_of,
)

from baihuo.evaluate import auc
from baihuo.models import DeepSettings
from baihuo.train import TableSpec, TableTraining, train_table
from baihuo.train.tables.measures import measure_scores


@pytest.mark.parametrize(
    ("name", "sees_pairs"),
    [("logistic", False), ("mlp", True), ("deepfm", True), ("dcn", True), ("logistic+dcn", True)],
)
def test_only_networks_that_see_pairs_learn_what_only_pairs_tell(
    files: Path, tmp_path: Path, name: str, sees_pairs: bool
) -> None:
    report = train_table(job(files, tmp_path / "m", model=name, epochs=8))
    lost = best_auc(table(3000, 1)) - report["validation"]["auc"]
    assert lost < 0.03 if sees_pairs else lost > 0.1


@pytest.mark.parametrize("loss", ["squared", "softmax"])
def test_every_loss_puts_the_clicked_rows_first(files: Path, tmp_path: Path, loss: str) -> None:
    asked = job(files, tmp_path / "m", loss=loss, learning_rate=0.01)
    report = train_table(asked)
    scores, labels = scored(tmp_path / "m", files / "valid.csv")
    assert roc_auc_score(labels, scores) > best_auc(table(3000, 1)) - 0.03
    assert set(report["validation"]) == ({"rmse"} if loss == "squared" else {"auc", "ndcg"})


def test_what_the_folder_scores_is_what_training_measured_and_what_scikit_learn_says(
    files: Path, tmp_path: Path
) -> None:
    report = train_table(job(files, tmp_path / "m", precision="float32"))
    scores, labels = scored(tmp_path / "m", files / "valid.csv")
    assert report["validation"]["auc"] == pytest.approx(roc_auc_score(labels, scores), abs=1e-5)
    assert report["validation"]["log_loss"] == pytest.approx(log_loss(labels, scores), abs=1e-4)
    assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores), abs=1e-9)


def test_bfloat16_learns_as_much_as_float32(files: Path, tmp_path: Path) -> None:
    found = [
        train_table(job(files, tmp_path / name, precision=name))["validation"]["auc"]
        for name in ("float32", "bfloat16")
    ]
    assert abs(found[0] - found[1]) < 0.01


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    files: Path, tmp_path: Path
) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train_table(job(files, tmp_path / name, seed=seed, dropout=0.2, epochs=1))
    a, b, c = (weights_of(tmp_path / name) for name in "abc")
    assert all(np.array_equal(a[k], b[k]) for k in a)
    assert any(not np.array_equal(a[k], c[k]) for k in a)


def test_training_stops_when_newer_rows_say_so_and_keeps_the_best_pass(
    files: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small.csv"
    pacsv.write_csv(table(300, 5), small)
    asked = TableTraining(
        table=small,
        validation=files / "valid.csv",
        out=tmp_path / "m",
        spec=TableSpec(label="click", ignore=("query",)),
        settings=DeepSettings(
            batch_rows=32,
            layers=(64,),
            epochs=60,
            patience=3,
            learning_rate=0.02,
            together="mean",  # passes are of the networks alone
        ),
    )
    report = train_table(asked)
    losses = [p["log_loss"] for p in report["passes"]]
    assert len(losses) == int(np.argmin(losses)) + 1 + 3 < 60
    assert report["validation"]["log_loss"] == min(losses)
    scores, labels = scored(tmp_path / "m", files / "valid.csv")
    assert measure_scores(scores, labels, loss="binary")["log_loss"] == pytest.approx(
        min(losses), abs=0.01
    )
