"""Fits a network to prepared rows: one loop, and a killed run goes on to the same weights.

With a group of processes each takes its share of every batch (data parallel): the slopes are those of the whole batch, so that a step is
the one that a process alone would take, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from baihuo.core import Progress, no_progress
from baihuo.train.tables.build_weights import new_weights
from baihuo.train.tables.losses import loss_of, mass_of
from baihuo.train.tables.measures import stopping_value
from baihuo.train.tables.outputs import measured, text_tensors, to_tensor
from baihuo.train.tables.processes import ALONE, Group
from baihuo.train.tables.resampling import without_fold
from baihuo.train.tables.rows_on_disk import Rows, RowsOnDisk, ShuffledBatches, group_starts
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tables.training_folder import State, TrainingFolder
from baihuo.train.tables.weights import Weights

_TASK = "fitting the model"

Watch = Callable[["Step"], None]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a watcher sees after a step, or after a pass (``measures`` of the validation rows)."""

    step: int
    loss: torch.Tensor
    rate: float
    weights: Weights
    measures: dict[str, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The weights of the best pass, and the measures of each."""

    weights: Weights
    history: list[dict[str, float]]
    n_steps: int


class Trainer:
    """One training. ``folder`` keeps checkpoints: what was killed is gone on with. ``start``: weights to begin from, or some of
    them.

    ``group``: the processes that share it; only the first one writes.
    """

    def __init__(
        self,
        rows: RowsOnDisk,
        settings: DeepSettings,
        *,
        validation: RowsOnDisk | None = None,
        folder: Path | None = None,
        start: Mapping[str, torch.Tensor] | None = None,
        watch: Watch | None = None,
        progress: Progress = no_progress,
        group: Group = ALONE,
    ) -> None:
        self._rows, self._settings, self._validation = rows, settings, validation
        self._group = group
        self._folder, self._watch, self._progress = folder, watch, progress
        self._start = start
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
            BadInput: the folder holds a checkpoint of other data or settings.
        """
        with on_threads(self._settings.threads), torch.random.fork_rng():
            self._weights = weights = new_weights(self._rows.columns, self._settings, self._group)
            if self._start is not None:
                weights.load(self._start, with_moments=False, are_some=True)
            self._texts = text_tensors(self._rows, weights.device)
            self._files = TrainingFolder(self._folder, weights, self._rows.n_rows)
            state = self._files.resumed()
            while not state.is_done:
                self._one_pass(state)
            if state.best is not None:
                self._files.load_best()
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
                self._files.write_checkpoint(state)
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
        if self._rows.left_out is not None:
            rows = without_fold(rows, *self._rows.left_out, seed=settings.seed)
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
        if self._validation is not None:
            measures |= measured(self._weights, self._validation)
            stopping = stopping_value(measures)
            if state.best is None or stopping > state.best:
                state.best, state.n_worse = stopping, 0
                self._files.write_best()
            else:
                state.n_worse += 1
        state.history.append(measures)
        state.is_done = state.step >= self._n_steps or state.n_worse >= settings.patience
        if self._watch is not None:
            last = torch.tensor(measures["train_loss"])
            self._watch(Step(state.step, last, 0.0, self._weights, measures))
        self._files.write_checkpoint(state)


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
