"""Columns with lists: what only the order of a history tells is learned, and lists that do not fit are named."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import safetensors.numpy
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.evaluate import auc
from baihuo.models import HISTORY_MODELS, DeepSettings
from baihuo.train import TableModel, TableSpec, TableTraining, train_table

N_GROUPS, PER_GROUP, LENGTH = 3, 3, 6
SPEC = {
    "label": "click",
    "sequences": [
        {"column": "history", "of": "product_id", "length": LENGTH},
    ],
}


def table(n: int, seed: int) -> pa.Table:
    """Three items of one group and three of another, mixed: clicked where the last one's group is that of the product.

    How often a group was in the history says nothing.
    """
    rng = np.random.default_rng(seed)
    groups = np.argsort(rng.random((n, N_GROUPS)), axis=1)[:, :2]
    order = np.argsort(rng.random((n, LENGTH)), axis=1) % 2
    of_event = np.take_along_axis(groups, order, axis=1)
    history = of_event * PER_GROUP + rng.integers(0, PER_GROUP, (n, LENGTH))
    of_product = groups[np.arange(n), rng.integers(0, 2, n)]
    product = of_product * PER_GROUP + rng.integers(0, PER_GROUP, n)
    is_last = of_product == of_event[:, -1]
    click = np.where(rng.random(n) < 0.05, ~is_last, is_last)
    return pa.table(
        {
            "product_id": [f"p{i}" for i in product],
            "history": ["|".join(f"p{i}" for i in row) for row in history],
            "click": click.astype(int),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sequences")
    for name, n, seed in (("train", 6000, 0), ("valid", 1500, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    return folder


def job(files: Path, out: Path, spec: dict[str, Any] = SPEC, **settings: Any) -> TableTraining:
    quick: dict[str, Any] = {
        "by_rows": False,
        "serves": "whole",
        "batch_rows": 128,
        "layers": (16,),
    }
    quick |= {"embedding_size": 8, "learning_rate": 0.01}
    return TableTraining(
        table=files / "train.csv",
        validation=files / "valid.csv",
        out=out,
        spec=TableSpec.model_validate(spec),
        settings=DeepSettings(**{**quick, "epochs": 4, **settings}),
    )


def scored(model: Path, path: Path) -> np.ndarray[Any, Any]:
    return np.concatenate([s for s, _ in TableModel(model).score_file(path)])


@pytest.mark.parametrize("name", HISTORY_MODELS)
def test_what_only_the_order_of_a_history_tells_is_learned_and_scored_without_torch(
    files: Path, tmp_path: Path, name: str
) -> None:
    report = train_table(job(files, tmp_path / "m", model=name))
    assert report["validation"]["auc"] > 0.9  # 0.95 is the best
    assert report["sequences"] == {"history": LENGTH}
    scores, labels = scored(tmp_path / "m", files / "valid.csv"), table(1500, 1)["click"]
    assert auc(scores, labels.to_numpy()) == pytest.approx(report["validation"]["auc"], abs=0.002)


def test_a_network_that_sees_only_the_mean_of_a_history_cannot_learn_its_order(
    files: Path, tmp_path: Path
) -> None:
    report = train_table(job(files, tmp_path / "m", model="mlp"))
    assert report["validation"]["auc"] < 0.56


def carted(n: int, seed: int, *, by: str) -> pa.Table:
    """Items in any order, of which one was added to the cart, or is newest: clicked where its group is the product's."""
    rng = np.random.default_rng(seed)
    of_event = rng.integers(0, N_GROUPS, (n, 4))
    telling = rng.integers(0, 4, n)
    group = of_event[np.arange(n), telling]
    click = rng.random(n) < 0.5
    of_product = np.where(click, group, (group + rng.integers(1, N_GROUPS, n)) % N_GROUPS)
    is_telling = np.arange(4) == telling[:, None]
    items = of_event * PER_GROUP + rng.integers(0, PER_GROUP, (n, 4))
    known: Any = np.where(is_telling, "cart", "view")
    if by == "ages_seconds":
        known = np.where(is_telling, 30, 86_400) + rng.integers(0, 9, (n, 4))
    return pa.table(
        {
            "product_id": (of_product * PER_GROUP + rng.integers(0, PER_GROUP, n)).astype(str),
            "history": pa.array(items.tolist()),  # lists of Parquet
            "known": pa.array(known.tolist()),
            "click": click.astype(np.int8),
        }
    )


@pytest.mark.parametrize(
    ("name", "by"),
    [("transformer", "types"), ("transformer", "ages_seconds")],  # one input of all
)
def test_what_only_the_type_or_the_age_of_an_event_tells_is_learned(
    tmp_path: Path, name: str, by: str
) -> None:
    for file, n, seed in (("train", 5000, 0), ("valid", 1000, 1)):
        pq.write_table(carted(n, seed, by=by), tmp_path / f"{file}.parquet")
    spec = {"column": "history", "of": "product_id", "length": 4, by: "known"}
    asked = job(tmp_path, tmp_path / "m", {**SPEC, "sequences": [spec]}, model=name, epochs=8)
    asked = replace(asked, table=tmp_path / "train.parquet", validation=tmp_path / "valid.parquet")

    def auc_from(seed: int) -> float:
        settings = asked.settings.model_copy(update={"seed": seed})
        report = train_table(replace(asked, out=tmp_path / f"m{seed}", settings=settings))
        return float(report["validation"]["auc"])

    # One start of twenty or so ends in a local optimum; rounding decides which. The second is rarely asked.
    assert any(auc_from(seed) > 0.9 for seed in (1, 2))


def weights_of(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    return safetensors.numpy.load((folder / "weights.safetensors").read_bytes())


@pytest.fixture(scope="module")
def trained(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "m"
    train_table(job(files, out, model="transformer", epochs=2))
    return out


def score_of(model: Path, tmp_path: Path, *rows: str) -> np.ndarray[Any, Any]:
    (tmp_path / "asked.csv").write_text("product_id,history\n" + "".join(f"{r}\n" for r in rows))
    return scored(model, tmp_path / "asked.csv")


def test_empty_unseen_and_missing_histories_get_a_score_and_one_row_scores_as_among_others(
    trained: Path, tmp_path: Path
) -> None:
    rows = ("p1,p1|p2|p3", "p1,", "p1,zzz", ",", "p9999,p1", "p1,NaN|p3", "p1,p3", "p1,NaN")
    found = score_of(trained, tmp_path, *rows)
    assert np.isfinite(found).all()
    assert ((found > 0) & (found < 1)).all()
    assert found[1] == found[2] == found[7]  # nothing known
    assert found[5] == found[6]
    assert found[0] != found[1]
    for row, score in zip(rows, found, strict=True):
        assert score_of(trained, tmp_path, row)[0] == pytest.approx(score, abs=1e-6)


def test_a_history_is_written_in_any_usual_way_and_its_newest_events_count(
    trained: Path, tmp_path: Path
) -> None:
    ways = ("p1 p2 p3", "p1|p2|p3", '"[p1, p2, p3]"', "\"['p1', 'p2', 'p3']\"", "p1;p2;p3")
    found = score_of(trained, tmp_path, *(f"p1,{way}" for way in ways))
    assert np.ptp(found) == 0
    long = "|".join(["p4", "p5", *["p1", "p2", "p3", "p1", "p2", "p3"]])
    cut = "|".join(["p1", "p2", "p3", "p1", "p2", "p3"])
    one, other = score_of(trained, tmp_path, f"p1,{long}", f"p1,{cut}")
    assert one == other
    lists = pa.table({"product_id": ["p1"], "history": pa.array([["p1", "p2", "p3"]])})
    pq.write_table(lists, tmp_path / "lists.parquet")
    assert scored(trained, tmp_path / "lists.parquet")[0] == pytest.approx(found[0], abs=1e-6)


def refused(tmp_path: Path, sequence: dict[str, Any], rows: pa.Table) -> BadInput:
    pq.write_table(rows, tmp_path / "rows.parquet")
    spec = {"label": "click", "sequences": [sequence] if sequence else []}
    asked = TableTraining(
        table=tmp_path / "rows.parquet",
        out=tmp_path / "m",
        spec=TableSpec.model_validate(spec),
        settings=DeepSettings(model="transformer"),
    )
    with pytest.raises(BadInput) as caught:
        train_table(asked)
    return caught.value


def test_a_list_that_does_not_fit_is_named_with_its_row(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "product_id": ["a", "b", "c"],
            "history": [["a", "b"], ["c"], ["a"]],
            "kinds": [["view", "view"], ["view", "cart"], ["view"]],
            "ages": [["60", "5"], ["-3"], ["soon"]],
            "price": [1.0, 2.0, 3.0],
            "click": [0, 1, 0],
        }
    )
    error = refused(tmp_path, {"column": "history", "types": "kinds"}, rows)
    assert "row 2: 2 values in 'kinds', 1 in 'history'" in str(error)
    error = refused(tmp_path, {"column": "history", "ages_seconds": "ages"}, rows)
    assert "row 2, column 'ages': '-3'" in str(error)
    assert "cannot be known" in error.fix
    late = rows.slice(2)
    error = refused(tmp_path, {"column": "history", "ages_seconds": "ages"}, late)
    assert "row 1, column 'ages': 'soon'" in str(error)
    error = refused(tmp_path, {"column": "histories"}, rows)
    assert "did you mean 'history'?" in error.fix
    error = refused(tmp_path, {"column": "history", "of": "price"}, rows)
    assert "categories: [price]" in error.fix
    error = refused(tmp_path, {"column": "history", "types": "history"}, rows)
    assert "named twice" in str(error)
    flat = rows.select(["product_id", "price", "click"])
    assert "sequences: [{column:" in refused(tmp_path, {}, flat).fix


def test_an_undeclared_list_of_parquet_is_a_sequence_and_rare_values_are_cut(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    lists = [[f"v{i}" for i in rng.integers(0, 4, rng.integers(0, 5))] for _ in range(300)]
    lists[7] = ["once"]
    rows = pa.table({"seen": pa.array(lists), "click": [len(x) > 2 for x in lists]})
    pq.write_table(rows.append_column("price", pa.array(rng.random(300))), tmp_path / "t.parquet")
    asked = TableTraining(
        table=tmp_path / "t.parquet",
        out=tmp_path / "m",
        spec=TableSpec(label="click"),
        settings=DeepSettings(model="mlp", min_count=2, batch_rows=64),
    )
    train_table(asked)
    assert TableModel(tmp_path / "m").columns.of_sequences[0].size == 5
    assert len(scored(tmp_path / "m", tmp_path / "t.parquet")) == 300


def test_training_continues_on_newer_histories(files: Path, trained: Path, tmp_path: Path) -> None:
    rows = table(600, 9).to_pylist()
    for row in rows[:60]:
        row["history"] += "|brand new"
    pacsv.write_csv(pa.Table.from_pylist(rows), tmp_path / "newer.csv")
    asked = job(files, tmp_path / "two", model="transformer", epochs=1, learning_rate=1e-4)
    asked = replace(asked, table=tmp_path / "newer.csv", start=trained)
    report = train_table(asked)
    assert report["categories"]["product_id"] == N_GROUPS * PER_GROUP + 2  # "brand" and "new"
    before, after = (
        scored(trained, files / "valid.csv"),
        scored(tmp_path / "two", files / "valid.csv"),
    )
    assert np.abs(before - after).max() < 0.05


def test_from_the_command_line_and_without_torch(files: Path, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(json.dumps(SPEC))
    settings = (
        "model=transformer",
        "batch_rows=128",
        "layers=[16]",
        "embedding_size=8",
        "epochs=4",
        "by_rows=false",
    )
    model = str(tmp_path / "m")
    done = CliRunner(env={"COLUMNS": "200"}).invoke(
        app,
        [
            *("train", "--table", str(files / "train.csv"), "--out", model, "--spec", str(spec)),
            *("--shop", str(tmp_path / "no shop"), "--set", "learning_rate=0.005"),
            *(word for one in settings for word in ("--set", one)),
        ],
    )
    assert done.exit_code == 0, done.exception
    assert "AUC: 0.9" in done.stdout
    script = (
        "import sys; from typer.testing import CliRunner; from baihuo.cli.app import app\n"
        f"done = CliRunner().invoke(app, ['predict', {model!r}, {str(files / 'valid.csv')!r}, "
        f"'--out', {str(tmp_path / 'scores.csv')!r}])\n"
        "assert done.exit_code == 0, done.exception\n"
        "assert 'AUC: 0.9' in done.stdout\n"
        "assert not {'torch', 'onnx', 'safetensors'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
