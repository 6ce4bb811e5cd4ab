"""Integrated gradients of a network over a table: how much each input moved the output, from a row of which nothing is known.

The slope of the output is averaged over the way from the vectors of a row of which nothing is known (values unknown,
numbers average, histories empty) to those of the row, and multiplied with their difference. What is attributed sums to
the difference of the two outputs. Whether an event of a history is there at all is yes or no, with no way between: that a
history is there, of unknown events, is one step of its own before that way.

Source: Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from baihuo.models import IS_THERE, text_places, text_rows
from baihuo.train.tables.weights import Tensors, Weights

Floats = NDArray[np.float64]
_FEWEST_STEPS, _MOST_STEPS = 64, 1_024
_MOST_GAP = 0.005  # of the difference, or of 1 where that is smaller
_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Of some rows, what each input added to the output."""

    slots: Floats  # [rows, slots] of values: fields, bins, then events of histories
    numbers: Floats  # [rows, numbers]
    histories: Floats  # [rows, histories]: that events are there at all
    output: (
        Floats  # [rows] log-odds; with two outcomes the log of P(both); else the predicted number
    )
    nothing_known: float  # the same of a row of which nothing is known

    @property
    def total(self) -> Floats:
        """Of all inputs, ``[rows]``."""
        parts = (self.slots, self.numbers, self.histories)
        return np.sum([part.sum(axis=1) for part in parts], axis=0)

    @property
    def gap(self) -> Floats:
        """``[rows]``: what the sum lacks of the difference of the outputs. Only the steps of the way make it."""
        return self.output - self.nothing_known - self.total


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """What the network reads of some rows."""

    rows: Tensors
    numbers: torch.Tensor

    def between(self, other: _Inputs, shares: torch.Tensor) -> _Inputs:
        """At each share of the way to ``other``, rows of the first share first."""
        n = len(self.numbers)
        rows: Tensors = {}
        for name, start in self.rows.items():
            end = other.rows[name]
            if name == IS_THERE:
                rows[name] = end.repeat(len(shares), 1)
            elif name.endswith(".places"):
                width = start.shape[1]
                rows[name] = torch.arange(n * width * len(shares)).view(-1, width)
            else:
                rows[name] = _way(start, end, shares)
        return _Inputs(rows, _way(self.numbers, other.numbers, shares))

    def moving(self) -> dict[str, torch.Tensor]:
        """What a way leads through: all but what is yes or no."""
        found = {
            name: tensor
            for name, tensor in self.rows.items()
            if name != IS_THERE and not name.endswith(".places")
        }
        return {**found, "numbers": self.numbers} if self.numbers.shape[1] else found


def _way(start: torch.Tensor, end: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    parts = shares.view(-1, *[1] * start.dim())
    moved = start[None] + parts * (end - start)[None]
    return moved.flatten(0, 1).detach().requires_grad_()


def integrated_gradients(
    weights: Weights,
    categories: NDArray[np.int32],
    numbers: NDArray[np.float32],
    nothing_known: NDArray[np.int32],
    texts: Sequence[NDArray[np.float32]] = (),
) -> Attribution:
    """Attribute the outputs of rows to their inputs.

    Args:
        weights: On the processor, in float32.
        categories: ``[rows, slots]`` numbers of values, 0 is unknown.
        numbers: ``[rows, numbers]`` scaled: the average is 0.
        nothing_known: ``[slots]``, the values of a row of which nothing is known.
        texts: Of each text column ``[numbers of values, dim]``.
    """
    weights.module.eval()
    given = [torch.from_numpy(np.ascontiguousarray(t)) for t in texts]
    row = _inputs(weights, torch.from_numpy(categories), torch.from_numpy(numbers), given)
    nothing = torch.from_numpy(nothing_known).expand(len(categories), -1)
    base = _inputs(weights, nothing, torch.zeros(numbers.shape), given)
    with torch.no_grad():
        output, start = _output(weights, row), _output(weights, base)
        histories, there = _that_events_are_there(weights, row, base, start)
    difference = (output - start - histories.sum(1)).abs().clamp_min(1)
    n_steps = _FEWEST_STEPS
    while True:
        parts = _along_the_way(weights, there, row, n_steps)
        total = sum(part.sum(1) for part in parts.values())
        gap = (output - start - histories.sum(1) - total).abs()
        if n_steps >= _MOST_STEPS or bool((gap <= _MOST_GAP * difference).all()):
            break
        n_steps *= 2
    return Attribution(
        slots=_of_slots(weights, parts, categories.shape),
        numbers=parts["numbers"].double().numpy()
        if "numbers" in parts
        else np.zeros(numbers.shape),
        histories=histories.double().numpy(),
        output=output.double().numpy(),
        nothing_known=float(start[0]) if len(start) else float("nan"),
    )


def _inputs(
    weights: Weights,
    categories: torch.Tensor,
    numbers: torch.Tensor,
    texts: Sequence[torch.Tensor],
) -> _Inputs:
    """Texts are written out slot by slot, so that each can move alone."""
    rows = weights.look_up(weights.places(categories), categories, texts)
    for number, slots in enumerate(weights.module.shape.texts if texts else ()):
        places = rows[text_places(number)]
        flat = rows[text_rows(number)].index_select(0, places.flatten())
        rows[text_rows(number)] = flat.view(len(categories), len(slots.slots), -1)
    return _Inputs({name: tensor.detach() for name, tensor in rows.items()}, numbers)


def _output(weights: Weights, inputs: _Inputs) -> torch.Tensor:
    """One number a row."""
    rows = dict(inputs.rows)
    for number in range(len(weights.module.shape.texts)):
        places = rows[text_places(number)]
        rows[text_rows(number)] = rows[text_rows(number)].flatten(0, -2)
        rows[text_places(number)] = torch.arange(places.numel()).view(places.shape)
    out: torch.Tensor = weights.module(rows, inputs.numbers).float()
    return F.logsigmoid(out).sum(1) if out.dim() == 2 else out


def _that_events_are_there(
    weights: Weights, row: _Inputs, base: _Inputs, start: torch.Tensor
) -> tuple[torch.Tensor, _Inputs]:
    """``[rows, histories]``, what unknown events add, one history after the other; and the row of unknown events."""
    shape = weights.module.shape
    if not shape.histories:
        return torch.zeros((len(start), 0)), base
    is_there, before, found = base.rows[IS_THERE].clone(), start, []
    for history in shape.histories:
        slots = slice(history.first, history.first + history.n_slots)
        is_there[:, slots] = row.rows[IS_THERE][:, slots]
        now = _output(weights, _Inputs({**base.rows, IS_THERE: is_there}, base.numbers))
        found.append(now - before)
        before = now
    there = {**base.rows, IS_THERE: row.rows[IS_THERE]}
    return torch.stack(found, 1), _Inputs(there, base.numbers)


def _along_the_way(
    weights: Weights, start: _Inputs, end: _Inputs, n_steps: int
) -> dict[str, torch.Tensor]:
    """Of each table ``[rows, slots]``, of the numbers ``[rows, numbers]``: mean slope times difference."""
    shares = (torch.arange(n_steps) + 0.5) / n_steps
    n = len(start.numbers)
    slopes = {name: torch.zeros_like(tensor) for name, tensor in start.moving().items()}
    for some in shares.split(max(1, _ROWS_AT_ONCE // max(n, 1))):
        at = start.between(end, some)
        moving = at.moving()
        if not moving or not n:
            break
        found = torch.autograd.grad(
            _output(weights, at).sum(), list(moving.values()), allow_unused=True
        )
        for (name, tensor), slope in zip(moving.items(), found, strict=True):
            if slope is not None:
                slopes[name] += slope.view(len(some), n, *tensor.shape[1:]).sum(0) / n_steps
    goals = end.moving()
    products = {n: slopes[n] * (goals[n] - tensor) for n, tensor in start.moving().items()}
    return {name: p if name == "numbers" else p.sum(2) for name, p in products.items()}


def _of_slots(weights: Weights, parts: dict[str, torch.Tensor], size: tuple[int, ...]) -> Floats:
    """Of all tables together; the text of a value counts for its slot."""
    found = np.zeros(size)
    texts = {text_rows(n): list(t.slots) for n, t in enumerate(weights.module.shape.texts)}
    for name, part in parts.items():
        if name in texts:
            found[:, texts[name]] += part.double().numpy()
        elif name != "numbers":
            found += part.double().numpy()
    return found
