"""The loop of a tuning: trials begin, are compared on their way, end, until the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from optuna.exceptions import StorageInternalError
from optuna.trial import Trial

from baihuo.core import BadInput, Progress, ShopError
from baihuo.train.tables.measures import MEASURE_WORDS
from baihuo.train.tuning.measure import is_better_high
from baihuo.train.tuning.settings import TuneSettings
from baihuo.train.tuning.study import Study
from baihuo.train.tuning.trial import Outcome
from baihuo.train.tuning.workers import Done, Mark, Workers

_LATE_S = 3.0  # a training that has not stopped by then is killed
_LOOK_EVERY_S = 0.5
_REPORT_S = 3.0  # of the time, left for the report
_MOST_FAILED = 5  # before any has finished
_TASK = "tuning, seconds"


@dataclass(slots=True)
class Search:
    """One run of a tuning. ``why`` says at its end why it ended."""

    study: Study
    tuning: TuneSettings
    workers: Workers
    started_at: float  # time.monotonic
    progress: Progress
    say: Callable[[str], None]
    why: str = ""
    _running: dict[int, Trial] = field(default_factory=dict)
    _seconds_before: float = 0.0
    _best: float | None = None

    def run(self) -> None:
        """To the end of the time, the trials, or the space.

        Raises:
            BadInput: the first trials all failed.
            ShopError: the file of the trials cannot be written; what it holds is whole.
            KeyboardInterrupt: what was not finished is kept as such.
        """
        self._seconds_before = self.study.seconds
        finished = [float(t.value or 0) for t in self.study.finished]
        if finished:
            self._best = max(finished) if is_better_high(self.study.measure) else min(finished)
        budget_s = self.tuning.minutes * 60
        ends_at = self.started_at + budget_s - min(_REPORT_S, budget_s / 10)
        until = time.time() + ends_at - time.monotonic()  # another process has another monotonic
        try:
            self._loop(until, ends_at, budget_s)
        except StorageInternalError as error:
            raise ShopError(
                f"the trials cannot be written: {error.__cause__ or error}",
                fix="free some space on the disk; the same command goes on",
            ) from error

    def _loop(self, until: float, ends_at: float, budget_s: float) -> None:
        try:
            while self._begin(until, ends_at) or self._running:
                for event in self.workers.wait(_LOOK_EVERY_S):
                    self._hear(event)
                self._end_late(ends_at)
                elapsed_s = time.monotonic() - self.started_at
                self.progress(_TASK, int(min(elapsed_s, budget_s)), int(budget_s))
        finally:
            for number in list(self._running):
                self._tell(number, Outcome(end="stopped"))
            self.study.spent(self._at_s())

    def _begin(self, until: float, ends_at: float) -> bool:
        """Start what there is room for; whether anything was started."""
        began = False
        while self.workers.has_room and not self.why:
            n_tried = sum(not t.user_attrs.get("stopped") for t in self.study.trials)
            if time.monotonic() >= ends_at:
                self.why = "the time is up"
            elif self.tuning.trials is not None and n_tried >= self.tuning.trials:
                self.why = f"{n_tried} trials were asked for"
            elif (trial := self.study.ask()) is None:
                self.why = "every combination was tried"
            else:
                self._running[trial.number] = trial
                self.workers.start(trial.number, self.study.settings(trial), until)
                began = True
        return began

    def _hear(self, event: Mark | Done) -> None:
        if isinstance(event, Done):
            self._tell(event.trial, event.outcome)
            return
        trial = self._running[event.trial]
        trial.report(event.value, event.mark)
        ends = trial.should_prune() and "is_base" not in trial.user_attrs
        self.workers.answer(event.trial, ends=ends)

    def _end_late(self, ends_at: float) -> None:
        if time.monotonic() > ends_at + _LATE_S:
            for number in self.workers.trials:
                self.workers.kill(number)
                self._tell(number, Outcome(end="stopped"))

    def _tell(self, number: int, outcome: Outcome) -> None:
        self.study.tell(self._running.pop(number), outcome, at_s=self._at_s())
        if outcome.end == "failed":
            self._stop_if_all_fail(outcome.error)
        if outcome.value is None:
            return
        sign = 1 if is_better_high(self.study.measure) else -1
        if self._best is None or sign * outcome.value > sign * self._best:
            self._best = outcome.value
            self.say(
                f"trial {number}: {MEASURE_WORDS[self.study.measure]} {outcome.value:.5f}, the best so far"
            )

    def _stop_if_all_fail(self, error: str) -> None:
        finished = (t for t in self.study.trials if t.state.is_finished())
        ended = [t for t in finished if not t.user_attrs.get("stopped")]
        failed = [t for t in ended if t.user_attrs.get("error")]
        if len(failed) >= _MOST_FAILED and len(failed) == len(ended):
            raise BadInput(
                f"all of the first {len(failed)} trainings failed; the last: {error}",
                fix="narrow tune.space, or train once with `baihuo train --table` to see that it works; then --restart",
            )

    def _at_s(self) -> float:
        return self._seconds_before + time.monotonic() - self.started_at
