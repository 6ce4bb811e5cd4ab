"""Two processes that share a training learn what one learns, and end together."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
import torch
from tests.train.tables import some_trainings
from tests.train.tables.rows_of_pairs import best_auc, job, run, table, weights_of

from baihuo.core import BadInput, ShopError, Unsupported
from baihuo.train import DeepSettings, TableModel, TableSpec, train_table
from baihuo.train.tables import processes
from baihuo.train.tables.checkpoint import read_tensors
from baihuo.train.tables.losses import LOSSES, mass_of
from baihuo.train.tables.prepare import prepare
from baihuo.train.tables.processes import Group, joined
from baihuo.train.tables.rows_on_disk import RowsOnDisk, group_starts
from baihuo.train.tables.stage import table_columns
from baihuo.train.tables.trainer import Trainer

ONE_STEP = {"batch_rows": 5000, "optimiser": "sgd", "learning_rate": 1.0, "precision": "float32"}
SMALL = {"layers": (16,), "embedding_size": 4}
CASES: dict[str, dict[str, Any]] = {
    "one step": {**ONE_STEP},
    "several networks": {**ONE_STEP, "model": "deepfm+dcn", "networks": 2},
    "groups": {**ONE_STEP, "loss": "softmax", "l2": 0.01},
    "a last batch of one row": {
        **ONE_STEP,
        "batch_rows": 800,
        "optimiser": "adam",
        "learning_rate": 0.01,
    },
    "no vectors": {**ONE_STEP, "model": "logistic"},
    "a history": {**ONE_STEP, "model": "din", "learning_rate": 0.1},
}


def _prepared(folder: Path, *, with_history: bool = False) -> Path:
    """1,601 rows with a weight, in groups of four."""
    rows = table(1601, 4)
    weight = pa.array(np.random.default_rng(0).integers(1, 4, 1601))
    rows = rows.append_column("weight", weight)
    more: dict[str, Any] = {}
    if with_history:
        tastes = rows["taste"].to_pylist()
        seen = ["|".join(tastes[max(0, i - i % 4) : i]) for i in range(1601)]
        rows = rows.append_column("seen", pa.array(seen))
        more = {"sequences": ({"column": "seen", "of": "taste", "length": 4},)}
    folder.mkdir()
    path = folder / "rows.csv"
    pacsv.write_csv(rows, path)
    spec = TableSpec.model_validate(
        {"label": "click", "group": "query", "weight": "weight", **more}
    )
    model = "din" if with_history else "mlp"
    columns = table_columns(path, spec, DeepSettings(model=model))
    prepare(path, columns, folder / "rows", is_binary=True)
    return folder / "rows"


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first process is that of the tests, which waits for the second."""
    monkeypatch.setattr(processes, "_LONGEST_WAIT", timedelta(seconds=60))


@pytest.mark.slow(reason="a process which imports torch")
@pytest.mark.usefixtures("soon_given_up")
def test_a_step_of_two_processes_is_that_of_one(tmp_path: Path) -> None:
    plain = _prepared(tmp_path / "plain")
    rows = dict.fromkeys(CASES, plain)
    rows["a history"] = _prepared(tmp_path / "history", with_history=True)
    settings = {name: {**SMALL, **case} for name, case in CASES.items()}
    paths = {name: str(path) for name, path in rows.items()}
    request = {"rows": paths, "settings": settings, "out": str(tmp_path)}
    meeting = tmp_path / "meeting"
    second = json.dumps({"request": request, "meeting": str(meeting)})
    with subprocess.Popen([sys.executable, some_trainings.__file__, second]) as child:
        some_trainings.train(request, (0, 2, meeting))
        assert child.wait(60) == 0
    for name in CASES:
        alone = Trainer(RowsOnDisk(rows[name]), DeepSettings(**settings[name])).fit().weights
        together, _ = read_tensors(tmp_path / name)
        expected = alone.tensors(with_moments=False)
        assert expected.keys() == together.keys()
        for part, tensor in expected.items():
            torch.testing.assert_close(
                together[part], tensor, atol=1e-5, rtol=1e-4, msg=f"{name}: {part}"
            )


SHARED = {"processes": 2, "epochs": 4, "patience": 4, "batch_rows": 512, "checkpoint_steps": 2}


@pytest.fixture(scope="module")
def whole(
    files: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any], set[str]]:
    """A training by two processes that nothing disturbs: its folder, its report, and what progress told."""
    folder, tasks = tmp_path_factory.mktemp("shared") / "whole", set[str]()
    report = train_table(job(files, folder, **SHARED), progress=lambda task, *_: tasks.add(task))
    return folder, report, tasks


@pytest.mark.slow(reason="two processes, which import torch")
def test_two_processes_by_a_setting_learn_as_much_as_one(
    files: Path, tmp_path: Path, whole: tuple[Path, dict[str, Any], set[str]]
) -> None:
    folder, report, tasks = whole
    alone = train_table(job(files, tmp_path / "alone", **{**SHARED, "processes": 1}))["validation"]
    assert tasks == {"reading the table", "fitting the model"}
    assert report["validation"]["auc"] == pytest.approx(alone["auc"], abs=0.01)
    assert best_auc(table(3000, 1)) - report["validation"]["auc"] < 0.03
    assert weights_of(folder).keys() == weights_of(tmp_path / "alone").keys()
    TableModel(folder)
    assert not (folder / "work").exists()


@pytest.mark.slow(reason="two more trainings by two processes each, which import torch")
def test_a_killed_process_is_named_and_the_same_call_goes_on_to_the_same_weights(
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: tuple[Path, dict[str, Any], set[str]],
) -> None:
    """The same weights to the last bit, which two trainings that nothing disturbs then have, too."""
    checkpoint = tmp_path / "killed" / "work" / "checkpoint.safetensors"
    undisturbed, report, _ = whole
    children: list[Any] = []
    start = torch.multiprocessing.start_processes

    def kept(*arguments: Any) -> Any:
        running = start(*arguments)
        children[:] = running.processes
        return running

    monkeypatch.setattr(torch.multiprocessing, "start_processes", kept)
    seen: list[int] = []

    def kill(task: str, n_done: int, n_total: int) -> None:
        if task == "fitting the model":
            seen.append(n_done)
            if checkpoint.exists() and n_done < n_total:
                children[1].kill()

    with pytest.raises(ShopError, match=r"process 2 of the 2 .* was killed \(SIGKILL\)") as caught:
        train_table(job(files, tmp_path / "killed", **SHARED), progress=kill)
    assert "last checkpoint" in caught.value.fix
    assert not any(child.is_alive() for child in children)
    assert checkpoint.exists()
    shutil.copytree(tmp_path / "killed", tmp_path / "alone")
    seen.clear()
    monkeypatch.undo()
    train_table(
        job(files, tmp_path / "killed", **SHARED),
        progress=lambda task, n, _: seen.append(n) if task == "fitting the model" else None,
    )
    assert seen[0] > 2
    expected, killed = weights_of(undisturbed), weights_of(tmp_path / "killed")
    assert all(np.array_equal(expected[part], killed[part]) for part in expected)
    # and one process goes on with what two began, the same within rounding
    seen.clear()
    alone = train_table(
        job(files, tmp_path / "alone", **{**SHARED, "processes": 1}),
        progress=lambda task, n, _: seen.append(n) if task == "fitting the model" else None,
    )
    assert seen[0] > 2
    assert alone["validation"]["log_loss"] == pytest.approx(
        report["validation"]["log_loss"], abs=1e-3
    )


@pytest.mark.slow(reason="a process which imports torch")
@pytest.mark.usefixtures("soon_given_up")
def test_torchrun_starts_the_same_training_and_one_process_speaks(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the variables that torchrun sets for each process that it starts."""
    words = ["train", "--table", str(files / "valid.csv"), "--label", "click", "--json"]
    words += ["--out", str(tmp_path / "m")]
    for setting in ("epochs=1", "layers=[8]", "by_rows=false", "serves=whole"):
        words += ["--set", setting]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    command = [sys.executable, "-c", "from baihuo.cli.app import app; app()", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **place, "RANK": "1"}
    ) as second:
        for name, value in {**place, "RANK": "0"}.items():
            monkeypatch.setenv(name, value)
        done = run(*words)
        assert (second.wait(60), second.stdout and second.stdout.read()) == (0, "")
    report = json.loads(done.stdout)
    assert report["rows"] == 2_700
    TableModel(tmp_path / "m")


@pytest.mark.slow(reason="two processes, which import torch")
def test_bad_input_of_a_shared_training_is_the_same_error(files: Path, tmp_path: Path) -> None:
    asked = job(files, tmp_path / "m", processes=2, model="din")
    with pytest.raises(BadInput, match="no column holds it") as caught:
        train_table(asked)
    assert "sequences:" in caught.value.fix
    assert not (tmp_path / "m").exists()


def test_other_numbers_of_processes_than_torchrun_started_are_refused(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match="torchrun started 2 processes, and the settings ask for 3"):
        train_table(job(files, tmp_path / "m", processes=3))


def test_a_torch_that_cannot_connect_processes_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.distributed, "is_gloo_available", lambda: False)
    with (
        pytest.raises(Unsupported, match="cannot connect processes"),
        joined((0, 2, tmp_path / "meeting")),
    ):
        pass


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "funnel"])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_loss_of_a_batch_is_that_of_its_parts_by_their_mass(
    name: str, is_weighted: bool
) -> None:
    rng = torch.Generator().manual_seed(1)
    groups = torch.repeat_interleave(torch.arange(7), torch.tensor([3, 1, 5, 2, 4, 2, 6]))
    n = len(groups)
    outputs, labels = (torch.randn(n, generator=rng), (torch.rand(n, generator=rng) > 0.6).float())
    weights = torch.rand(n, generator=rng)[groups] if is_weighted else None

    def of(rows: slice, measure: Callable[..., Any], *first: Any) -> float:
        return float(
            measure(*first, labels[rows], None if weights is None else weights[rows], groups[rows])
        )

    starts = group_starts(groups.numpy()).tolist()
    parts = []
    for rank in range(3):
        group = Group()
        group.rank, group.n = rank, 3
        parts.append(group.share(n, starts))
    assert [part.start for part in parts] + [n] == [0] + [part.stop for part in parts]
    assert {part.start for part in parts} <= set(starts)
    every = slice(None)
    whole = of(every, mass_of, name)
    summed = sum(
        of(part, LOSSES[name], outputs[part]) * of(part, mass_of, name) / whole for part in parts
    )
    assert summed == pytest.approx(of(every, LOSSES[name], outputs), rel=1e-5)
