"""``baihuo tune``: from a file of rows to the settings that were best on newer rows, and a report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, Progress, ShopError, Unsupported, file_lock, no_progress
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tables.stage import prepared_rows, with_settings_by_rows
from baihuo.train.tables.table_training import TableTraining
from baihuo.train.tuning.measure import measure_of
from baihuo.train.tuning.settings import TuneSettings
from baihuo.train.tuning.space import Space
from baihuo.train.tuning.trial import TrialRows

TRIALS_FILE = "trials.sqlite"
_LOCK = ".tune.lock"
_NOT_THE_RESULT = ("checkpoint_steps", "tensorboard", "projector", "threads", "device", "compile")

_NEEDED = ("torch", "optuna", "sklearn", "plotly")  # of baihuo[train]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTuning:
    """What to tune, and how. ``training.out`` is the folder of the tuning; nothing is trained for good."""

    training: TableTraining
    tuning: TuneSettings
    started_at: float | None = None  # time.monotonic, when the time began; None: now
    options: tuple[
        str, ...
    ] = ()  # of `baihuo train` for these rows: the report shows the whole command


def tune_table(
    job: TableTuning,
    *,
    progress: Progress = no_progress,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Search, and write ``report.html``, ``report.md``, ``report.json`` and ``best.yaml``; the report.

    The same call goes on with the trials of before: after a kill, a Ctrl-C, or the end of its time.

    Raises:
        BadInput: a file, column, space or setting that cannot be used; trials of other data or settings;
            no trial finished.
        Conflict: another process tunes in this folder.
        Unsupported: ``baihuo[train]`` is not installed.
    """
    started_at = time.monotonic() if job.started_at is None else job.started_at
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise Unsupported(f"tuning needs {', '.join(missing)}", fix="pip install 'baihuo[train]'")
    training, tuning = with_settings_by_rows(job.training, with_members=False), job.tuning
    space = Space(tuning.space, training.settings)
    measure = measure_of(training.settings, tuning.measure)
    out = training.out
    with (
        _nothing_left(out),
        file_lock(out / _LOCK, work=f"another tuning in {out} is running"),
    ):
        if training.restart:
            shutil.rmtree(out / "work", ignore_errors=True)
            for end in ("", "-wal", "-shm"):
                (out / f"{TRIALS_FILE}{end}").unlink(missing_ok=True)
        rows = prepared_rows(training, out / "work", progress)
        _check(*rows, measure)
        from baihuo.train.tuning.report import write_report
        from baihuo.train.tuning.search import Search
        from baihuo.train.tuning.study import Study
        from baihuo.train.tuning.workers import Workers

        about = _about(training, space)
        study = Study(
            out / TRIALS_FILE, space, measure=measure, about=about, seed=training.settings.seed
        )
        why, is_interrupted = "", False
        try:
            study.prune_with(tuning.pruner)
            with Workers(
                tuning.jobs, _trial_rows(*rows, space, training.settings, measure)
            ) as workers:
                search = Search(study, tuning, workers, started_at, progress, say)
                try:
                    search.run()
                    why = search.why
                except KeyboardInterrupt:
                    why, is_interrupted = "it was stopped by Ctrl-C", True
                    say(f"stopped; what was tried is kept in {out}, and the same command goes on")
            report = write_report(study, training, job.options, why=why, minutes=tuning.minutes)
            return {**report, "is_interrupted": is_interrupted}
        finally:
            study.close()


@contextmanager
def _nothing_left(out: Path) -> Iterator[None]:
    """Removes a folder that was made for a search which could not begin."""
    is_new = not out.exists()
    try:
        yield
    except ShopError:
        if is_new and not (out / TRIALS_FILE).exists():
            with suppress(OSError):  # it holds something else
                (out / "work").rmdir()
            (out / _LOCK).unlink(missing_ok=True)
            with suppress(OSError):
                out.rmdir()
        raise


def _check(rows: RowsOnDisk, validation: RowsOnDisk, measure: str) -> None:
    if not rows.n_rows or not validation.n_rows:
        raise BadInput(
            f"there are {rows.n_rows} rows to train on and {validation.n_rows} to validate",
            fix="give more rows, or newer ones with --validation FILE",
        )
    labels = validation.mapped().labels
    assert labels is not None
    if measure == "auc" and len(set(labels[:1_000_000].tolist())) < 2:
        raise BadInput(
            f"the label is {labels[0]:g} in all {validation.n_rows} validation rows: there is no AUC",
            fix="give rows with and without the outcome by --validation FILE, or measure: log_loss",
        )


def _trial_rows(
    rows: RowsOnDisk, validation: RowsOnDisk, space: Space, base: DeepSettings, measure: str
) -> TrialRows:
    most = space.highest("epochs", base.epochs)
    return TrialRows(
        folder=rows.folder,
        first=rows.first,
        last=rows.first + rows.n_rows,
        validation_folder=validation.folder,
        validation_first=validation.first,
        validation_last=validation.first + validation.n_rows,
        measure=measure,
        most_epochs=most,
    )


def _about(training: TableTraining, space: Space) -> dict[str, Any]:
    """What trials must share to be compared."""
    searched = {d.name for d in space.dimensions}
    settings = training.settings.model_dump(mode="json")
    files = [training.table, training.validation]
    return {
        "settings": {
            k: v for k, v in settings.items() if k not in searched and k not in _NOT_THE_RESULT
        },
        "files": [
            None if f is None else [str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns]
            for f in files
        ],
        "columns": training.spec.model_dump(mode="json"),
    }
