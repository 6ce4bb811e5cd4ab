"""What cannot be used stops with the row, the field, the value and a fix, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.tables.rows_of_pairs import run

from baihuo.core import BadInput, BrokenFile

ROWS = 300


def write(path: Path, change: dict[str, Any], *, head: str = "shop,tag,price,click") -> Path:
    """``change``: a column to a function of the row's number."""
    rng = np.random.default_rng(0)
    clicks = rng.integers(0, 2, ROWS)
    given: dict[str, Any] = {
        "shop": lambda i: f"s{i % 7}",
        "tag": lambda i: f"t{i % 5}",
        "price": lambda i: i % 13,
        "click": lambda i: clicks[i],
    } | change
    lines = (",".join(str(f(i)) for f in given.values()) for i in range(ROWS))
    path.write_text(f"{head}\n" + "\n".join(lines) + "\n")
    return path


def train(table: Path, out: Path) -> Any:
    quick = ("--set", "epochs=1", "--set", "layers=[8]", "--set", "model=mlp")
    return run("train", "--table", str(table), "--label", "click", "--out", str(out), *quick)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    done = train(write(folder / "good.csv", {}), folder / "m")
    assert done.exit_code == 0, done.exception
    return folder / "m"


@pytest.mark.parametrize(
    ("column", "value", "what", "fix"),
    [
        ("click", lambda i: 1, "'click' is 1 in all 300 rows", "rows of each outcome"),
        ("tag", lambda i: "", "no row has a value in tag", "ignore: [tag]"),
        ("price", lambda i: "", "no row has a value in price", "ignore: [price]"),
        ("click", lambda i: "NaN" if i == 16 else i % 2, "row 17, column 'click'", "correct"),
        ("price", lambda i: "inf" if i == 16 else i, "row 17, column 'price'", "correct"),
        (
            "price",
            lambda i: "ten" if i == 16 else i,
            "column 'price': 'ten'",
            "categories: [price]",
        ),
        ("click", lambda i: 7 if i == 16 else i % 2, "row 17, column 'click': 7", "squared"),
    ],
)
def test_a_file_that_cannot_be_learned_from_is_named_and_leaves_no_folder(
    tmp_path: Path, column: str, value: Any, what: str, fix: str
) -> None:
    done = train(write(tmp_path / "t.csv", {column: value}), tmp_path / "m")
    assert isinstance(done.exception, BadInput)
    assert what in done.exception.what
    assert fix in done.exception.fix
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("setting", "what", "fix"),
    [
        ("learning_rate=inf", "must be finite (got inf)", "number, above 0; default 0.005"),
        ("learning_rate=0", "greater than 0 (got 0)", "learning_rate: number, above 0"),
        ("layers=[99999999]", "layers.0: ", "list of whole number"),
        ("seed=-1", "seed: ", "from 0"),
        ("model=x", "model: no model is named 'x'", "deepfm"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_it_may_be(
    tmp_path: Path, setting: str, what: str, fix: str
) -> None:
    table = write(tmp_path / "t.csv", {})
    words = ("--label", "click", "--out", str(tmp_path / "m"), "--set", setting)
    done = run("train", "--table", str(table), *words)
    assert isinstance(done.exception, BadInput)
    assert what in done.exception.what
    assert fix in done.exception.fix
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("command", ["compress", "tune"])
def test_an_empty_table_leaves_no_folder(model: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "zero.csv").touch()
    words = ["--table", str(tmp_path / "zero.csv"), "--out", str(tmp_path / "m")]
    words += [str(model)] if command == "compress" else ["--label", "click"]
    done = run(command, *words)
    assert isinstance(done.exception, BrokenFile)
    assert "zero.csv" in done.exception.what
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("option", ["--minutes=inf", "--minutes=-1"])
def test_a_tuning_that_cannot_be_is_refused(tmp_path: Path, option: str) -> None:
    words = ("--table", str(write(tmp_path / "t.csv", {})), "--label", "click")
    done = run("tune", *words, "--out", str(tmp_path / "m"), option)
    assert isinstance(done.exception, BadInput)
    assert option[: option.index("=")] in done.exception.what
    assert not (tmp_path / "m").exists()


def test_a_training_that_diverges_says_so_and_leaves_no_folder(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", {})
    words = ("--label", "click", "--out", str(tmp_path / "m"), "--set", "learning_rate=1.0e+38")
    done = run("train", "--table", str(table), *words)
    assert isinstance(done.exception, BadInput)
    assert "diverged" in done.exception.what
    assert "learning_rate" in done.exception.fix
    assert not (tmp_path / "m").exists()


def test_missing_numbers_and_unseen_values_are_no_errors(model: Path, tmp_path: Path) -> None:
    missing = write(tmp_path / "t.csv", {"price": lambda i: "NaN" if i % 3 else 4})
    assert train(missing, tmp_path / "m").exit_code == 0
    unseen = write(tmp_path / "unseen.csv", {"shop": lambda i: f"new {i}", "tag": lambda i: ""})
    done = run("predict", str(model), str(unseen))
    assert done.exit_code == 0, done.exception
    lines = (tmp_path / "unseen.scores.csv").read_text().splitlines()
    scores = np.array([float(line.split(",")[1]) for line in lines[1:]])
    assert len(scores) == ROWS
    assert np.isfinite(scores).all()
    # nothing is known of these values: only the price tells rows apart
    assert len({round(s, 5) for s in scores}) == 13


def test_a_renamed_feature_is_named_with_what_it_may_be_now(model: Path, tmp_path: Path) -> None:
    renamed = write(tmp_path / "r.csv", {}, head="shop,tags,price,click")
    done = run("predict", str(model), str(renamed), "--out", str(tmp_path / "scores.csv"))
    assert isinstance(done.exception, BadInput)
    assert "no column tag" in done.exception.what
    assert "did you mean 'tags'?" in done.exception.fix
    assert [p.name for p in tmp_path.iterdir()] == ["r.csv"]


def test_a_bad_row_at_predict_leaves_the_scores_of_before(model: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("of before")
    bad = write(tmp_path / "bad.csv", {"price": lambda i: "inf" if i == 16 else i})
    done = run("predict", str(model), str(bad), "--out", str(scores))
    assert "row 17, column 'price'" in done.exception.what
    assert scores.read_text() == "of before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv", "scores.csv"]


@pytest.mark.parametrize(
    "name", ["model.onnx", "weights.safetensors", "columns.json", "values.parquet"]
)
def test_a_folder_of_which_a_byte_was_changed_is_refused(
    model: Path, tmp_path: Path, name: str
) -> None:
    copied = shutil.copytree(model, tmp_path / "m")
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    done = run("predict", str(copied), str(write(tmp_path / "t.csv", {})))
    assert isinstance(done.exception, BrokenFile)
    assert name in done.exception.what


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"model.onnx": '])
def test_a_list_of_files_that_was_cut_is_refused(model: Path, tmp_path: Path, text: str) -> None:
    copied = shutil.copytree(model, tmp_path / "m")
    (copied / "files.json").write_text(text)
    done = run("predict", str(copied), str(write(tmp_path / "t.csv", {})))
    assert isinstance(done.exception, BrokenFile)
    assert "files.json" in done.exception.what


def test_a_folder_of_a_newer_version_asks_for_an_update(model: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(model, tmp_path / "m")
    columns = json.loads((copied / "columns.json").read_text()) | {"format": 9}
    (copied / "columns.json").write_text(json.dumps(columns))
    listed = json.loads((copied / "files.json").read_text())
    listed["columns.json"] = hashlib.sha256((copied / "columns.json").read_bytes()).hexdigest()
    (copied / "files.json").write_text(json.dumps(listed))
    done = run("predict", str(copied), str(write(tmp_path / "t.csv", {})))
    assert isinstance(done.exception, BadInput)
    assert "newer version (9; this one reads" in done.exception.what
    assert done.exception.fix == "update baihuo"
