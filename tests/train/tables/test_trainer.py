"""Training: it learns what only pairs tell, gives the same weights again, and goes on after it was killed."""

from __future__ import annotations

import json
import signal
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
from sklearn.metrics import log_loss, roc_auc_score
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput, BrokenFile, NotFound
from baihuo.evaluate import auc
from baihuo.train import DeepSettings, TableModel, TableSpec, TableTraining, train_table
from baihuo.train.tables.measures import measure_scores

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


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    for name, n, seed in (("train", N_ROWS, 0), ("valid", 3000, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    return folder


def job(files: Path, out: Path, **settings: Any) -> TableTraining:
    quick = {
        "batch_rows": 256,
        "layers": (32,),
        "embedding_size": 8,
        "epochs": 5,
        "learning_rate": 0.02,
    }
    needs_group = settings.get("loss") in ("pairwise", "softmax")
    return TableTraining(
        table=files / "train.csv",
        validation=files / "valid.csv",
        out=out,
        spec=TableSpec(label="click", group="query" if needs_group else None, ignore=("query",)),
        settings=DeepSettings(**{**quick, **settings}),
    )


def weights_of(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    return safetensors.numpy.load((folder / "weights.safetensors").read_bytes())


@pytest.mark.parametrize(
    ("name", "sees_pairs"),
    [("logistic", False), ("mlp", True), ("deepfm", True), ("dcn", True)],
)
def test_only_networks_that_see_pairs_learn_what_only_pairs_tell(
    files: Path, tmp_path: Path, name: str, sees_pairs: bool
) -> None:
    report = train_table(job(files, tmp_path / "m", model=name))
    lost = best_auc(table(3000, 1)) - report["validation"]["auc"]
    assert lost < 0.03 if sees_pairs else lost > 0.1


@pytest.mark.parametrize("loss", ["squared", "pairwise", "softmax"])
@pytest.mark.parametrize("optimiser", ["adam", "adagrad"])
def test_every_loss_puts_the_clicked_rows_first(
    files: Path, tmp_path: Path, loss: str, optimiser: str
) -> None:
    rate = 0.05 if optimiser == "adagrad" else 0.01
    asked = job(files, tmp_path / "m", loss=loss, optimiser=optimiser, learning_rate=rate)
    report = train_table(asked)
    scores, labels = _scored(tmp_path / "m", files / "valid.csv")
    assert roc_auc_score(labels, scores) > best_auc(table(3000, 1)) - 0.03
    assert set(report["validation"]) == ({"rmse"} if loss == "squared" else {"auc", "ndcg"})


def _scored(model: Path, path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    parts = list(TableModel(model).score_file(path))
    return (
        np.concatenate([s for s, _ in parts]),
        np.concatenate([y for _, y in parts if y is not None]),
    )


def test_what_the_folder_scores_is_what_training_measured_and_what_scikit_learn_says(
    files: Path, tmp_path: Path
) -> None:
    report = train_table(job(files, tmp_path / "m", precision="float32"))
    scores, labels = _scored(tmp_path / "m", files / "valid.csv")
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


SCRIPT = """
import sys
from pathlib import Path
from baihuo.train import DeepSettings, TableSpec, TableTraining, train_table
import baihuo.train.tables.trainer as trainer
import time
step = trainer.Trainer._step
def slow(self, rows, number):
    print(number, flush=True)
    time.sleep(float(sys.argv[3]))
    return step(self, rows, number)
trainer.Trainer._step = slow
folder = Path(sys.argv[1])
train_table(TableTraining(
    table=folder / "train.csv", validation=folder / "valid.csv", out=Path(sys.argv[2]),
    spec=TableSpec(label="click", ignore=("query",)),
    settings=DeepSettings(batch_rows=256, layers=(16,), embedding_size=8, epochs=3, dropout=0.3,
                          schedule="cosine", warmup_share=0.1, checkpoint_steps=7),
))
"""


def _run(files: Path, out: Path, *, kill_at: int | None) -> list[int]:
    """Steps that a process of its own took, killed while it takes step ``kill_at``."""
    pause = "0.01" if kill_at else "0"
    steps = []
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(files), str(out), pause],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            steps.append(int(line))
            if steps[-1] == kill_at:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == (-signal.SIGKILL if kill_at else 0)
    return steps


@pytest.mark.slow(reason="four processes that import torch: killed ones are what is tested")
def test_a_killed_training_goes_on_to_the_same_weights_bit_for_bit(
    files: Path, tmp_path: Path
) -> None:
    whole = _run(files, tmp_path / "whole", kill_at=None)
    assert whole == list(range(1, 142))  # 47 batches a pass
    _run(files, tmp_path / "killed", kill_at=25)
    again = _run(files, tmp_path / "killed", kill_at=61)  # in the second pass
    assert again[0] in (
        22,
        15,
    )  # after the checkpoint of step 21, or of 14 if that one was not yet written
    last = _run(files, tmp_path / "killed", kill_at=None)
    assert 48 <= last[0] <= 57
    expected, found = weights_of(tmp_path / "whole"), weights_of(tmp_path / "killed")
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        assert array.tobytes() == found[name].tobytes(), name
    onnx = [(tmp_path / n / "model.onnx").read_bytes() for n in ("whole", "killed")]
    assert onnx[0] == onnx[1]
    assert not (tmp_path / "killed" / "work").exists()


def _interrupted(files: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that stops with Ctrl-C at its twentieth step."""
    from baihuo.train.tables import trainer

    step = trainer.Trainer._step

    def until_20(self: Any, rows: Any, number: int) -> Any:
        if number == 20:
            raise KeyboardInterrupt
        return step(self, rows, number)

    with monkeypatch.context() as patched:
        patched.setattr(trainer.Trainer, "_step", until_20)
        with pytest.raises(KeyboardInterrupt):
            train_table(job(files, out, checkpoint_steps=7))


def test_a_stopped_training_is_not_gone_on_with_under_other_settings(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "m"
    _interrupted(files, out, monkeypatch)
    with pytest.raises(NotFound):
        TableModel(out)
    with pytest.raises(BadInput, match="dropout") as caught:
        train_table(job(files, out, dropout=0.5))
    assert "--restart" in caught.value.fix
    other = job(files, out)
    newer = TableTraining(
        table=files / "valid.csv", out=out, spec=other.spec, settings=other.settings
    )
    with pytest.raises(BadInput, match="other files"):
        train_table(newer)
    train_table(job(files, out))  # how often a checkpoint is written may change
    assert TableModel(out).settings["epochs"] == 5


def test_a_full_disk_keeps_the_last_checkpoint_and_the_model_of_before(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors.torch

    out = tmp_path / "m"
    train_table(job(files, out))
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    _interrupted(files, out, monkeypatch)
    kept = (out / "work" / "checkpoint.safetensors").read_bytes()

    def full(tensors: Any, path: Path, metadata: Any = None) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(OSError, match="No space"):
        train_table(job(files, out, checkpoint_steps=7))
    assert (out / "work" / "checkpoint.safetensors").read_bytes() == kept
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before
    TableModel(out)


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
            batch_rows=32, layers=(64,), epochs=60, patience=3, learning_rate=0.02
        ),
    )
    report = train_table(asked)
    losses = [p["log_loss"] for p in report["passes"]]
    assert len(losses) == int(np.argmin(losses)) + 1 + 3 < 60
    assert report["validation"]["log_loss"] == min(losses)
    scores, labels = _scored(tmp_path / "m", files / "valid.csv")
    assert measure_scores(scores, labels, loss="binary")["log_loss"] == pytest.approx(
        min(losses), abs=0.01
    )


def test_training_continues_from_a_trained_folder_and_its_values_keep_their_numbers(
    files: Path, tmp_path: Path
) -> None:
    first = job(files, tmp_path / "one")
    train_table(first)
    newer = tmp_path / "newer.csv"
    rows = table(600, 9).to_pylist()
    for row in rows[:60]:
        row["taste"] = "brand new"
    pacsv.write_csv(pa.Table.from_pylist(rows), newer)
    short = first.settings.model_copy(update={"epochs": 1, "learning_rate": 1e-4})
    asked = replace(
        first, table=newer, out=tmp_path / "two", start=tmp_path / "one", settings=short
    )
    report = train_table(asked)
    assert report["categories"] == {"taste": 7, "style": 6}
    # nothing forgotten by three small steps
    assert report["validation"]["auc"] > best_auc(table(3000, 1)) - 0.02
    old, new = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert np.abs(new["table.vectors"][:7] - old["table.vectors"][:7]).max() < 1e-3
    assert np.abs(new["table.vectors"][8:] - old["table.vectors"][7:]).max() < 1e-3
    with pytest.raises(BadInput, match="layers"):
        train_table(replace(asked, settings=first.settings.model_copy(update={"layers": (8,)})))


def test_newer_rows_with_an_outcome_that_is_none_are_refused(files: Path, tmp_path: Path) -> None:
    rows = table(50, 3).drop_columns(["click"]).append_column("click", pa.array([5] * 50))
    pacsv.write_csv(rows, tmp_path / "newer.csv")
    with pytest.raises(BadInput, match="row 1, column 'click': 5 is not between 0 and 1"):
        train_table(replace(job(files, tmp_path / "m"), validation=tmp_path / "newer.csv"))


def test_tensorboard_gets_loss_auc_histograms_and_vectors(files: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train_table(job(files, tmp_path / "m", tensorboard=True, projector=True, epochs=2))
    folder = tmp_path / "m" / "tensorboard"
    read = EventAccumulator(str(folder))
    read.Reload()
    tags = read.Tags()
    assert {"loss/train", "rate", "pass/auc", "pass/log_loss"} <= set(tags["scalars"])
    assert len(read.Scalars("pass/auc")) == 2
    assert "table/vectors" in tags["histograms"]
    config = (folder / "projector_config.pbtxt").read_text()
    assert "taste" in config
    names = next(folder.glob("*/taste/metadata.tsv")).read_text().splitlines()
    assert names[0] == "(unknown)"
    assert set(names[1:]) == {f"t{i}" for i in range(6)}


def test_a_folder_of_which_a_byte_was_changed_is_refused(files: Path, tmp_path: Path) -> None:
    out = tmp_path / "m"
    train_table(job(files, out, epochs=1))
    content = bytearray((out / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (out / "model.onnx").write_bytes(content)
    with pytest.raises(BrokenFile, match=r"model\.onnx"):
        TableModel(out)


def run(*words: str) -> Any:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(words))


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
    words = ("train", "--table", str(shop), "--out", str(tmp_path / "m"), "--json")
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
        (["--set", "optimiser=lion"], "optimiser", "adagrad"),
        (["--set", "epoch=3"], "epoch", "did you mean 'epochs'?"),
        (["--set", "dropout=2"], "dropout", ""),
        (["--set", "device=cuda:99"], "cuda:99", "auto, or cpu"),
        (["--set", "loss=pairwise"], "group", "--group"),
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
