"""A search for better settings of any model, by Optuna: one training after the other, in one SQLite file, until the time is up."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, Trial, TrialState

from baihuo.core import BadInput, BrokenFile, ShopError
from baihuo.train.tables.measures import MEASURE_WORDS
from baihuo.train.tuning.settings import TuneSettings
from baihuo.train.tuning.space import Space

N_MARKS = 8  # on the way of the longest training: where trainings are compared
_STARTUP_TRIALS = 5  # at random, and none of them pruned: what later ones are compared with
_COMPARED_WITH = 3  # trials at the same mark; fewer have no median worth the name
_ALL_COMBINATIONS = 64  # a space of so few is tried whole
_MOST_FAILED = 5  # before any has finished


class Stopped(Exception):
    """The time is up: the trial says nothing, and is tried again by the next run."""


Report = Callable[[int, float], None]
"""Mark (1 to ``N_MARKS`` - 1) and the measure there. Raises :class:`optuna.TrialPruned` where the training shall end."""


class Objective(Protocol):
    """Trains with some settings."""

    def __call__(
        self, settings: Any, report: Report, check_time: Callable[[], None]
    ) -> Mapping[str, float]:
        """Measures by name. ``check_time``: called after each step; raises :class:`Stopped` when the time is up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search, whose trials ``file`` keeps. The same search goes on with them."""

    file: Path
    space: Space[Any]
    tuning: TuneSettings
    objective: Objective
    measure: str
    is_better_high: bool
    about: Mapping[str, Any]  # what must be the same for trials to be comparable, as JSON has it
    seed: int

    def begin(self) -> optuna.Study:
        """The study of all runs: what an earlier one did not finish is tried again, first.

        Raises:
            BadInput: the file is of other data, settings, space or measure.
            BrokenFile: it cannot be read.
        """
        study = self._opened()
        about = {**self.about, "space": self.space.to_json(), "measure": self.measure}
        known = study.user_attrs.get("about")
        if known is None:
            study.set_user_attr("about", about)
            values, moved = self.space.start()
            study.enqueue_trial(values, user_attrs={"is_base": not moved, "moved": moved})
        elif known != about:
            other = [name for name in about if about[name] != known.get(name)]
            raise BadInput(
                f"{self.file.parent} holds a tuning with other {', '.join(other)}",
                fix="--restart to begin again, or name another --out",
            )
        for trial in began(study):
            if trial.state == TrialState.RUNNING:
                if "again" in trial.user_attrs:
                    why = "the process ended twice with it, perhaps for its memory"
                    study._storage.set_trial_user_attr(trial._trial_id, "error", why)
                else:
                    study._storage.set_trial_user_attr(trial._trial_id, "stopped", True)
                study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        again = {t.user_attrs.get("again") for t in study.get_trials(deepcopy=False)}
        for trial in began(study):
            if trial.user_attrs.get("stopped") and trial.params and trial.number not in again:
                kept = {k: v for k, v in trial.user_attrs.items() if k in ("is_base", "moved")}
                study.enqueue_trial(trial.params, user_attrs={**kept, "again": trial.number})
        return study

    def _opened(self) -> optuna.Study:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # we say it ourselves
        try:
            study = optuna.create_study(
                study_name="tune",
                storage=f"sqlite:///{self.file.resolve()}",
                direction="maximize" if self.is_better_high else "minimize",
                load_if_exists=True,
            )
        except Exception as error:  # SQLAlchemy's, Alembic's and Optuna's own have no common base
            raise BrokenFile(
                f"{self.file} cannot be read: {error}", fix="--restart to begin again"
            ) from error
        seed = self.seed + len(study.get_trials(deepcopy=False))
        study.pruner = optuna.pruners.MedianPruner(
            n_startup_trials=_STARTUP_TRIALS, n_min_trials=_COMPARED_WITH
        )
        with warnings.catch_warnings():
            # "experimental": what it does is what we want, whatever becomes of its name
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.sampler = (
                optuna.samplers.BruteForceSampler(seed=seed)
                if self.space.n_combinations <= _ALL_COMBINATIONS
                else optuna.samplers.TPESampler(
                    n_startup_trials=_STARTUP_TRIALS, multivariate=True, seed=seed
                )
            )
        return study

    def run(
        self,
        study: optuna.Study,
        until: float,
        progress: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda line: None,
    ) -> str:
        """Trials until :func:`time.time` is ``until``, enough were tried, or all combinations were; why they ended.

        Raises:
            BadInput: the first trials all failed.
            ShopError: the file of the trials cannot be written; what it holds is whole.
            KeyboardInterrupt: what was not finished is kept as such.
        """

        def check_time() -> None:
            progress()
            if time.time() >= until:
                raise Stopped

        def one(trial: Trial) -> float:
            started_at = time.monotonic()

            def report(mark: int, value: float) -> None:
                trial.report(_finite(value), mark)
                if "is_base" not in trial.user_attrs and trial.should_prune():
                    raise optuna.TrialPruned

            try:
                measures = self.objective(self.space.drawn(trial), report, check_time)
                trial.set_user_attr("measures", dict(measures))
                return _finite(measures[self.measure])
            except (optuna.TrialPruned, StorageInternalError):
                raise
            except (Stopped, KeyboardInterrupt) as error:
                trial.set_user_attr("stopped", True)
                if isinstance(error, KeyboardInterrupt):
                    raise
            except Exception as error:  # too large or too wild: one bad trial, not the end
                named = " ".join(f"{type(error).__name__}: {error}".split())
                text = error.what if isinstance(error, ShopError) else named
                trial.set_user_attr("error", text[:300])
            finally:
                trial.set_user_attr("seconds", round(time.monotonic() - started_at, 2))
            return math.nan  # a failed trial, for Optuna

        def after(study: optuna.Study, trial: FrozenTrial) -> None:
            if trial.state == TrialState.COMPLETE and study.best_trial.number == trial.number:
                words = MEASURE_WORDS[self.measure]
                say(f"trial {trial.number}: {words} {trial.value:.5f}, the best so far")
            if self._is_enough(study):
                study.stop()

        try:
            if not self._is_enough(study):
                study.optimize(one, timeout=until - time.time(), callbacks=[after])
        except StorageInternalError as error:
            raise ShopError(
                "the trials cannot be written: the disk is full, or the file cannot be changed",
                fix="free some space on the disk; the same command goes on",
            ) from error
        return self._why(study, until)

    def _is_enough(self, study: optuna.Study) -> bool:
        """Whether as many trials as were asked for began, or all of the first failed."""
        n = sum(not t.user_attrs.get("stopped") for t in began(study))
        return (self.tuning.trials or math.inf) <= n or _all_failed(study)

    def _why(self, study: optuna.Study, until: float) -> str:
        tried = [t for t in began(study) if not t.user_attrs.get("stopped")]
        if _all_failed(study):
            error = [t.user_attrs["error"] for t in tried if "error" in t.user_attrs][-1]
            raise BadInput(
                f"all of the first {_MOST_FAILED} trainings failed; the last: {error}",
                fix="narrow tune.space, or train once with `baihuo train --table` to see that it works; then --restart",
            )
        if time.time() >= until:
            return "the time is up"
        if len({str(t.params) for t in tried}) >= self.space.n_combinations:
            return "every combination was tried"
        return f"{len(tried)} trials were asked for"


def began(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that began, oldest first."""
    return [t for t in study.get_trials(deepcopy=False) if t.state != TrialState.WAITING]


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with a value at their end; Optuna gives a value to pruned ones, too."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _all_failed(study: optuna.Study) -> bool:
    """Whether the first trials failed, and none did not."""
    ended = [t for t in began(study) if t.state.is_finished() and "stopped" not in t.user_attrs]
    return len(ended) >= _MOST_FAILED and all("error" in t.user_attrs for t in ended)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("the measure is not a number (NaN or infinite): the training diverged")
    return float(value)
