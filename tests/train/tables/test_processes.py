"""Two processes that share a training learn what one learns, and end together."""

from __future__ import annotations

import json
import os
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
from tests.train.tables.rows_of_pairs import run, table

from baihuo.core import Unsupported
from baihuo.models import DeepSettings, Group, Trainer
from baihuo.models.deep.losses import LOSSES, mass_of
from baihuo.models.deep.rows import group_starts
from baihuo.train import TableModel, TableSpec
from baihuo.train.tables import processes
from baihuo.train.tables.checkpoint import read_tensors
from baihuo.train.tables.prepare import prepare
from baihuo.train.tables.processes import joined
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.stage import table_columns

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


def _place(rank: int) -> dict[str, str]:
    """The variables that torchrun sets for each process that it starts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return {**place, "RANK": str(rank)}


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first process is that of the tests, which waits for the second."""
    monkeypatch.setattr(processes, "_LONGEST_WAIT", timedelta(seconds=60))


@pytest.mark.slow(reason="a process which imports torch")
@pytest.mark.usefixtures("soon_given_up")
def test_a_step_of_two_processes_is_that_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _prepared(tmp_path / "plain")
    rows = dict.fromkeys(CASES, plain)
    rows["a history"] = _prepared(tmp_path / "history", with_history=True)
    settings = {name: {**SMALL, **case} for name, case in CASES.items()}
    paths = {name: str(path) for name, path in rows.items()}
    request = {"rows": paths, "settings": settings, "out": str(tmp_path)}
    place = _place(rank=0)
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, some_trainings.__file__, json.dumps(request)]
    with subprocess.Popen(command, env={**os.environ, **place, "RANK": "1"}) as child:
        some_trainings.train(request)
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


@pytest.mark.slow(reason="a process which imports torch")
@pytest.mark.usefixtures("soon_given_up")
def test_torchrun_starts_the_same_training_and_one_process_speaks(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", "--table", str(files / "valid.csv"), "--label", "click", "--json"]
    words += ["--out", str(tmp_path / "m")]
    for setting in ("epochs=1", "layers=[8]", "by_rows=false", "serves=whole"):
        words += ["--set", setting]
    place = _place(rank=0)
    command = [sys.executable, "-c", "from baihuo.cli.app import app; app()", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **place, "RANK": "1"}
    ) as second:
        for name, value in place.items():
            monkeypatch.setenv(name, value)
        done = run(*words)
        assert (second.wait(60), second.stdout and second.stdout.read()) == (0, "")
    report = json.loads(done.stdout)
    assert report["rows"] == 2_700
    TableModel(tmp_path / "m")


def test_a_torch_that_cannot_connect_processes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _place(rank=0).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.distributed, "is_gloo_available", lambda: False)
    with pytest.raises(Unsupported, match="cannot connect processes"), joined():
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
