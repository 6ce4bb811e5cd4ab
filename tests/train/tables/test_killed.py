"""A training that was stopped, or found no room, leaves nothing half-written."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pyarrow.csv as pacsv
import pytest
from tests.train.tables.rows_of_pairs import job, table

from baihuo.core import ShopError
from baihuo.train import TableModel, train_table


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fewer rows than the other files here train on: 12 batches a pass."""
    folder = tmp_path_factory.mktemp("table")
    for name, n, seed in (("train", 3000, 0), ("valid", 1000, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    return folder


def test_a_stopped_training_leaves_the_model_of_before_and_nothing_of_its_own(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from baihuo.models.deep import trainer

    out, step = tmp_path / "m", trainer.Trainer._step

    def until_20(self: Any, rows: Any, number: int) -> Any:
        if number == 20:
            raise KeyboardInterrupt
        return step(self, rows, number)

    def stopped() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(trainer.Trainer, "_step", until_20)
            with pytest.raises(KeyboardInterrupt):
                train_table(job(files, out))

    stopped()
    assert not out.exists()
    train_table(job(files, out))
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    stopped()
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
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
