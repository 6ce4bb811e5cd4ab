"""The trials of a tuning, in one SQLite file: what was tried, how it ended, what to try next."""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import event

from baihuo.core import BadInput, BrokenFile
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tuning.measure import is_better_high
from baihuo.train.tuning.space import Space, Value
from baihuo.train.tuning.trial import N_MARKS, Outcome

_NAME = "tune"
_STARTUP_TRIALS = 5  # at random, and none of them pruned: what later ones are compared with
_COMPARED_WITH = 3  # trials at the same mark; fewer have no median worth the name
_ALL_COMBINATIONS = 64  # a space of so few is tried whole
_STATES = {
    "finished": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "stopped": TrialState.FAIL,
    "failed": TrialState.FAIL,
}


class Study:
    """What is known of a tuning. One process writes."""

    def __init__(
        self, file: Path, space: Space, *, measure: str, about: Mapping[str, Any], seed: int
    ) -> None:
        """Open the file, or begin it.

        Args:
            about: What must be the same for trials to be comparable, as JSON has it.

        Raises:
            BadInput: the file is of other data, settings, space or measure.
            BrokenFile: it cannot be read.
        """
        self.space, self.measure = space, measure
        self._seed = seed
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # we say it ourselves
        about = {**about, "space": space.to_json(), "measure": measure}
        try:
            self._storage = optuna.storages.RDBStorage(f"sqlite:///{file.resolve()}")
            _write_ahead(self._storage)
            self.study = optuna.create_study(
                study_name=_NAME,
                storage=self._storage,
                direction="maximize" if is_better_high(measure) else "minimize",
                load_if_exists=True,
            )
            known = self.study.user_attrs.get("about")
        except Exception as error:  # SQLAlchemy's, Alembic's and Optuna's own have no common base
            raise BrokenFile(
                f"{file} cannot be read: {error}", fix="--restart to begin again"
            ) from error
        if known is not None and known != about:
            other = [name for name in about if about[name] != known.get(name)]
            self.close()
            raise BadInput(
                f"{file.parent} holds a tuning with other {', '.join(other)}",
                fix="--restart to begin again, or name another --out",
            )
        if known is None:
            self.study.set_user_attr("about", about)
            self._begin()
        self._go_on()

    def close(self) -> None:
        """Let go of the file."""
        self._storage.remove_session()
        self._storage.engine.dispose()

    @property
    def trials(self) -> list[FrozenTrial]:
        """Those that began, oldest first."""
        return [t for t in self.study.get_trials(deepcopy=False) if t.state != TrialState.WAITING]

    @property
    def finished(self) -> list[FrozenTrial]:
        """Those with a value at their end; Optuna gives a value to pruned ones, too."""
        return [t for t in self.trials if t.state == TrialState.COMPLETE]

    @property
    def seconds(self) -> float:
        """Of all runs."""
        return float(self.study.user_attrs.get("seconds", 0.0))

    def spent(self, seconds: float) -> None:
        """Keep the seconds of all runs."""
        self.study.set_user_attr("seconds", round(seconds, 1))

    def prune_with(self, name: str) -> None:
        """Choose the rule that ends trainings early: ``median``, ``hyperband`` or ``none``."""
        if name == "hyperband":
            self.study.pruner = optuna.pruners.HyperbandPruner(1, N_MARKS, 3)
        elif name == "median":
            self.study.pruner = optuna.pruners.MedianPruner(
                n_startup_trials=_STARTUP_TRIALS, n_min_trials=_COMPARED_WITH
            )
        else:
            self.study.pruner = optuna.pruners.NopPruner()

    def ask(self) -> Trial | None:
        """The next trial; None when every combination of a small space was tried."""
        if not self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            left = self._untried()
            if left is not None:
                if not left:
                    return None
                self.study.enqueue_trial(random.Random(self._seed + len(left)).choice(left))
        return self.study.ask(self.space.distributions)

    def tell(self, trial: Trial, outcome: Outcome, *, at_s: float) -> None:
        """How a trial ended, ``at_s`` seconds into the tuning."""
        attributes: dict[str, Any] = {"at_s": round(at_s, 1), "seconds": round(outcome.seconds, 2)}
        if outcome.end == "stopped":
            attributes["stopped"] = True
        if outcome.error:
            attributes["error"] = outcome.error
        if outcome.measures:
            attributes["measures"] = outcome.measures
        for name, value in attributes.items():
            trial.set_user_attr(name, value)
        value = outcome.value if outcome.end == "finished" else None
        self.study.tell(trial, value, state=_STATES[outcome.end])
        self.spent(at_s)

    def settings(self, trial: Trial | FrozenTrial) -> DeepSettings:
        """Those of a trial."""
        return self.space.settings(trial.params)

    def _begin(self) -> None:
        values, moved = self.space.base_values()
        attributes = {"is_base": not moved, "moved": moved}
        self.study.enqueue_trial(values, user_attrs=attributes)

    def _go_on(self) -> None:
        """After a run that was killed or whose time was up: what it did not finish is tried again, first."""
        trials = self.study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.state == TrialState.RUNNING:
                self._storage.set_trial_user_attr(trial._trial_id, "stopped", True)
                self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        now = self.study.get_trials(deepcopy=False)
        tried_again = {t.user_attrs.get("again") for t in now}
        for trial in now:
            if trial.user_attrs.get("stopped") and trial.number not in tried_again and trial.params:
                kept = {k: v for k, v in trial.user_attrs.items() if k in ("is_base", "moved")}
                attributes = {**kept, "again": trial.number}
                self.study.enqueue_trial(trial.params, user_attrs=attributes)
        with warnings.catch_warnings():
            # "experimental": what it does is what we want, whatever becomes of its name
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self.study.sampler = optuna.samplers.TPESampler(
                n_startup_trials=_STARTUP_TRIALS,
                multivariate=True,
                constant_liar=True,  # trainings at the same time do not try the same
                seed=self._seed + len(trials),  # a later run does not draw the same again
            )

    def _untried(self) -> list[dict[str, Value]] | None:
        """Of a small space; None if it is not one."""
        combinations = self.space.combinations(_ALL_COMBINATIONS)
        if combinations is None:
            return None
        tried = [t.params for t in self.trials if not t.user_attrs.get("stopped")]
        return [c for c in combinations if c not in tried]


def _write_ahead(storage: optuna.storages.RDBStorage) -> None:
    """A log that is written ahead: a kill loses nothing, and a trial of a tenth of a second does not wait for the disk."""

    def begin(connection: Any, record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    storage.remove_session()
    storage.engine.dispose()
    event.listen(storage.engine, "connect", begin)
