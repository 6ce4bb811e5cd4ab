"""``baihuo train --table``: a file of rows to a folder with a trained network."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.core import BadInput, Progress, no_progress
from baihuo.engine import full_disk_named
from baihuo.models import HISTORY_MODELS, DeepSettings, kinds_named, settings_read
from baihuo.train.tables.by_rows import SHAPE, count_rows, suited
from baihuo.train.tables.columns import Columns, TableSpec, choose_columns
from baihuo.train.tables.model_folder import SERVED, check_folder, move_in
from baihuo.train.tables.prepare import prepare, prepare_more
from baihuo.train.tables.read_table import column_names, list_columns, seen_numbers
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.sequence_columns import with_lists
from baihuo.train.tables.served_texts import ENCODERS
from baihuo.train.tables.table_training import TableTraining

_HELD_BACK = 0.1  # of the rows, the last ones, where there is no validation file


def train_table(job: TableTraining, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Train, and write the folder ``job.out``; its report.

    What does not end leaves nothing of its own, and a model of before as it was.

    Raises:
        BadInput: a file, column or value that cannot be used; or the training diverged.
        Unsupported: no such device here.
        ShopError: the disk is full.
    """
    is_new, work = not job.out.exists(), job.out / "work"
    try:
        with full_disk_named(job.out):
            return _train(with_settings_by_rows(job), work, progress)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # it holds something
                job.out.rmdir()
        raise


def with_settings_by_rows(job: TableTraining, *, with_members: bool = True) -> TableTraining:
    """The job with the settings that nobody gave chosen by its rows.

    Args:
        with_members: Choose members beside the networks, too.

    Raises:
        BadInput: there is no such file.
    """
    if not job.settings.by_rows:
        return job
    if not job.table.is_file():
        raise BadInput(f"there is no file {job.table}", fix="name a .csv or .parquet file")
    if job.start is not None:
        check_folder(job.start)
    n_rows = count_rows(job.table)
    if job.validation is None:
        n_rows = round(n_rows * (1 - _HELD_BACK))
    settings = suited(
        job.settings,
        n_rows,
        like=job.start,
        is_single=bool(job.spec.texts),
        with_members=with_members,
    )
    return replace(job, settings=settings)


def _train(job: TableTraining, work: Path, progress: Progress) -> dict[str, Any]:
    from baihuo.models import Trainer
    from baihuo.train.tables.forms import served_form
    from baihuo.train.tables.outputs import measured
    from baihuo.train.tables.stacking import Stacking, check_together

    check_together(job.settings)
    started_at = time.monotonic()
    shutil.rmtree(work, ignore_errors=True)
    rows, validation = prepared_rows(job, work, progress)
    stacking, shares = None, dict[str, float]()
    if job.settings.together == "stacking":
        stacking = Stacking(rows, job.settings, validation=validation, progress=progress)
        stacking.prepare()
    trained = Trainer(
        rows,
        job.settings,
        measure=measured(validation),
        start=None if job.start is None else _start(job.start, rows, job.settings),
        progress=progress,
    ).fit()
    report = _report(job, rows, validation, trained.history)
    if stacking is not None:
        shares = stacking.finish(trained.weights)
        report["shares"] = {name: round(share, 4) for name, share in shares.items()}
        report["validation"] = measured(validation)(trained.weights)
    small, report["served"] = served_form(trained.weights, rows, validation, progress)
    if stacking is not None:
        stacking.refit(trained.weights, shares)
    report["seconds"] = round(time.monotonic() - started_at, 1)
    _write(job.out, trained.weights, report, small)
    shutil.rmtree(work)
    return report


def prepared_rows(
    job: TableTraining, work: Path, progress: Progress
) -> tuple[RowsOnDisk, RowsOnDisk]:
    """Rows to train on and to validate, read into ``work``, unless it has those of the same files."""
    settings = job.settings
    source = {
        "files": [_identity(job.table), job.validation and _identity(job.validation)],
        "spec": job.spec.model_dump(mode="json"),
        "start": job.start and _identity(job.start / "files.json"),
        "values": [
            settings.min_count,
            settings.number_bins,
            settings.hash_size,
            settings.loss == "binary",
        ],
    }
    known, text = work / "source.json", json.dumps(source, sort_keys=True)
    if not known.exists() or known.read_text("utf-8") != text:
        work.mkdir(parents=True, exist_ok=True)
        is_binary = settings.loss == "binary"
        if job.start is not None:
            if (job.start / ENCODERS).exists():
                shutil.copytree(job.start / ENCODERS, work / ENCODERS, dirs_exist_ok=True)
            more = partial(prepare_more, grow=True, is_binary=is_binary, progress=progress)
            more(job.table, job.start, work / "train")
        else:
            columns = table_columns(job.table, job.spec, settings)
            prepare(job.table, columns, work / "train", is_binary=is_binary, progress=progress)
        if job.validation is not None:
            more = partial(prepare_more, is_binary=is_binary, progress=progress)
            more(job.validation, work / "train", work / "validation")
        known.write_text(text, encoding="utf-8")
    rows = RowsOnDisk(work / "train")
    if job.validation is not None:
        return rows, RowsOnDisk(work / "validation")
    return rows.split(_HELD_BACK)


def table_columns(path: Path, spec: TableSpec, settings: DeepSettings) -> Columns:
    """What the columns of a file are.

    Raises:
        BadInput: a column is not there; the loss needs groups, or the model sequences, and none is named.
    """
    if settings.needs_groups and spec.group is None:
        raise BadInput(
            f"the loss {settings.loss} compares rows of a group, and no group column is named",
            fix="--group NAME, or group: in --spec",
        )
    lists = [name for name in list_columns(path) if name not in spec.ignore]
    spec = spec.model_copy(update={"sequences": with_lists(spec.sequences, lists)})
    if not spec.sequences and any(k in HISTORY_MODELS for k in kinds_named(settings.model)):
        raise BadInput(
            f"the model {settings.model} reads what was before a row, and no column holds it",
            fix="name one in --spec: sequences: [{column: NAME, of: CATEGORY}]; or choose another model",
        )
    if spec.texts and "embedding_size" not in settings_read(settings.model):
        raise BadInput(
            f"the model {settings.model} has no vectors that texts could enter",
            fix="choose another model, or take texts out of --spec",
        )
    if spec.texts and settings.n_networks > 1:
        raise BadInput(
            f"texts enter a single one, and {settings.model} with networks={settings.networks} is several",
            fix="--set model=deepfm --set networks=1, or take texts out of --spec",
        )
    return choose_columns(
        column_names(path),
        seen_numbers(path),
        spec,
        hash_size=settings.hash_size,
        min_count=settings.min_count,
        number_bins=settings.number_bins,
    )


def _start(folder: Path, rows: RowsOnDisk, settings: DeepSettings) -> dict[str, Any]:
    """The weights of a trained folder, with room for new values.

    Raises:
        BadInput: it is of another network or other sizes.
    """
    from baihuo.models import Weights, grown
    from baihuo.train.tables.stored_tensors import read_tensors

    check_folder(folder)
    old = DeepSettings.model_validate_json((folder / "settings.json").read_text("utf-8"))
    if changed := [name for name in SHAPE if getattr(old, name) != getattr(settings, name)]:
        raise BadInput(
            f"{folder} was trained with {', '.join(f'{n}={getattr(old, n)}' for n in changed)}",
            fix="set the same, or begin from nothing",
        )
    tensors = read_tensors(folder / "weights.safetensors")
    sizes = Columns.read(folder / "columns.json").sizes
    new = Weights(rows.shape(settings), settings)
    for name, table in new.tables.items():
        weights = tensors[f"table.{name}"]
        tensors[f"table.{name}"] = grown(weights, sizes, table.weights.cpu(), rows.columns.sizes)
    return tensors


def _identity(path: Path) -> list[object]:
    if not path.is_file():
        raise BadInput(f"there is no file {path}", fix="name a .csv or .parquet file")
    stat = path.stat()
    return [str(path.resolve()), stat.st_size, stat.st_mtime_ns]


def _report(
    job: TableTraining,
    rows: RowsOnDisk,
    validation: RowsOnDisk,
    history: list[dict[str, float]],
) -> dict[str, Any]:
    best = max(history, key=lambda m: (m.get("ndcg", 0), -m.get("log_loss", m.get("rmse", 0))))
    return {
        "model": job.settings.model,
        "rows": rows.n_rows,
        "validation_rows": validation.n_rows,
        "validation": {k: v for k, v in best.items() if k != "train_loss"},
        "passes": history,
        "categories": {c.name: c.size - 1 for c in rows.columns.categories},
        "numbers": [n.name for n in rows.columns.numbers],
        "sequences": {s.name: s.length for s in rows.columns.sequences},
    }


def _write_texts(new: Path, work: Path, weights: Any) -> None:
    """Texts as they are and projected, and the encoder, for values that only a later file has."""
    if not weights.shape.texts:
        return
    shutil.copytree(work / ENCODERS, new / ENCODERS, dirs_exist_ok=True)
    for number, (projection, constants) in enumerate(weights.module.projections()):
        texts = np.load(work / "train" / f"texts.{number}.npy")
        np.save(new / f"texts.{number}.npy", texts)
        np.save(new / f"projection.{number}.npy", np.vstack([projection, constants]))


def _write(out: Path, weights: Any, report: dict[str, Any], small: Any) -> None:
    """The files of the folder, written whole before those of an earlier training go. ``small``: what serves instead."""
    new = out / "work" / "model"
    _write_network(new, weights)
    if small is not None:
        _write_network(new / SERVED, small)
    for name in ("columns.json", "values.parquet"):
        shutil.copyfile(out / "work" / "train" / name, new / name)
    _write_texts(new, out / "work", weights)
    (new / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    move_in(new, out)


def _write_network(folder: Path, weights: Any) -> None:
    from baihuo.train.tables.beside.stored import write_beside
    from baihuo.train.tables.outputs import onnx_of
    from baihuo.train.tables.stored_tensors import write_tensors

    shutil.rmtree(folder, ignore_errors=True)  # of a writing that was killed
    folder.mkdir()
    write_tensors(folder / "weights.safetensors", weights.tensors())
    write_beside(folder, weights.beside)
    (folder / "model.onnx").write_bytes(onnx_of(weights))
    settings = weights.settings.model_dump_json(indent=1)
    (folder / "settings.json").write_text(settings, encoding="utf-8")
