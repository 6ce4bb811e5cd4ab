"""One training of a tuning, in a process of its own: it reports on its way, and stops when it is asked to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from baihuo.core import ShopError
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tuning.measure import is_better_high

if TYPE_CHECKING:
    from baihuo.train.tables.trainer import Step

N_MARKS = 8  # on the way of the longest training: where trainings are compared
_LOOKED_AT_ROWS = (
    20_000  # of the validation rows at a mark: enough to end a training, not to choose the best
)

End = Literal["finished", "pruned", "stopped", "failed"]
Report = Callable[[int, float], bool]
"""Mark and value; the answer says whether to end here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRows:
    """Where the rows are, and what is measured on them: the same for all trainings."""

    folder: Path
    first: int
    last: int
    validation_folder: Path
    validation_first: int
    validation_last: int
    measure: str
    most_epochs: int  # of any training

    def opened(self) -> tuple[RowsOnDisk, RowsOnDisk]:
        """Rows to train on and to validate."""
        return (
            RowsOnDisk(self.folder, first=self.first, last=self.last),
            RowsOnDisk(
                self.validation_folder, first=self.validation_first, last=self.validation_last
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a training ended."""

    end: End
    value: float | None = None  # the measure at its best pass
    measures: dict[str, float] = field(default_factory=dict)  # all of that pass
    error: str = ""
    seconds: float = 0.0


class _Ended(Exception):
    def __init__(self, end: End) -> None:
        self.end: End = end


class _Watcher:
    """Looks at the validation rows at each mark, and at the clock at each step."""

    def __init__(self, rows: TrialRows, batch_rows: int, until: float, report: Report) -> None:
        train, self._looked_at = rows.opened()
        if self._looked_at.n_rows > _LOOKED_AT_ROWS:
            _, self._looked_at = self._looked_at.split(_LOOKED_AT_ROWS / self._looked_at.n_rows)
        self._rows_a_mark = train.n_rows * rows.most_epochs / N_MARKS
        self._batch_rows, self._until, self._report = batch_rows, until, report
        self._measure, self._mark = rows.measure, 0

    def __call__(self, step: Step) -> None:
        if time.time() >= self._until:
            raise _Ended("stopped")
        mark = int(step.step * self._batch_rows / self._rows_a_mark)
        if step.measures is not None or mark <= self._mark or mark >= N_MARKS:
            return
        self._mark = mark
        from baihuo.train.tables.outputs import measured

        value = measured(step.weights, self._looked_at).get(self._measure)
        step.weights.module.train()  # measuring switched dropout off
        if value is not None:
            _must_be_a_number(value)
            if self._report(mark, value):
                raise _Ended("pruned")


def run_trial(rows: TrialRows, settings: DeepSettings, until: float, report: Report) -> Outcome:
    """Train until it ends, is not worth more, or the clock (:func:`time.time`) says ``until``."""
    from baihuo.train.tables.trainer import Trainer

    started_at = time.monotonic()
    train, validation = rows.opened()

    def seconds() -> float:
        return time.monotonic() - started_at

    try:
        watcher = _Watcher(rows, settings.batch_rows, until, report)
        trained = Trainer(train, settings, validation=validation, watch=watcher).fit()
        sign = 1 if is_better_high(rows.measure) else -1
        best = max(trained.history, key=lambda m: sign * m[rows.measure])
        _must_be_a_number(best[rows.measure])
    except _Ended as ended:
        return Outcome(end=ended.end, seconds=seconds())
    except ShopError as error:
        return Outcome(end="failed", error=error.what, seconds=seconds())
    except Exception as error:  # a training too large or too wild is one bad trial, not the end
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(end="failed", error=text[:300], seconds=seconds())
    measures = {name: value for name, value in best.items() if name != "train_loss"}
    return Outcome(end="finished", value=best[rows.measure], measures=measures, seconds=seconds())


def _must_be_a_number(value: float) -> None:
    if not math.isfinite(value):
        raise ValueError("the measure is not a number: the training diverged")
