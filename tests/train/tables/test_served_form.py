"""What serves of a trained table: the smallest network within the stated loss, found by the newer rows; the trained one stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as pacsv
import pytest
from sklearn.metrics import log_loss, roc_auc_score
from tests.train.tables.rows_of_pairs import job, run, table

from baihuo.core import BrokenFile
from baihuo.train import TableExplainer, TableModel, TableTraining, train_table
from baihuo.train.tables.build_weights import folder_weights
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.prepare import prepare_more
from baihuo.train.tables.rows_on_disk import RowsOnDisk

LAYERS = (64, 32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    for name, n, seed in (("train", 8000, 0), ("valid", 4000, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    return folder


@pytest.fixture(scope="module")
def trained(files: Path) -> tuple[Path, dict[str, Any]]:
    out = files / "model"
    return out, train_table(smaller(files, out, layers=LAYERS, max_loss=0.01))


def smaller(files: Path, out: Path, **settings: Any) -> TableTraining:
    return job(files, out, serves="fastest", **settings)


def scores_of(model: TableModel, file: Path) -> np.ndarray[Any, Any]:
    return np.concatenate([scores for scores, _ in model.score_file(file)])


def test_a_smaller_form_serves_and_loses_no_more_than_stated(
    files: Path, trained: tuple[Path, dict[str, Any]]
) -> None:
    out, report = trained
    served = report["served"]
    assert served["form"] == "pruned"
    assert served == json.loads((out / "report.json").read_text())["served"]
    labels = pacsv.read_csv(files / "valid.csv")["click"].to_numpy()
    found = {
        whole: scores_of(TableModel(out, whole=whole), files / "valid.csv")
        for whole in (True, False)
    }
    for whole, form in ((True, served["forms"][0]), (False, served["forms"][-1])):
        assert form["measures"]["auc"] == pytest.approx(
            roc_auc_score(labels, found[whole]), abs=1e-6
        )
        assert form["measures"]["log_loss"] == pytest.approx(
            log_loss(labels, found[whole]), abs=1e-6
        )
    assert roc_auc_score(labels, found[False]) >= roc_auc_score(labels, found[True]) - 0.01
    assert log_loss(labels, found[False]) <= log_loss(labels, found[True]) * 1.01
    sizes = [(part / "model.onnx").stat().st_size for part in (out, out / "served")]
    assert sizes[1] < sizes[0]
    kept = json.loads((out / "settings.json").read_text())["layers"]
    assert kept == list(LAYERS)  # the trained one is whole
    assert TableModel(out).settings["layers"] < kept


def test_what_serves_is_what_torch_says_of_its_weights(
    files: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out, _ = trained
    prepare_more(files / "valid.csv", out, tmp_path / "rows")
    rows = RowsOnDisk(tmp_path / "rows")
    weights = folder_weights(out / "served", rows.columns, precision="float32")
    by_torch = 1 / (1 + np.exp(-outputs_of(weights, rows).astype(np.float64)))
    np.testing.assert_allclose(scores_of(TableModel(out), files / "valid.csv"), by_torch, atol=1e-4)


def test_reasons_are_of_the_network_that_serves(
    files: Path, trained: tuple[Path, dict[str, Any]]
) -> None:
    out, _ = trained
    (one,) = TableExplainer(out).explain(files / "valid.csv", [3])
    served = scores_of(TableModel(out), files / "valid.csv")[2]
    assert one.score == pytest.approx(served, abs=1e-4)


def test_the_command_says_what_serves_and_scores_by_the_trained_one_when_asked(
    files: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out, _ = trained
    for more in ([], ["--whole"]):
        target = tmp_path / f"scores{len(more)}.csv"
        done = run("predict", str(out), str(files / "valid.csv"), "--out", str(target), *more)
        assert done.exit_code == 0, done.output
        written = pacsv.read_csv(target)["score"].to_numpy()
        expected = scores_of(TableModel(out, whole=bool(more)), files / "valid.csv")
        np.testing.assert_allclose(written, expected, atol=1e-5)
    words = [
        "train",
        "--table",
        str(files / "train.csv"),
        "--label",
        "click",
        "--out",
        str(tmp_path / "m"),
    ]
    words += ["--validation", str(files / "valid.csv")]
    sizes = ["by_rows=false", "layers=[16,16]", "batch_rows=256", "max_loss=0.5"]
    done = run(*words, *(word for one in sizes for word in ("--set", one)))
    assert done.exit_code == 0, done.output
    assert "a smaller network serves" in done.output


def test_nothing_smaller_serves_when_that_is_asked_and_what_served_before_is_gone(
    files: Path, tmp_path: Path
) -> None:
    quick = {"layers": (8, 8), "epochs": 1}
    train_table(smaller(files, tmp_path / "m", max_loss=0.5, **quick))
    assert (tmp_path / "m" / "served").is_dir()
    report = train_table(job(files, tmp_path / "m", serves="whole", **quick))
    assert report["served"] == {"form": "whole"}
    assert not (tmp_path / "m" / "served").exists()
    assert TableModel(tmp_path / "m").settings["layers"] == [8, 8]


def test_one_of_several_serves_where_it_is_as_good(files: Path, tmp_path: Path) -> None:
    asked = {"model": "deepfm+mlp", "max_loss": 0.05, "layers": (32,)}
    report = train_table(smaller(files, tmp_path / "m", **asked))
    assert report["served"]["form"] == "one of them"
    assert TableModel(tmp_path / "m").settings["model"] == "deepfm"


def test_a_changed_byte_of_what_serves_is_refused(files: Path, tmp_path: Path) -> None:
    out = tmp_path / "m"
    train_table(smaller(files, out, max_loss=0.5, layers=(8, 8), epochs=1))
    network = out / "served" / "model.onnx"
    content = bytearray(network.read_bytes())
    content[len(content) // 2] ^= 1
    network.write_bytes(content)
    with pytest.raises(BrokenFile, match=r"served/model\.onnx"):
        TableModel(out)


def test_a_training_goes_on_from_the_trained_network(
    files: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out, _ = trained
    asked = job(files, tmp_path / "m", layers=LAYERS, epochs=1, learning_rate=1e-9, serves="whole")
    train_table(replace(asked, start=out))
    before = scores_of(TableModel(out, whole=True), files / "valid.csv")
    after = scores_of(TableModel(tmp_path / "m"), files / "valid.csv")
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_a_few_rows_decide_nothing(files: Path, tmp_path: Path) -> None:
    pacsv.write_csv(table(999, 2), tmp_path / "few.csv")
    asked = smaller(files, tmp_path / "m", max_loss=0.5, layers=(8, 8), epochs=1)
    report = train_table(replace(asked, validation=tmp_path / "few.csv"))
    assert report["served"] == {"form": "whole", "measured_rows": 999}
    assert not (tmp_path / "m" / "served").exists()
