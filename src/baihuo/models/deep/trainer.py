"""Fits a network to prepared rows: one loop, for tables and for the numbers of a click model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, no_progress
from baihuo.models.deep.losses import loss_of
from baihuo.models.deep.rows import Rows, ShuffledBatches, TrainingRows
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
    weights: Weights
    measures: dict[str, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The weights of the best pass, and the measures of each."""

    weights: Weights
    history: list[dict[str, float]]
    n_steps: int


class Trainer:
    """One training. ``start``: weights to begin from, or some of them; with ``may_stay`` they are kept where no pass is better."""

    def __init__(
        self,
        rows: TrainingRows,
        settings: DeepSettings,
        *,
        measure: Measure | None = None,
        start: Mapping[str, torch.Tensor] | None = None,
        may_stay: bool = False,
        watch: Watch | None = None,
        progress: Progress = no_progress,
    ) -> None:
        self._rows, self._settings, self._measure = rows, settings, measure
        self._watch, self._progress = watch, progress
        self._start, self._may_stay = start, may_stay
        self._batches = ShuffledBatches(
            rows,
            batch_rows=settings.batch_rows,
            seed=settings.seed,
            by_group=settings.needs_groups,
        )
        self._n_steps = self._batches.n_batches * settings.epochs

    def fit(self) -> Trained:
        """To the end: the weights of the best pass.

        Raises:
            Diverged: the loss or a measure is no number any more.
        """
        settings = self._settings
        with on_threads(settings.threads), torch.random.fork_rng():
            self._weights = weights = Weights(self._rows.shape(settings), settings)
            if self._start is not None:
                weights.load(self._start, are_some=True)
            self._texts = text_tensors(self._rows, weights.device)
            best, n_worse, history = None, 0, list[dict[str, float]]()
            kept: dict[str, torch.Tensor] | None = (
                None  # of the best pass, where another may be worse
            )
            if self._may_stay and self._measure is not None:
                best, kept = stopping_value(self._measure(weights)), self._copy()
            for number in range(settings.epochs):
                history.append(self._one_pass(number))
                if self._measure is None:
                    continue
                value = stopping_value(history[-1])
                if best is None or value > best:
                    best, n_worse = value, 0
                    kept = None if number + 1 == settings.epochs else self._copy()
                else:
                    n_worse += 1
                if n_worse >= settings.patience:
                    break
            if kept is not None:
                weights.load(kept)
            return Trained(weights, history, len(history) * self._batches.n_batches)

    def _copy(self) -> dict[str, torch.Tensor]:
        tensors = self._weights.tensors()
        return {name: tensor.clone() for name, tensor in tensors.items()}

    def _one_pass(self, number: int) -> dict[str, float]:
        """The mean loss of the steps, and measures at the end."""
        self._weights.module.train()
        total: torch.Tensor | float = 0.0
        step = number * self._batches.n_batches
        for rows in self._batches.of_pass(number):
            step += 1
            total = total + self._step(rows, step)
            self._progress(_TASK, step, self._n_steps)
        measures = {"train_loss": float(total) / max(self._batches.n_batches, 1)}
        if not np.isfinite(measures["train_loss"]):
            raise Diverged("the loss of a pass")
        if self._measure is not None:
            measures |= self._measure(self._weights)
        if self._watch is not None:
            last = torch.tensor(measures["train_loss"])
            self._watch(Step(step, last, self._weights, measures))
        return measures

    def _step(self, rows: Rows, step: int) -> torch.Tensor:
        """The loss."""
        settings, weights = self._settings, self._weights
        if settings.dropout or settings.text_alone:
            # On a processor the generator alone is seeded, since `torch.manual_seed` writes down the stack for each kind of
            # accelerator that was not used yet: half of a small step's time.
            is_on_cpu = weights.device.type == "cpu"
            seed = torch.default_generator.manual_seed if is_on_cpu else torch.manual_seed
            seed(settings.seed * 1_000_003 + step)
        categories, numbers, labels, row_weights, groups = self._tensors(rows)
        places = weights.places(categories)
        looked_up = weights.look_up(places, categories, self._texts)
        outputs = weights.module(looked_up, numbers)
        assert labels is not None
        loss = loss_of(settings.loss, outputs, labels, row_weights, groups).mean()
        loss.backward()
        weights.move(places, looked_up, settings.learning_rate, step)
        if self._watch is not None:
            self._watch(Step(step, loss.detach(), weights))
        return loss.detach()

    def _tensors(self, rows: Rows) -> tuple[Any, ...]:
        arrays = (rows.categories, rows.numbers, rows.labels, rows.weights, rows.groups)
        return tuple(None if a is None else to_tensor(a, self._weights.device) for a in arrays)


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
