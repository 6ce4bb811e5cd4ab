"""One search for better settings of any model, by Optuna: trial after trial, kept in one file, until the time is up."""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, Trial, TrialState
from pydantic import BaseModel, TypeAdapter, ValidationError

from baihuo.core import BadInput, BrokenFile, ShopError, close_match
from baihuo.engine import written_whole
from baihuo.train.tables.measures import MEASURE_WORDS, is_better_high
from baihuo.train.tuning.settings import Range, TuneSettings

N_MARKS = 8  # on the way of the longest training: where trainings are compared
_STARTUP_TRIALS = 5  # at random, and none of them pruned: what later ones are compared with
_COMPARED_WITH = 3  # trials at the same mark; fewer have no median worth the name
_ALL_COMBINATIONS = 64  # a space of so few is tried whole


class Stopped(Exception):
    """The time is up: the trial says nothing."""


class Objective(Protocol):
    """Trains with some settings, and measures by name."""

    def __call__(
        self, settings: Any, report: Callable[[int, float], None], check_time: Callable[[], None]
    ) -> Mapping[str, float]:
        """``report``: a mark (1 to ``N_MARKS`` - 1) and the measure there, which may end the training;
        ``check_time``: to be called after each step. Both raise what ends a trial.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is searched around ``base``, whose other settings stay; the same search goes on with the trials of ``folder``."""

    folder: Path
    base: Any  # of a class of pydantic, or a dataclass
    ranges: Mapping[str, Range]
    tuning: TuneSettings
    objective: Objective
    measure: str
    about: Mapping[str, Any]  # what must be the same for trials to be comparable, as JSON has it
    seed: int

    def run(self, until: float, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
        """Trials until :func:`time.monotonic` is ``until``, all that were asked for, or every combination; the report.

        Raises:
            BadInput: the folder has trials of other data, settings or measure; no trial finished.
            BrokenFile: its trials cannot be read.
            ShopError: they cannot be written; what the file holds is whole.
        """
        study = self._study()

        def check_time() -> None:
            if time.monotonic() >= until:
                raise Stopped

        def one(trial: Trial) -> float:
            def report(mark: int, value: float) -> None:
                trial.report(_finite(value), mark)
                if trial.should_prune():
                    raise optuna.TrialPruned

            try:
                check_time()
                measures = self.objective(self._drawn(trial), report, check_time)
                trial.set_user_attr("measures", dict(measures))
                return _finite(measures[self.measure])
            except (optuna.TrialPruned, StorageInternalError, Stopped):
                raise
            except Exception as error:  # too large or too wild: one bad trial, not the end
                text = error.what if isinstance(error, ShopError) else repr(error)
                trial.set_user_attr("error", text[:300])
                return math.nan  # a failed trial, for Optuna

        def after(study: optuna.Study, trial: FrozenTrial) -> None:
            if trial.state == TrialState.COMPLETE and study.best_trial.number == trial.number:
                words = MEASURE_WORDS[self.measure]
                say(f"trial {trial.number}: {words} {trial.value:.5f}, the best so far")
            if self._is_enough(study):
                study.stop()

        ended = "all trials were tried"
        try:
            if not self._is_enough(study):
                study.optimize(one, timeout=until - time.monotonic(), callbacks=[after])
            if time.monotonic() >= until:
                ended = "the time is up"
        except Stopped:
            ended = "the time is up"
        except KeyboardInterrupt:
            ended = "stopped by Ctrl-C"
            say(f"stopped; what was tried is kept in {self.folder}, and the same command goes on")
        except StorageInternalError as error:
            raise ShopError(
                "the trials cannot be written: the disk is full, or the file cannot be changed",
                fix="free some space on the disk; the same command goes on",
            ) from error
        return self._report(study, ended)

    def _study(self) -> optuna.Study:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # we say it ourselves
        file = self.folder / "trials.sqlite"
        try:
            study = optuna.create_study(
                study_name="tune",
                storage=f"sqlite:///{file.resolve()}",
                direction="maximize" if is_better_high(self.measure) else "minimize",
                load_if_exists=True,
            )
        except Exception as error:  # SQLAlchemy's, Alembic's and Optuna's own have no common base
            raise BrokenFile(
                f"{file} cannot be read: {error}", fix="--restart to begin again"
            ) from error
        space = {
            n: r.model_dump(mode="json", exclude_defaults=True) for n, r in self.ranges.items()
        }
        about = {**self.about, "space": space, "measure": self.measure}
        known = study.user_attrs.get("about", about)
        if other := [name for name in about if about[name] != known.get(name)]:
            raise BadInput(
                f"{self.folder} holds a tuning with other {', '.join(other)}",
                fix="--restart to begin again, or name another --out",
            )
        study.set_user_attr("about", about)
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)  # its process was killed
        if not study.get_trials(deepcopy=False, states=(TrialState.WAITING, TrialState.COMPLETE)):
            study.enqueue_trial({name: self._nearest(name) for name in self.ranges})
        seed = self.seed + len(study.get_trials(deepcopy=False))
        study.pruner = optuna.pruners.MedianPruner(_STARTUP_TRIALS, n_min_trials=_COMPARED_WITH)
        with warnings.catch_warnings():
            # "experimental": what it does is what we want, whatever becomes of its name
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.sampler = (
                optuna.samplers.BruteForceSampler(seed=seed)
                if self._n_combinations() <= _ALL_COMBINATIONS
                else optuna.samplers.TPESampler(
                    n_startup_trials=_STARTUP_TRIALS, multivariate=True, seed=seed
                )
            )
        return study

    def _drawn(self, trial: Trial) -> Any:
        values: dict[str, Any] = {}
        for name, given in self.ranges.items():
            if given.choices is not None:
                values[name] = trial.suggest_categorical(name, [_coded(c) for c in given.choices])
            elif isinstance(getattr(self.base, name), int):
                low, high = int(given.low or 0), int(given.high or 0)
                values[name] = trial.suggest_int(name, low, high, log=given.log)
            else:
                values[name] = trial.suggest_float(
                    name, given.low or 0.0, given.high or 0.0, log=given.log
                )
        return changed(self.base, _decoded(values))

    def _nearest(self, name: str) -> Any:
        """The value of ``base``, or the nearest one that the range has."""
        given, value = self.ranges[name], _coded(getattr(self.base, name))
        if given.choices is None:
            return type(value)(min(max(value, given.low), given.high))
        choices = [_coded(choice) for choice in given.choices]
        return value if value in choices else choices[0]

    def _n_combinations(self) -> float:
        return math.prod(
            len(r.choices)
            if r.choices is not None
            else int(r.high or 0) - int(r.low or 0) + 1
            if isinstance(getattr(self.base, name), int)
            else math.inf
            for name, r in self.ranges.items()
        )

    def _is_enough(self, study: optuna.Study) -> bool:
        """Whether as many trials as were asked for said something, or all of the first failed."""
        said = [t for t in study.get_trials(deepcopy=False) if t.value is not None or _error(t)]
        all_failed = len(said) >= _STARTUP_TRIALS and all(map(_error, said))
        return len(said) >= (self.tuning.trials or math.inf) or all_failed

    def _report(self, study: optuna.Study, ended: str) -> dict[str, Any]:
        trials = [t for t in study.get_trials(deepcopy=False) if t.state != TrialState.WAITING]
        errors = [_error(t) for t in trials if _error(t)]
        done = [t for t in trials if t.state == TrialState.COMPLETE]
        if not done:
            raise BadInput(
                f"no training finished ({ended}): {len(errors)} failed{f'; the last: {errors[-1]}' if errors else ''}",
                fix="narrow tune.space and --restart"
                if errors
                else "more --minutes, fewer epochs or rows",
            )
        best = study.best_trial
        defaults, found = (
            as_dict(type(self.base)()),
            as_dict(changed(self.base, _decoded(best.params))),
        )
        report: dict[str, Any] = {
            "measure": self.measure,
            "best": _shown(best),
            "first": _shown(done[0]),
            "changed": _plain({n: v for n, v in found.items() if v != defaults[n]}),
            "importance": _importance(study, len(done)),
            "trials": [_shown(trial) for trial in trials],
            "ended": ended,
        }
        with written_whole(self.folder / "report.json") as part:
            part.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
        return report


def check_space(
    base: Any, ranges: Mapping[str, Range], fixed: Mapping[str, str], set_with: str
) -> None:
    """Check the ranges that a person gave against the settings that they are of.

    Args:
        fixed: Settings that cannot be searched, and why.
        set_with: What sets these.

    Raises:
        BadInput: an unknown or fixed setting, or a value that the setting does not allow.
    """
    for name, given in ranges.items():
        where = f"tune.space.{name}"
        if name not in as_dict(base):
            names = [n for n in as_dict(base) if n not in fixed]
            fix = close_match(name, names) or f"settings are {', '.join(names)}"
            raise BadInput(f"{where}: there is no such setting", fix=fix)
        if name in fixed:
            fix = f"take it out, and set it with {set_with}"
            raise BadInput(f"{where} cannot be searched: {fixed[name]}", fix=fix)
        value = getattr(base, name)
        if given.choices is None and (
            isinstance(value, bool) or not isinstance(value, int | float)
        ):
            raise BadInput(f"{where} needs choices", fix=f"{name}: {{choices: [A, B]}}")
        for value in given.choices or (given.low, given.high):
            try:
                changed(base, {name: value})
            except ValidationError as error:
                known = getattr(type(base), "model_fields", {})
                meaning = (known[name].description or "" if known else "").replace("`", "")
                what = f"{where}: {error.errors()[0]['msg']} (got {value!r})"
                raise BadInput(what, fix=meaning or "correct the value") from error


def changed(base: Any, values: Mapping[str, Any]) -> Any:
    """The settings with some values changed, and checked."""
    return TypeAdapter(type(base)).validate_python({**as_dict(base), **values})


def as_dict(settings: Any) -> dict[str, Any]:
    """Settings by name."""
    return settings.model_dump() if isinstance(settings, BaseModel) else asdict(settings)


def _importance(study: optuna.Study, n_finished: int) -> dict[str, float]:
    """Each setting's share of the variance between trials (fANOVA); empty where too few finished, or all are alike."""
    if n_finished < _STARTUP_TRIALS:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (RuntimeError, ValueError):  # the trees see no difference between the trials
        return {}
    return {name: float(share) for name, share in found.items()}


def _shown(trial: FrozenTrial) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "value": trial.value,
        "settings": _decoded(trial.params),
        "seconds": None if trial.duration is None else round(trial.duration.total_seconds(), 1),
        **trial.user_attrs,
    }


def _error(trial: FrozenTrial) -> str | None:
    return trial.user_attrs.get("error")


def _coded(value: Any) -> Any:
    """As Optuna stores it: a list is its JSON."""
    return json.dumps(list(value)) if isinstance(value, tuple | list) else value


def _decoded(values: Mapping[str, Any]) -> dict[str, Any]:
    is_list = {n: isinstance(v, str) and v.startswith("[") for n, v in values.items()}
    return {n: json.loads(v) if is_list[n] else v for n, v in values.items()}


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Floats as they are typed, tuples as lists."""
    found = TypeAdapter(dict[str, Any]).dump_python(dict(settings), mode="json")
    return {n: float(f"{v:.4g}") if isinstance(v, float) else v for n, v in found.items()}


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("the measure is not a number (NaN or infinite): the training diverged")
    return float(value)
