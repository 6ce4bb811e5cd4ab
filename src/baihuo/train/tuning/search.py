"""A search for better settings of any model, by Optuna: trials in one SQLite file, trained by processes, until the time is up."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import event

from baihuo.core import BadInput, BrokenFile, ShopError
from baihuo.train.tables.measures import MEASURE_WORDS
from baihuo.train.tuning.settings import TuneSettings
from baihuo.train.tuning.space import Space

N_MARKS = 8  # on the way of the longest training: where trainings are compared
_STARTUP_TRIALS = 5  # at random, and none of them pruned: what later ones are compared with
_COMPARED_WITH = 3  # trials at the same mark; fewer have no median worth the name
_ALL_COMBINATIONS = 64  # a space of so few is tried whole
_MOST_FAILED = 5  # before any has finished
_LOOK_EVERY_S, _LATE_S = 0.5, 3.0  # a training that has not stopped by then is killed
_CANNOT_WRITE = 3  # exit code of a process
_BUSY_S = 60.0  # for the other processes to finish writing


class Stopped(Exception):
    """The time is up: the trial says nothing, and is tried again by the next run."""


Report = Callable[[int, float], None]
"""Mark (1 to ``N_MARKS`` - 1) and the measure there. Raises :class:`optuna.TrialPruned` where the training shall end."""


class Objective(Protocol):
    """Trains with some settings. It is sent to other processes, so it can be pickled."""

    def __call__(self, settings: Any, report: Report, until: float) -> Mapping[str, float]:
        """Measures by name. Raises :class:`Stopped` when :func:`time.time` is ``until``."""


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

    def opened(self, number: int = 0) -> optuna.Study:
        """The study, in this process; ``number``: of the process, which draws other settings than the others.

        Raises:
            BrokenFile: the file cannot be read.
        """
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # we say it ourselves
        try:
            storage = optuna.storages.RDBStorage(
                f"sqlite:///{self.file.resolve()}",
                engine_kwargs={"connect_args": {"timeout": _BUSY_S}},
            )
            _write_ahead(storage)
            study = optuna.create_study(
                study_name="tune",
                storage=storage,
                direction="maximize" if self.is_better_high else "minimize",
                load_if_exists=True,
            )
        except Exception as error:  # SQLAlchemy's, Alembic's and Optuna's own have no common base
            raise BrokenFile(
                f"{self.file} cannot be read: {error}", fix="--restart to begin again"
            ) from error
        seed = self.seed + 1000 * number + len(study.get_trials(deepcopy=False))
        study.pruner = {
            "median": optuna.pruners.MedianPruner(
                n_startup_trials=_STARTUP_TRIALS, n_min_trials=_COMPARED_WITH
            ),
            "hyperband": optuna.pruners.HyperbandPruner(1, N_MARKS, 3),
            "none": optuna.pruners.NopPruner(),
        }[self.tuning.pruner]
        with warnings.catch_warnings():
            # "experimental": what it does is what we want, whatever becomes of its name
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.sampler = (
                optuna.samplers.BruteForceSampler(seed=seed)
                if self.space.n_combinations <= _ALL_COMBINATIONS
                else optuna.samplers.TPESampler(
                    n_startup_trials=_STARTUP_TRIALS,
                    multivariate=True,
                    constant_liar=True,  # trainings at the same time do not try the same
                    seed=seed,
                )
            )
        return study

    def begin(self) -> optuna.Study:
        """The study of all runs: what an earlier one did not finish is tried again, first.

        Raises:
            BadInput: the file is of other data, settings, space or measure.
            BrokenFile: it cannot be read.
        """
        study = self.opened()
        about = {**self.about, "space": self.space.to_json(), "measure": self.measure}
        known = study.user_attrs.get("about")
        if known is None:
            study.set_user_attr("about", about)
            values, moved = self.space.start()
            study.enqueue_trial(values, user_attrs={"is_base": not moved, "moved": moved})
        elif known != about:
            close(study)
            other = [name for name in about if about[name] != known.get(name)]
            raise BadInput(
                f"{self.file.parent} holds a tuning with other {', '.join(other)}",
                fix="--restart to begin again, or name another --out",
            )
        for trial in began(study):
            if trial.state == TrialState.RUNNING:
                _fail(study, trial, "stopped", True)
        again = {t.user_attrs.get("again") for t in study.get_trials(deepcopy=False)}
        for trial in began(study):
            if trial.user_attrs.get("stopped") and trial.params and trial.number not in again:
                kept = {k: v for k, v in trial.user_attrs.items() if k in ("is_base", "moved")}
                study.enqueue_trial(trial.params, user_attrs={**kept, "again": trial.number})
        return study

    def work(self, until: float, number: int = 0) -> None:
        """Trials in this process, until :func:`time.time` is ``until``, enough were tried, or all combinations were."""
        study = self.opened(number)

        def one(trial: Trial) -> float:
            trial.set_user_attr("process", os.getpid())
            started_at = time.monotonic()

            def report(mark: int, value: float) -> None:
                trial.report(_finite(value), mark)
                if "is_base" not in trial.user_attrs and trial.should_prune():
                    raise optuna.TrialPruned

            try:
                measures = self.objective(self.space.drawn(trial), report, until)
                trial.set_user_attr("measures", dict(measures))
                return _finite(measures[self.measure])
            except optuna.TrialPruned:
                raise
            except StorageInternalError:
                sys.exit(_CANNOT_WRITE)
            except Stopped:
                trial.set_user_attr("stopped", True)
                raise
            except (
                Exception
            ) as error:  # a training too large or too wild is one bad trial, not the end
                text = error.what if isinstance(error, ShopError) else _named(error)
                trial.set_user_attr("error", text[:300])
                raise
            finally:
                trial.set_user_attr("seconds", round(time.monotonic() - started_at, 2))

        def enough(study: optuna.Study, trial: FrozenTrial) -> None:
            if self.is_enough(study):
                study.stop()

        if not self.is_enough(study):
            study.optimize(one, timeout=until - time.time(), callbacks=[enough], catch=(Exception,))
        close(study)

    def is_enough(self, study: optuna.Study) -> bool:
        """Whether as many trials as were asked for began, or all of the first failed."""
        n = sum(not t.user_attrs.get("stopped") for t in began(study))
        return (self.tuning.trials or math.inf) <= n or all_failed(study)

    def run(self, until: float, progress: Callable[[], None], say: Callable[[str], None]) -> str:
        """Trials in ``tuning.jobs`` processes until :func:`time.time` is ``until``; why they ended.

        Raises:
            BadInput: the first trials all failed.
            ShopError: the file of the trials cannot be written (what it holds is whole), or a process did not begin.
            KeyboardInterrupt: what was not finished is kept as such.
        """
        study = self.opened()
        best = study.best_value if finished(study) else None
        processes = [_started(self, until, number) for number in range(self.tuning.jobs)]
        n_started = len(processes)
        try:
            while processes:
                processes[0].join(_LOOK_EVERY_S)
                progress()
                for process in [p for p in processes if not p.is_alive()]:
                    processes.remove(process)
                    if process.exitcode != 0 and time.time() < until:
                        _see_what_it_left(study, process)
                        processes.append(_started(self, until, n_started))
                        n_started += 1
                if time.time() > until + _LATE_S:
                    _end(processes)
                if finished(study) and study.best_value != best:
                    best = study.best_value
                    words = MEASURE_WORDS[self.measure]
                    say(f"trial {study.best_trial.number}: {words} {best:.5f}, the best so far")
            return self._why(study, until)
        finally:
            _end(processes)
            for trial in began(study):
                if trial.state == TrialState.RUNNING:
                    _fail(study, trial, "stopped", True)
            close(study)

    def _is_whole(self, study: optuna.Study) -> bool:
        tried = {str(t.params) for t in began(study) if not t.user_attrs.get("stopped")}
        return len(tried) >= self.space.n_combinations

    def _why(self, study: optuna.Study, until: float) -> str:
        if all_failed(study):
            error = [t.user_attrs["error"] for t in began(study) if "error" in t.user_attrs][-1]
            raise BadInput(
                f"all of the first {_MOST_FAILED} trainings failed; the last: {error}",
                fix="narrow tune.space, or train once with `baihuo train --table` to see that it works; then --restart",
            )
        if time.time() >= until:
            return "the time is up"
        n = sum(not t.user_attrs.get("stopped") for t in began(study))
        return (
            "every combination was tried" if self._is_whole(study) else f"{n} trials were asked for"
        )


def began(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that began, oldest first."""
    return [t for t in study.get_trials(deepcopy=False) if t.state != TrialState.WAITING]


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with a value at their end; Optuna gives a value to pruned ones, too."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def all_failed(study: optuna.Study) -> bool:
    """Whether the first trials failed, and none did not."""
    ended = [t for t in began(study) if t.state.is_finished() and "stopped" not in t.user_attrs]
    return len(ended) >= _MOST_FAILED and all("error" in t.user_attrs for t in ended)


def close(study: optuna.Study) -> None:
    """Let go of the file."""
    storage: Any = study._storage
    storage.remove_session()
    getattr(storage, "_backend", storage).engine.dispose()


def _fail(study: optuna.Study, trial: FrozenTrial, name: str, value: object) -> None:
    study._storage.set_trial_user_attr(trial._trial_id, name, value)
    study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("the measure is not a number (NaN or infinite): the training diverged")
    return float(value)


def _named(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _write_ahead(storage: optuna.storages.RDBStorage) -> None:
    """A log that is written ahead: a kill loses nothing, and a trial of a tenth of a second does not wait for the disk."""

    def begin(connection: Any, record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    storage.remove_session()
    storage.engine.dispose()
    event.listen(storage.engine, "connect", begin)


def _started(search: Search, until: float, number: int) -> BaseProcess:
    # torch and its threads do not survive a fork
    process = multiprocessing.get_context("spawn").Process(
        target=_work, args=(search, until, number), daemon=True
    )
    with _without_ctrl_c():
        process.start()
    return process


def _work(search: Search, until: float, number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    try:
        search.work(until, number)
    except StorageInternalError:
        sys.exit(_CANNOT_WRITE)


def _see_what_it_left(study: optuna.Study, process: BaseProcess) -> None:
    """The trial of a process that ended before its time has failed."""
    if process.exitcode == _CANNOT_WRITE:
        raise ShopError(
            "the trials cannot be written: the disk is full, or the file cannot be changed",
            fix="free some space on the disk; the same command goes on",
        )
    text = f"the process of the training ended with code {process.exitcode}"
    if process.exitcode == -signal.SIGKILL:
        text += ": it was killed, perhaps for its memory"
    running = [t for t in began(study) if t.state == TrialState.RUNNING]
    own = [t for t in running if t.user_attrs.get("process") == process.pid]
    if not own:
        raise ShopError(text, fix="see what it printed")
    for trial in own:
        _fail(study, trial, "error", text)


def _end(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_LATE_S)
        if process.is_alive():
            process.kill()
            process.join()
    processes.clear()


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """A process begun here never sees Ctrl-C, not even while it starts: the caller ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
