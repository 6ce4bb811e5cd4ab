"""``baihuo train --table`` and ``baihuo predict``, by their commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from tests.train.tables.rows_of_pairs import (
    job,
    run,
    table,
)

from baihuo.core import BadInput, NotFound
from baihuo.train import train_table


def test_a_table_is_trained_and_scored_from_the_command_line(files: Path, tmp_path: Path) -> None:
    model, scores = str(tmp_path / "m"), tmp_path / "scores.csv"
    spec = tmp_path / "spec.yaml"
    spec.write_text("ignore: [query]\n")
    settings = ("batch_rows=256", "layers=[16]", "epochs=4", "learning_rate=0.02", "model=dcn")
    done = run(
        *("train", "--table", str(files / "train.csv"), "--label", "click", "--out", model),
        *("--shop", str(tmp_path / "no shop"), "--spec", str(spec)),
        *(word for one in settings for word in ("--set", one)),
    )
    assert done.exit_code == 0, done.exception
    assert "AUC: 0.7" in done.stdout
    assert "log-loss" in done.stdout
    done = run("predict", model, str(files / "valid.csv"), "--out", str(scores))
    assert done.exit_code == 0, done.exception
    assert "AUC: 0.7" in done.stdout
    lines = scores.read_text().splitlines()
    assert lines[0] == "row,score"
    assert len(lines) == 3001
    assert all(0 < float(line.split(",")[1]) < 1 for line in lines[1:])
    unlabelled = tmp_path / "unlabelled.csv"
    rows = table(5, 3).drop_columns(["click"])
    pacsv.write_csv(rows, unlabelled)
    pacsv.write_csv(rows.append_column("click", pa.nulls(5)), tmp_path / "empty.csv")
    for empty in (unlabelled, tmp_path / "empty.csv"):  # no label, and one without any value
        done = run("predict", model, str(empty))
        assert done.stdout.strip() == str(empty.with_suffix(".scores.csv"))
        assert len(empty.with_suffix(".scores.csv").read_text().splitlines()) == 6


def test_the_impressions_and_features_of_a_shop_are_a_table_without_their_outcomes(
    tmp_path: Path,
) -> None:
    shop = tmp_path / "shop"
    plainly = ("--set", "by_rows=false", "--set", "serves=whole")
    words = ("train", "--table", str(shop), "--out", str(tmp_path / "m"), "--json", *plainly)
    (shop / "3-features").mkdir(parents=True)
    assert isinstance(run(*words).exception, NotFound)
    rng, n = np.random.default_rng(0), 400
    number = np.arange(n)
    clicked = rng.integers(0, 2, n)
    ids = {name: [f"{name}{i // 4}" for i in number] for name in ("query_id", "visitor_id")}
    examples = {
        **ids,
        "example_id": number,
        "product_id": [f"p{i % 9}" for i in number],
        "surface": ["home"] * n,
        "device": ["phone"] * n,
        "query_text": ["lamp"] * n,
        "position": number % 4 + 1,
        "at_us": number // 4,
        "is_clicked": clicked,
        "gain": clicked * 3,
    }
    matrix: dict[str, Any] = {"example_id": number[::-1], "price": rng.random(n).astype(np.float32)}
    pq.write_table(pa.table(examples), shop / "3-features" / "examples.parquet")
    pq.write_table(pa.table(matrix), shop / "3-features" / "matrix.parquet")
    done = run(*words)
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    assert report["numbers"] == ["price"]
    assert set(report["categories"]) == {
        *("visitor_id", "product_id", "surface", "device", "query_text")
    }
    assert 0.2 < report["validation"]["auc"] < 0.8  # nothing tells these clicks
    made = pq.read_table(tmp_path / "m" / "shop.parquet")
    np.testing.assert_array_equal(made["price"].to_numpy(), matrix["price"][::-1])


@pytest.mark.parametrize(
    ("words", "what", "fix"),
    [
        (["--set", "model=dnc"], "model", "logistic, mlp, deepfm, dcn"),
        (["--set", "together=sum"], "together", "stacking"),
        (["--set", "epoch=3"], "epoch", "did you mean 'epochs'?"),
        (["--set", "dropout=2"], "dropout", ""),
        (["--set", "device=cuda:99"], "cuda:99", "auto, or cpu"),
        (["--set", "loss=softmax"], "group", "--group"),
        (["--label", "clicks"], "'clicks'", "did you mean 'click'?"),
        (["--spec", "none.yaml"], "none.yaml", ""),
    ],
)
def test_a_wrong_setting_is_named_with_the_choices(
    files: Path, tmp_path: Path, words: list[str], what: str, fix: str
) -> None:
    base = ["train", "--table", str(files / "train.csv"), "--out", str(tmp_path / "m")]
    label = [] if "--label" in words else ["--label", "click"]
    done = run(*base, *label, *words)
    assert done.exit_code != 0
    assert what in done.exception.what
    assert fix in str(done.exception)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (("model=transformer", "embedding_size=16", "attention_heads=3"), "no multiple of"),
    ],
)
def test_settings_that_do_not_go_together_are_named_without_the_list_of_all(
    files: Path, tmp_path: Path, settings: tuple[str, ...], what: str
) -> None:
    words = (word for one in settings for word in ("--set", one))
    asked = ("train", "--table", str(files / "train.csv"), "--label", "click")
    done = run(*asked, "--out", str(tmp_path / "m"), *words)
    assert isinstance(done.exception, BadInput)
    assert done.exception.what.startswith("--set: ")
    assert what in done.exception.what
    assert done.exception.fix == "change one of these settings"
    assert not (tmp_path / "m").exists()


def test_a_shops_settings_are_used_and_options_of_a_table_need_a_table(
    files: Path, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text("deep: {model: mlp, layers: [8], batch_rows: 512}\n")
    done = run(
        *("train", "--table", str(files / "train.csv"), "--label", "click", "--json"),
        *("--out", str(tmp_path / "m"), "--shop", str(tmp_path)),
    )
    assert json.loads(done.stdout)["model"] == "mlp"
    done = run("train", "--label", "click", "--shop", str(tmp_path))
    assert isinstance(done.exception, BadInput)
    assert "--table" in done.exception.fix


def test_scoring_needs_no_torch(files: Path, tmp_path: Path) -> None:
    train_table(job(files, tmp_path / "m", epochs=1))
    script = (
        "import sys; from pathlib import Path; from baihuo.train import TableModel\n"
        f"parts = list(TableModel(Path({str(tmp_path / 'm')!r})).score_file(Path({str(files / 'valid.csv')!r})))\n"
        "assert sum(len(s) for s, _ in parts) == 3000\n"
        "assert not {'torch', 'sklearn', 'onnx', 'safetensors'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
