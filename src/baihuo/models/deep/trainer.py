"""Fits a network to prepared rows: one loop, and a killed run goes on to the same weights.

With a group of processes each takes its share of every batch (data parallel): the slopes are those of the whole batch, so that a step is
the one that a process alone would take, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, no_progress
from baihuo.models.deep.group import ALONE, Group
from baihuo.models.deep.losses import loss_of, mass_of
from baihuo.models.deep.rows import Rows, ShuffledBatches, TrainingRows, group_starts
from baihuo.models.deep.settings import DeepSettings
from baihuo.models.deep.weights import Weights

_TASK = "fitting the model"

Watch = Callable[["Step"], None]
Measure = Callable[[Weights], dict[str, float]]
"""What weights are worth on newer rows, by name: ``ndcg``, ``log_loss`` or ``rmse`` stops the training."""


class Diverged(BadInput):
    """The weights are no numbers any more: nothing of this training can be used."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the training diverged: {what} is NaN or infinite",
            fix="a lower learning_rate, or correct numbers that are far beyond all others",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a watcher sees after a step, or after a pass (``measures`` of the validation rows)."""

    step: int
    loss: torch.Tensor
    rate: float
    weights: Weights
    measures: dict[str, float] | None = None


@dataclass(slots=True)
class State:
    """Where a training stands."""

    step: int = 0  # done
    best: float | None = None  # the measure that stops, larger is better
    n_worse: int = 0  # passes since then
    history: list[dict[str, float]] = field(default_factory=list)  # a pass
    is_done: bool = False


class Checkpoints:
    """What is kept of a training: nothing."""

    def begin(self, weights: Weights, rows: TrainingRows) -> State:
        """Where it stands; of one that goes on, the weights are loaded."""
        return State()

    def write(self, state: State) -> None:
        """Keep weights, moments and state."""

    def write_best(self) -> None:
        """Keep the weights as those of the best pass."""

    def load_best(self) -> None:
        """Load them again."""


class BestInMemory(Checkpoints):
    """Keeps the weights of the best pass."""

    def begin(self, weights: Weights, rows: TrainingRows) -> State:
        """A new training."""
        self._weights, self._best = weights, dict[str, torch.Tensor]()
        return State()

    def write_best(self) -> None:
        """A copy."""
        tensors = self._weights.tensors(with_moments=False)
        self._best = {name: tensor.clone() for name, tensor in tensors.items()}

    def load_best(self) -> None:
        """Into the weights."""
        self._weights.load(self._best, with_moments=False)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The weights of the best pass, and the measures of each."""

    weights: Weights
    history: list[dict[str, float]]
    n_steps: int


class Trainer:
    """One training. ``checkpoints`` keep it: what was killed is gone on with. ``start``: weights to begin from, or some of
    them; with ``may_stay`` they are kept where no pass is better.

    ``group``: the processes that share it; only the first one writes.
    """

    def __init__(
        self,
        rows: TrainingRows,
        settings: DeepSettings,
        *,
        measure: Measure | None = None,
        checkpoints: Checkpoints | None = None,
        start: Mapping[str, torch.Tensor] | None = None,
        may_stay: bool = False,
        watch: Watch | None = None,
        progress: Progress = no_progress,
        group: Group = ALONE,
    ) -> None:
        self._rows, self._settings, self._measure = rows, settings, measure
        self._group, self._watch, self._progress = group, watch, progress
        self._checkpoints = checkpoints or Checkpoints()
        self._start, self._may_stay = start, may_stay
        self._batches = ShuffledBatches(
            rows,
            batch_rows=settings.batch_rows,
            seed=settings.seed,
            by_group=settings.needs_groups,
        )
        self._n_steps = self._batches.n_batches * settings.epochs

    def fit(self) -> Trained:
        """To the end, from the last checkpoint if there is one.

        Raises:
            BadInput: a checkpoint is of other data or settings.
            Diverged: the loss or a measure is no number any more.
        """
        with on_threads(self._settings.threads), torch.random.fork_rng():
            self._weights = weights = Weights(
                self._rows.shape(self._settings), self._settings, self._group
            )
            if self._start is not None:
                weights.load(self._start, with_moments=False, are_some=True)
            self._texts = text_tensors(self._rows, weights.device)
            state = self._checkpoints.begin(weights, self._rows)
            if self._may_stay and self._measure is not None and not state.step:
                state.best = stopping_value(self._measure(weights))
                self._checkpoints.write_best()
            while not state.is_done:
                self._one_pass(state)
            if state.best is not None:
                self._checkpoints.load_best()
            return Trained(weights, state.history, state.step)

    def _one_pass(self, state: State) -> None:
        settings = self._settings
        number, first = divmod(state.step, self._batches.n_batches)
        self._weights.module.train()
        total, n_seen = 0.0, 0
        for rows in self._batches.of_pass(number, first=first):
            loss = self._step(rows, state.step + 1)
            state.step += 1
            total, n_seen = total + loss, n_seen + 1
            self._progress(_TASK, state.step, self._n_steps)
            if state.step % settings.checkpoint_steps == 0:
                self._checkpoints.write(state)
        # resumed inside of this pass: the mean of the steps since then
        loss = self._group.sum(torch.as_tensor(total, dtype=torch.float32))
        self._end_of_pass(state, {"train_loss": float(loss) / max(n_seen, 1)})

    def _step(self, rows: Rows, step: int) -> torch.Tensor:
        """This process's part of the loss."""
        settings, weights, group = self._settings, self._weights, self._group
        if settings.dropout or settings.text_alone:
            # By step: a resumed run draws the same. On a processor the generator alone is seeded, since `torch.manual_seed`
            # writes down the stack for each kind of accelerator that was not used yet: half of a small step's time.
            is_on_cpu = weights.device.type == "cpu"
            seed = torch.default_generator.manual_seed if is_on_cpu else torch.manual_seed
            seed((settings.seed * 1_000_003 + step) * group.n + group.rank)
        rows, share = self._share(rows)
        categories, numbers, labels, row_weights, groups = self._tensors(rows)
        places = weights.places(categories)
        looked_up = weights.look_up(places, categories, self._texts)
        outputs = weights.module(looked_up, numbers)
        assert labels is not None
        if len(rows):
            losses = loss_of(settings.loss, outputs, labels, row_weights, groups)
        else:
            losses = outputs.sum() * 0.0
        loss = (losses * share).mean()
        loss.backward()
        rate = settings.learning_rate
        weights.move(places, looked_up, rate, step)
        if self._watch is not None:
            self._watch(Step(step, losses.detach().mean(), rate, weights))
        return loss.detach()

    def _share(self, rows: Rows) -> tuple[Rows, torch.Tensor | float]:
        """This process's rows of a batch, and how much their loss counts in that of the batch."""
        if self._group.n == 1:
            return rows, 1.0
        starts = None
        if self._settings.needs_groups:
            assert rows.groups is not None
            starts = group_starts(rows.groups).tolist()
        own = rows.take(self._group.share(len(rows), starts))
        mine, all_of_them = (
            mass_of(self._settings.loss, *self._tensors(some)[2:]) for some in (own, rows)
        )
        return own, (mine / all_of_them).nan_to_num()  # 0 of 0: of nothing that counts

    def _tensors(self, rows: Rows) -> tuple[Any, ...]:
        arrays = (rows.categories, rows.numbers, rows.labels, rows.weights, rows.groups)
        return tuple(None if a is None else to_tensor(a, self._weights.device) for a in arrays)

    def _end_of_pass(self, state: State, measures: dict[str, float]) -> None:
        settings = self._settings
        if not np.isfinite(measures["train_loss"]):
            raise Diverged("the loss of a pass")
        if self._measure is not None:
            measures |= self._measure(self._weights)
            stopping = stopping_value(measures)
            if state.best is None or stopping > state.best:
                state.best, state.n_worse = stopping, 0
                self._checkpoints.write_best()
            else:
                state.n_worse += 1
        state.history.append(measures)
        state.is_done = state.step >= self._n_steps or state.n_worse >= settings.patience
        if self._watch is not None:
            last = torch.tensor(measures["train_loss"])
            self._watch(Step(state.step, last, 0.0, self._weights, measures))
        self._checkpoints.write(state)


@contextmanager
def on_threads(n_threads: int) -> Iterator[None]:
    """With so many threads, and without the very small numbers that processors are slow with."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.set_flush_denormal(False)


def stopping_value(measures: Mapping[str, float]) -> float:
    """What early stopping compares: larger is better.

    Raises:
        Diverged: it is no number.
    """
    if "ndcg" in measures:
        return measures["ndcg"]
    value = -measures["log_loss" if "log_loss" in measures else "rmse"]
    if not np.isfinite(value):
        raise Diverged("the measure on newer rows")
    return value


def text_tensors(rows: TrainingRows, device: torch.device) -> list[torch.Tensor]:
    """Vectors of texts, by text column."""
    return [torch.from_numpy(array).to(device) for array in rows.texts()]


def to_tensor(array: NDArray[Any], device: torch.device) -> torch.Tensor:
    """On a device; a mapped array is copied."""
    if not array.flags.writeable:
        array = np.array(array)
    return torch.from_numpy(array).to(device)
