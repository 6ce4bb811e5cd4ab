"""``baihuo tune``: from a file of rows to the settings of a network that were best on newer rows, and a report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baihuo.core import BadInput, Progress, ShopError, Unsupported, file_lock, no_progress
from baihuo.models import DeepSettings, settings_read
from baihuo.train.tables.measures import is_better_high, measure_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.stage import prepared_rows, with_settings_by_rows
from baihuo.train.tables.table_training import TableTraining
from baihuo.train.tuning.settings import Range, TuneSettings
from baihuo.train.tuning.space import Space

if TYPE_CHECKING:
    from baihuo.models import Step
    from baihuo.train.tuning.search import Search

TRIALS_FILE = "trials.sqlite"
_LOCK = ".tune.lock"
_NEEDED = ("torch", "optuna", "sklearn")  # of baihuo[train]
_REPORT_S = 3.0  # of the time, left for the report
_LOOKED_AT_ROWS = (
    20_000  # of the validation rows at a mark: enough to end a training, not to choose the best
)
_FIXED = {
    "loss": "it changes what the measure means",
    "by_rows": "what is searched is no longer chosen by it",
    "min_count": "it changes how the table is read",
    "hash_size": "it changes how the table is read",
    "number_bins": "it changes how the table is read",
    "seed": "the best of several seeds is chance",
    **dict.fromkeys(("precision", "device", "threads"), "it changes the time"),
    **dict.fromkeys(("checkpoint_steps", "tensorboard"), "it changes no result"),
}
_NOT_THE_RESULT = ("checkpoint_steps", "tensorboard", "threads", "device")
_COMMON = {
    "learning_rate": Range(low=1e-4, high=1e-1, log=True),
    "batch_rows": Range(choices=(512, 2048, 4096, 16384)),
    "epochs": Range(low=1, high=3),
    "l2": Range(choices=(0.0, 1e-7, 1e-6, 1e-5, 1e-4)),
}
_OF_THE_NETWORK = {
    "embedding_size": Range(choices=(8, 16, 32)),
    "layers": Range(choices=((64,), (128, 64), (256, 128), (400, 400, 400))),
    "dropout": Range(low=0.0, high=0.5),
    "cross_layers": Range(low=1, high=4),
    "attention_blocks": Range(low=1, high=2),
    "attention_heads": Range(choices=(1, 2, 4)),
}


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
    """Search, and write ``report.md``, ``report.json`` and ``best.yaml``; the report.

    The same call goes on with the trials of before: after a kill, a Ctrl-C, or the end of its time.

    Raises:
        BadInput: a file, column, space or setting that cannot be used; trials of other data or settings;
            no trial finished.
        Conflict: another process tunes in this folder.
        Unsupported: ``baihuo[train]`` is not installed.
    """
    started_at = time.monotonic() if job.started_at is None else job.started_at
    check_installed()
    training, tuning = with_settings_by_rows(job.training, with_members=False), job.tuning
    space = table_space(training.settings, tuning)
    measure = measure_of(training.settings.loss, tuning.measure)
    out = training.out
    with tuning_folder(out, restart=training.restart):
        rows, validation = prepared_rows(training, out / "work", progress)
        _check(rows, validation, measure)
        from baihuo.train.tuning.search import Search

        search = Search(
            file=out / TRIALS_FILE,
            space=space,
            tuning=tuning,
            objective=TableObjective(rows, validation, measure, space.highest("epochs")),
            measure=measure,
            is_better_high=is_better_high(measure),
            about=_about(training, space),
            seed=training.settings.seed,
        )
        return searched(
            search,
            started_at=started_at,
            sections=["deep"],
            command=["baihuo", "train", *job.options],
            progress=progress,
            say=say,
        )


def searched(
    search: Search,
    *,
    started_at: float,
    sections: list[str],
    command: list[str],
    progress: Progress,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Run a search to the end of its time, and report; errors as :func:`tune_table`.

    Args:
        started_at: :func:`time.monotonic`, when its time began.
        sections, command: As of :func:`~baihuo.train.tuning.report.write_report`.
    """
    from baihuo.train.tuning.report import write_report

    study, budget_s = search.begin(), search.tuning.minutes * 60
    before_s = float(study.user_attrs.get("seconds", 0.0))

    def elapsed_s() -> float:
        return time.monotonic() - started_at

    def show() -> None:
        progress("tuning, seconds", int(min(elapsed_s(), budget_s)), int(budget_s))

    left_s = budget_s - min(_REPORT_S, budget_s / 10) - elapsed_s()
    is_interrupted = False
    try:
        why = search.run(study, time.time() + left_s, show, say)
    except KeyboardInterrupt:
        why, is_interrupted = "it was stopped by Ctrl-C", True
        folder = search.file.parent
        say(f"stopped; what was tried is kept in {folder}, and the same command goes on")
    study.set_user_attr("seconds", round(before_s + elapsed_s(), 1))
    report = write_report(study, search, why=why, sections=sections, command=command)
    return {**report, "is_interrupted": is_interrupted}


def table_space(settings: DeepSettings, tuning: TuneSettings) -> Space[DeepSettings]:
    """The space that was asked for, or, where none was, one of the settings that the model reads.

    Raises:
        BadInput: it has settings that cannot be searched, or that no model of it reads.
    """
    asked = tuning.space.get("model")
    models = [settings.model] if asked is None else [str(c) for c in asked.choices or ()]
    ranges = dict(tuning.space)
    if not ranges:
        read = settings_read(settings.model)
        ranges = _COMMON | {n: r for n, r in _OF_THE_NETWORK.items() if n in read}
    space = Space.checked(settings, ranges, _FIXED)
    for name in ranges:
        if name in _OF_THE_NETWORK and not any(name in settings_read(m) for m in models):
            raise BadInput(
                f"tune.space.{name}: {', '.join(models)} does not read it",
                fix="take it out, or use another model",
            )
    return space


@dataclass(frozen=True, slots=True)
class TableObjective:
    """Fits a network to prepared rows, and measures it on newer ones."""

    rows: RowsOnDisk
    validation: RowsOnDisk
    measure: str
    most_epochs: int  # of any training

    def __call__(
        self,
        settings: DeepSettings,
        report: Callable[[int, float], None],
        check_time: Callable[[], None],
    ) -> dict[str, float]:
        """The measures of the best pass, on all validation rows."""
        from baihuo.models import Trainer
        from baihuo.train.tables.outputs import measured
        from baihuo.train.tuning.search import N_MARKS

        measure, last_mark = measured(self.validation.newest(_LOOKED_AT_ROWS)), 0
        rows_a_mark = self.rows.n_rows * self.most_epochs / N_MARKS

        def watch(step: Step) -> None:
            nonlocal last_mark
            check_time()
            mark = int(step.step * settings.batch_rows / rows_a_mark)
            if step.measures is None and last_mark < mark < N_MARKS:
                last_mark = mark
                measures = measure(step.weights)
                step.weights.module.train()  # measuring switched dropout off
                if self.measure in measures:
                    report(mark, measures[self.measure])

        trained = Trainer(self.rows, settings, measure=measured(self.validation), watch=watch).fit()
        sign = 1 if is_better_high(self.measure) else -1
        best = max(trained.history, key=lambda m: sign * m[self.measure])
        return {name: value for name, value in best.items() if name != "train_loss"}


def check_installed() -> None:
    """That tuning has what it needs.

    Raises:
        Unsupported: ``baihuo[train]`` is not installed.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise Unsupported(f"tuning needs {', '.join(missing)}", fix="pip install 'baihuo[train]'")


@contextmanager
def tuning_folder(out: Path, *, restart: bool) -> Iterator[None]:
    """The folder, for this process alone. One that was made for a search which could not begin is removed."""
    is_new = not out.exists()
    try:
        with file_lock(out / _LOCK, work=f"another tuning in {out} is running"):
            if restart:
                shutil.rmtree(out / "work", ignore_errors=True)
                (out / TRIALS_FILE).unlink(missing_ok=True)
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


def _about(training: TableTraining, space: Space[DeepSettings]) -> dict[str, Any]:
    """What trials must share to be compared."""
    settings = training.settings.model_dump(mode="json")
    left_out = {*space.ranges, *_NOT_THE_RESULT}
    files = [training.table, training.validation]
    return {
        "settings": {name: value for name, value in settings.items() if name not in left_out},
        "files": [
            None if f is None else [str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns]
            for f in files
        ],
        "columns": training.spec.model_dump(mode="json"),
    }
