"""Fits a network to prepared rows: one loop, and a killed run goes on to the same weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from baihuo.core import BadInput, Progress, no_progress
from baihuo.train.tables.checkpoint import read_tensors, write_tensors
from baihuo.train.tables.losses import loss_of
from baihuo.train.tables.measures import measure_scores, stopping_value
from baihuo.train.tables.optimisers import optimiser_named
from baihuo.train.tables.processor import device_named, precision_named
from baihuo.train.tables.rows_on_disk import Rows, RowsOnDisk, ShuffledBatches
from baihuo.train.tables.schedule import rate_at
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tables.weights import Weights

_SCORED_ROWS = 8192  # at once
_TASK = "fitting the model"
_SLOWER = 0.2  # of the rate, after a pass that did not help

Watch = Callable[["Step"], None]


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
    slowed: float = 1.0  # what plateaus left of the rate
    history: list[dict[str, float]] = field(default_factory=list)  # a pass
    is_done: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The weights of the best pass, and the measures of each."""

    weights: Weights
    history: list[dict[str, float]]
    n_steps: int


class Trainer:
    """One training. ``folder`` keeps checkpoints: what was killed is gone on with. ``start``: weights to begin from."""

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
    ) -> None:
        self._rows, self._settings, self._validation = rows, settings, validation
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
            self._weights = weights = new_weights(self._rows, self._settings)
            if self._start is not None:
                weights.load(self._start, with_moments=False)
            self._module = self._compiled()
            self._texts = text_tensors(self._rows, weights.device)
            state = self._resumed()
            while not state.is_done:
                self._one_pass(state)
            if state.best is not None and self._folder is not None:
                weights.load(read_tensors(self._best_file)[0], with_moments=False)
        return Trained(weights, state.history, state.step)

    def _one_pass(self, state: State) -> None:
        settings = self._settings
        number, first = divmod(state.step, self._batches.n_batches)
        self._weights.module.train()
        total, n_seen = 0.0, 0
        for rows in self._batches.of_pass(number, first=first):
            loss = self._step(rows, state.step + 1, state.slowed)
            state.step += 1
            total, n_seen = total + loss, n_seen + 1
            self._progress(_TASK, state.step, self._n_steps)
            if state.step % settings.checkpoint_steps == 0:
                self._checkpoint(state)
        # resumed inside of this pass: the mean of the steps since then
        self._end_of_pass(state, {"train_loss": float(total) / max(n_seen, 1)})

    def _step(self, rows: Rows, step: int, slowed: float) -> torch.Tensor:
        settings, weights = self._settings, self._weights
        if settings.dropout or settings.text_alone:
            torch.manual_seed(
                settings.seed * 1_000_003 + step
            )  # by step: a resumed run draws the same
        categories, numbers, labels, row_weights, groups = self._tensors(rows)
        places = weights.places(categories)
        looked_up = weights.look_up(places, categories, self._texts)
        # a batch of another size, the last one, would be compiled again
        is_whole = len(rows) == settings.batch_rows
        module = self._module if is_whole else weights.module
        outputs = module(looked_up, numbers)
        assert labels is not None
        loss = loss_of(settings.loss, outputs, labels, row_weights, groups)
        loss.backward()
        rate = rate_at(
            step,
            self._n_steps,
            highest=settings.learning_rate * slowed,
            schedule=settings.schedule,
            warmup_share=settings.warmup_share,
        )
        weights.move(places, looked_up, rate, step)
        loss = loss.detach()
        if self._watch is not None:
            self._watch(Step(step, loss, rate, weights))
        return loss

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
                if self._folder is not None:
                    write_tensors(self._best_file, self._weights.tensors(with_moments=False), {})
            else:
                state.n_worse += 1
                if settings.schedule == "plateau":
                    self._go_back(state)
        state.history.append(measures)
        state.is_done = state.step >= self._n_steps or state.n_worse >= settings.patience
        if self._watch is not None:
            last = torch.tensor(measures["train_loss"])
            self._watch(Step(state.step, last, 0.0, self._weights, measures))
        self._checkpoint(state)

    def _go_back(self, state: State) -> None:
        """To the best weights, with smaller steps."""
        state.slowed *= _SLOWER
        if self._folder is not None:
            self._weights.load(read_tensors(self._best_file)[0], with_moments=False)

    def _compiled(self) -> Any:
        if not self._settings.compile:
            return self._weights.module
        return torch.compile(self._weights.module, dynamic=False)

    @property
    def _best_file(self) -> Path:
        assert self._folder is not None
        return self._folder / "best.safetensors"

    def _about(self) -> dict[str, Any]:
        settings = self._settings.model_dump(mode="json")
        for name in ("checkpoint_steps", "tensorboard", "projector"):  # change nothing
            del settings[name]
        columns = self._rows.columns.to_json()
        return {"settings": settings, "columns": columns, "rows": self._rows.n_rows}

    def _checkpoint(self, state: State) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        about = {**self._about(), "state": asdict(state)}
        write_tensors(
            self._folder / "checkpoint.safetensors",
            self._weights.tensors(with_moments=True),
            about,
        )

    def _resumed(self) -> State:
        path = None if self._folder is None else self._folder / "checkpoint.safetensors"
        if path is None or not path.exists():
            return State()
        tensors, about = read_tensors(path)
        state, mine = about.pop("state"), _as_json(self._about())
        if about != mine:
            changed = [
                k for k in mine["settings"] if mine["settings"][k] != about["settings"].get(k)
            ]
            what = f"other settings: {', '.join(changed)}" if changed else "other data"
            raise BadInput(
                f"{path} is of a training with {what}",
                fix="--restart to begin again, or name another folder",
            )
        self._weights.load(tensors, with_moments=True)
        return State(**state)


def new_weights(rows: RowsOnDisk, settings: DeepSettings) -> Weights:
    """As a training starts."""
    device = device_named(settings.device)
    optimiser = optimiser_named(settings.optimiser, l1=settings.l1, l2=settings.l2)
    dtype = precision_named(settings.precision, device)
    return Weights(rows.columns, settings, optimiser, device, dtype)


def outputs_of(weights: Weights, rows: RowsOnDisk) -> NDArray[np.float32]:
    """The network's output of each row, in the order of the file."""
    weights.module.eval()
    found, texts = [], text_tensors(rows, weights.device)
    with torch.inference_mode():
        for part in rows.in_order(_SCORED_ROWS):
            categories = to_tensor(part.categories, weights.device)
            looked_up = weights.look_up(weights.places(categories), categories, texts)
            out = weights.module(looked_up, to_tensor(part.numbers, weights.device))
            found.append(out.float().cpu().numpy())
    return np.concatenate(found)


def measured(weights: Weights, rows: RowsOnDisk) -> dict[str, float]:
    """What the weights are worth on rows with labels."""
    scores, mapped, loss = outputs_of(weights, rows), rows.mapped(), weights.settings.loss
    if loss in ("binary", "funnel"):
        scores = expit(scores.astype(np.float64))
    assert mapped.labels is not None
    return measure_scores(scores, mapped.labels, loss=loss, groups=mapped.groups)


def text_tensors(rows: RowsOnDisk, device: torch.device) -> list[torch.Tensor]:
    """Vectors of texts, by text column."""
    return [torch.from_numpy(array).to(device) for array in rows.texts()]


def to_tensor(array: NDArray[Any], device: torch.device) -> torch.Tensor:
    """On a device; a mapped array is copied."""
    if not array.flags.writeable:
        array = np.array(array)
    return torch.from_numpy(array).to(device)


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


def _as_json(value: dict[str, Any]) -> dict[str, Any]:
    import json

    return json.loads(json.dumps(value))
