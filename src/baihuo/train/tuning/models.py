"""``baihuo tune``: what is searched of a network on a table, and of a click model of a shop, and how it is measured."""

from __future__ import annotations

import json
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from baihuo.core import BadInput, Progress, ShopError, Unsupported, file_lock, no_progress
from baihuo.evaluate import log_loss, ndcg_by_group
from baihuo.model_inputs import AT_SERVING
from baihuo.models import DeepSettings, FitContext, models_of, settings_read
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.fit import DEPTH
from baihuo.train.tables.measures import is_better_high, measure_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.stage import prepared_rows, with_settings_by_rows
from baihuo.train.tables.table_training import TableTraining
from baihuo.train.tuning.settings import Range, TuneSettings

if TYPE_CHECKING:
    from baihuo.models import Step
    from baihuo.train.tuning.search import Objective

_NEEDED = ("torch", "optuna", "sklearn")  # of baihuo[train]
_LOOKED_AT_ROWS = (
    20_000  # of the validation rows at a mark: enough to end a training, not to choose the best
)
_OF_THE_SHOP = {
    "seed": "it is train.seed of the shop",
    "threads": "it is engine.threads of the shop",
}
_FIXED = {
    "loss": "it changes what the measure means",
    "by_rows": "what is searched is no longer chosen by it",
    **dict.fromkeys(("min_count", "number_bins"), "it changes how the table is read"),
    "seed": "the best of several seeds is chance",
    **dict.fromkeys(("precision", "device", "threads"), "it changes the time"),
}
_NOT_THE_RESULT = ("threads", "device")
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


def tune_table(
    training: TableTraining,
    tuning: TuneSettings,
    *,
    options: tuple[str, ...] = (),
    restart: bool = False,
    progress: Progress = no_progress,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Search the settings of a network over a table; writes ``report.json`` and ``best.yaml`` to ``training.out``.

    The same call goes on with the trials of before: after a kill, a Ctrl-C, or the end of its time.

    Args:
        options: Of ``baihuo train`` for these rows: the report shows the whole command.

    Raises:
        BadInput: a file, column, space or setting that cannot be used; trials of other data or settings; no trial finished.
        Conflict: another process tunes in this folder.
        Unsupported: ``baihuo[train]`` is not installed.
    """
    started_at = time.monotonic()
    _check_installed()
    training = with_settings_by_rows(training, with_members=False)
    settings, out = training.settings, training.out
    ranges, measure = table_ranges(settings, tuning), measure_of(settings.loss, tuning.measure)
    with _folder(out, restart=restart):
        from baihuo.train.tuning.search import Search

        rows, validation = prepared_rows(training, out / "work", progress)
        _check(rows, validation, measure)
        given = settings.model_dump(mode="json")
        files = [f and [str(f.resolve()), *_stat(f)] for f in (training.table, training.validation)]
        report = Search(
            folder=out,
            base=settings,
            ranges=ranges,
            tuning=tuning,
            objective=_table_objective(rows, validation, measure, _most_epochs(settings, ranges)),
            measure=measure,
            about={
                "settings": {
                    n: v for n, v in given.items() if n not in {*ranges, *_NOT_THE_RESULT}
                },
                "files": files,
                "columns": training.spec.model_dump(mode="json"),
            },
            seed=settings.seed,
        ).run(started_at + tuning.minutes * 60, say)
        pairs = (
            f"{n}={json.dumps(v) if isinstance(v, list) else v}"
            for n, v in report["changed"].items()
        )
        words = [word for pair in pairs for word in ("--set", pair)]
        command = shlex.join(["baihuo", "train", *options, *words, "--out", "model"])
        return report | {"command": command, "yaml": _write_best(out, report, "deep")}


def table_ranges(settings: DeepSettings, tuning: TuneSettings) -> Mapping[str, Range]:
    """What was asked for, or, where nothing was, what the model reads.

    Raises:
        BadInput: it has settings that cannot be searched, or that no model of it reads.
    """
    from baihuo.train.tuning.search import check_space

    asked = tuning.space.get("model")
    models = [settings.model] if asked is None else [str(c) for c in asked.choices or ()]
    check_space(settings, tuning.space, _FIXED, "--set NAME=VALUE")
    read = {name for model in models for name in settings_read(model)}
    if unread := [n for n in tuning.space if n in _OF_THE_NETWORK and n not in read]:
        what = f"tune.space.{unread[0]}: {', '.join(models)} does not read it"
        raise BadInput(what, fix="take it out, or use another model")
    default = _COMMON | {n: r for n, r in _OF_THE_NETWORK.items() if n in read}
    return tuning.space or default


def tune_model(
    model: str,
    out: Path,
    tuning: TuneSettings,
    data: Callable[[], ClickData],
    *,
    settings: Mapping[str, Any],
    context: FitContext,
    restart: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Search the settings with which a click model orders newer pages best; as :func:`tune_table`.

    Args:
        data: The shop's pages; called once the settings are known to be right.
        settings: Of the shop, for this model.
        context: Seed and threads of the fits.
    """
    from baihuo.train.tuning.search import Search, as_dict, changed, check_space

    started_at = time.monotonic()
    _check_installed()
    specs = {spec.name: spec for spec in models_of("clicks") if is_dataclass(spec.settings)}
    if model not in specs:
        raise BadInput(f"no click model {model} can be tuned", fix=f"one of {', '.join(specs)}")
    spec = specs[model]
    ranges = tuning.space or {n: Range.model_validate(r) for n, r in spec.searched.items()}
    base = changed(spec.settings(), settings)  # type: ignore[misc]
    check_space(base, ranges, _OF_THE_SHOP, "shop.yaml")
    measure = "ndcg" if tuning.measure == "auto" else tuning.measure
    if measure not in ("ndcg", "log_loss"):
        raise BadInput(f"of pages there is no {measure}", fix="one of ndcg, log_loss")
    with _folder(out, restart=restart):
        pages = data()
        train, newer = (
            pages.rows.take(pages.part(part)).examples(pages.columns)
            for part in ("train", "validation")
        )

        def objective(
            settings: Any, report: Callable[[int, float], None], check_time: Callable[[], None]
        ) -> dict[str, float]:
            """nDCG@10 of pages where something happened, and log-loss where it gives probabilities."""
            fit = FitContext(
                seed=context.seed,
                threads=context.threads,
                settings={n: v for n, v in as_dict(settings).items() if n not in _OF_THE_SHOP},
                at_serving=AT_SERVING,
                progress=lambda *_: check_time(),
            )
            found = spec.fit(train, newer, fit).predict(newer.as_served(AT_SERVING))
            earned = np.exp2(newer.gains.astype(np.float64)) - 1
            ndcg = ndcg_by_group(earned, found.scores, newer.group, k=DEPTH)
            measures = {"ndcg": float(np.nanmean(ndcg))}
            if found.probabilities is not None:
                measures["log_loss"] = log_loss(found.probabilities, newer.labels)
            return measures

        report = Search(
            folder=out,
            base=base,
            ranges=ranges,
            tuning=tuning,
            objective=objective,
            measure=measure,
            about={"model": model, "settings": dict(settings), "pages": pages.split.to_json()},
            seed=context.seed,
        ).run(started_at + tuning.minutes * 60, say)
        text = _write_best(out, report, "train", "models", model)
        return report | {"command": "baihuo train", "yaml": text}


def _table_objective(
    rows: RowsOnDisk, validation: RowsOnDisk, measure: str, most_epochs: int
) -> Objective:
    """Fits a network to prepared rows: the measures of the best pass, on all validation rows."""
    from baihuo.models import Trainer
    from baihuo.train.tables.outputs import measured
    from baihuo.train.tuning.search import N_MARKS

    at_a_mark = measured(validation.newest(_LOOKED_AT_ROWS))
    rows_a_mark = rows.n_rows * most_epochs / N_MARKS

    def objective(
        settings: DeepSettings,
        report: Callable[[int, float], None],
        check_time: Callable[[], None],
    ) -> dict[str, float]:
        last_mark = 0

        def watch(step: Step) -> None:
            nonlocal last_mark
            check_time()
            mark = int(step.step * settings.batch_rows / rows_a_mark)
            if step.measures is None and last_mark < mark < N_MARKS:
                last_mark = mark
                measures = at_a_mark(step.weights)
                step.weights.module.train()  # measuring switched dropout off
                if measure in measures:
                    report(mark, measures[measure])

        trained = Trainer(rows, settings, measure=measured(validation), watch=watch).fit()
        sign = 1 if is_better_high(measure) else -1
        best = max(trained.history, key=lambda m: sign * m[measure])
        return {name: value for name, value in best.items() if name != "train_loss"}

    return objective


def _most_epochs(settings: DeepSettings, ranges: Mapping[str, Range]) -> int:
    """Of any training."""
    given = ranges.get("epochs")
    return settings.epochs if given is None else int(given.high or max(given.choices or (0,)))


def _write_best(out: Path, report: Mapping[str, Any], *sections: str) -> str:
    """Settings to paste into ``shop.yaml``: all that differ from the defaults, those that stayed included."""
    found: Any = report["changed"]
    for name in reversed(sections):
        found = {name: found}
    text = f"# found by baihuo tune\n{yaml.safe_dump(found, sort_keys=False)}"
    (out / "best.yaml").write_text(text, encoding="utf-8")
    return text


def _check_installed() -> None:
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise Unsupported(f"tuning needs {', '.join(missing)}", fix="pip install 'baihuo[train]'")


@contextmanager
def _folder(out: Path, *, restart: bool) -> Iterator[None]:
    """The folder of a tuning, for this process alone. One that was made for a search which could not begin is removed."""
    is_new = not out.exists()
    try:
        with file_lock(out / ".tune.lock", work=f"another tuning in {out} is running"):
            if restart:
                shutil.rmtree(out / "work", ignore_errors=True)
                (out / "trials.sqlite").unlink(missing_ok=True)
            yield
    except ShopError:
        if is_new and not (out / "trials.sqlite").exists():
            shutil.rmtree(out, ignore_errors=True)
        raise


def _stat(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


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
