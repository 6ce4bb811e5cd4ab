"""A training that was killed or stopped goes on, and leaves nothing half-written."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.csv as pacsv
import pytest
from tests.train.tables.rows_of_pairs import job, run, table, weights_of

from baihuo.core import BadInput, NotFound, ShopError
from baihuo.models import DeepSettings
from baihuo.train import TableModel, TableSpec, TableTraining, train_table

SETTINGS: dict[str, Any] = {
    "by_rows": False,
    "batch_rows": 256,
    "layers": (16,),
    "embedding_size": 8,
    "epochs": 3,
    "dropout": 0.3,
    "checkpoint_steps": 7,
    "serves": "whole",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fewer rows than the other files here train on: 12 batches a pass."""
    folder = tmp_path_factory.mktemp("table")
    for name, n, seed in (("train", 3000, 0), ("valid", 1000, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    return folder


SCRIPT = """
import json
import sys
import time
from pathlib import Path
from baihuo.models import DeepSettings
from baihuo.train import TableSpec, TableTraining, train_table
import baihuo.models.deep.trainer as trainer
step = trainer.Trainer._step
def slow(self, rows, number, *more):
    print(number, flush=True)
    time.sleep(0.05)
    return step(self, rows, number, *more)
trainer.Trainer._step = slow
folder = Path(sys.argv[1])
train_table(TableTraining(
    table=folder / "train.csv", validation=folder / "valid.csv", out=Path(sys.argv[2]),
    spec=TableSpec(label="click", ignore=("query",)), settings=DeepSettings(**json.loads(sys.argv[3])),
))
"""


def _killed(files: Path, out: Path, at: int) -> None:
    """Train in a process of its own, killed while it takes step ``at``."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(files), str(out), json.dumps(SETTINGS)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == at:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL


def _undisturbed(files: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Steps of a training that nothing disturbs."""
    from baihuo.models.deep import trainer

    step, steps = trainer.Trainer._step, list[int]()

    def noted(self: Any, rows: Any, number: int) -> Any:
        steps.append(number)
        return step(self, rows, number)

    with monkeypatch.context() as patched:
        patched.setattr(trainer.Trainer, "_step", noted)
        train_table(
            TableTraining(
                table=files / "train.csv",
                validation=files / "valid.csv",
                out=out,
                spec=TableSpec(label="click", ignore=("query",)),
                settings=DeepSettings(**SETTINGS),
            )
        )
    return steps


@pytest.mark.slow(reason="a process that imports torch: a killed one is what is tested")
def test_a_killed_training_goes_on_to_the_same_weights_bit_for_bit(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _undisturbed(files, tmp_path / "whole", monkeypatch)
    assert whole == list(range(1, 37))
    _killed(files, tmp_path / "killed", 16)  # in the second pass
    last = _undisturbed(files, tmp_path / "killed", monkeypatch)
    assert 13 <= last[0] <= 15
    expected, found = weights_of(tmp_path / "whole"), weights_of(tmp_path / "killed")
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        assert array.tobytes() == found[name].tobytes(), name
    onnx = [(tmp_path / n / "model.onnx").read_bytes() for n in ("whole", "killed")]
    assert onnx[0] == onnx[1]
    assert not (tmp_path / "killed" / "work").exists()


def _interrupted(files: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that stops with Ctrl-C at its twentieth step."""
    from baihuo.models.deep import trainer

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
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(ShopError, match="is full"):
        train_table(job(files, out, checkpoint_steps=7))
    assert (out / "work" / "checkpoint.safetensors").read_bytes() == kept
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before
    TableModel(out)


@pytest.mark.parametrize("name", ["model.onnx", "settings.json", "report.json", "files.json"])
def test_a_disk_that_fills_while_the_model_is_written_leaves_the_one_of_before(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    out = tmp_path / "m"
    quick = {"epochs": 1, "batch_rows": 4096}
    train_table(job(files, out, **quick))
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    written: dict[str, Any] = {"write_bytes": Path.write_bytes, "write_text": Path.write_text}

    def full(how: str) -> Any:
        def write(path: Path, content: Any, **options: Any) -> int:
            if path.name == name:
                written[how](path, content[:10], **options)
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(written[how](path, content, **options))

        return write

    with monkeypatch.context() as patched:
        for how in written:
            patched.setattr(Path, how, full(how))
        with pytest.raises(ShopError, match="is full") as caught:
            train_table(job(files, out, seed=2, **quick))
    assert "free some space" in caught.value.fix
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before
    train_table(job(files, out, seed=2, **quick))  # the same again, with room
    assert not (out / "work").exists()
    assert TableModel(out).settings["seed"] == 2


def test_ctrl_c_says_how_to_go_on_and_leaves_no_model(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from baihuo.models.deep import trainer

    words = ("train", "--table", str(files / "train.csv"), "--label", "click")
    out = tmp_path / "m"

    def stopped(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(trainer.Trainer, "_step", stopped)
        done = run(*words, "--out", str(out))
    assert done.exit_code != 0
    assert "the same command continues" in done.stderr
    assert isinstance(run("predict", str(out), str(files / "valid.csv")).exception, NotFound)
