"""Small networks that order the candidates of a group, in numpy alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.models.column_quantiles import ColumnQuantiles
from baihuo.models.contract import Examples, Floats, Scores

_LAYERS = (64, 32)
_EPOCHS = 8
_GROUPS_A_STEP = 16
_LEARNING_RATE = 2e-3  # the highest: it rises over the first third of the steps, then falls to 0
_WARM_SHARE = 0.3
_WEIGHT_DECAY = 0.02
_DROPOUT = 0.1
_BETAS = (0.9, 0.999)


@dataclass(frozen=True, slots=True, eq=False)
class ListwiseNetworks:
    """Two hidden layers plus a linear one, softmax over a group; the mean of several initialisations. A group's loss is the mean
    cross-entropy of its outcomes, times the root of their number, between equal rows and equal groups. With row weights, a group has the
    mean weight of its outcomes, and negatives are weighted in the softmax: one sampled of ten has the odds of ten.

    Source: Cao et al., Learning to rank: from pairwise approach to listwise approach (2007).
    """

    quantiles: ColumnQuantiles
    members: tuple[tuple[Floats, ...], ...]  # of each network: see ``_first_values``

    def scores(self, matrix: Floats) -> Scores:
        """``[rows, columns]`` (NaN: missing) to ``[rows]``, comparable within one group only."""
        inside = self.quantiles.apply(matrix)
        scores = [_forward(inside, values)[0] for values in self.members]
        return np.asarray(np.mean(scores, axis=0), dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON stored in a bundle."""
        return {
            "quantiles": self.quantiles.to_json(),
            "members": [[value.tolist() for value in values] for values in self.members],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ListwiseNetworks:
        """The inverse of :meth:`to_json`."""
        return cls(
            ColumnQuantiles.from_json(stored["quantiles"]),
            tuple(
                tuple(np.asarray(value, np.float32) for value in values)
                for values in stored["members"]
            ),
        )


def fit_listwise(
    rows: Examples,
    *,
    seed: int,
    n_networks: int = 5,
    effort: float = 1.0,
    progress: Progress = no_progress,
) -> ListwiseNetworks:
    """Fit to examples with contiguous groups; groups without outcomes are ignored.

    Args:
        rows: Examples; ``labels`` are outcomes.
        seed: Of the first weights, the order of groups and dropout.
        n_networks: Their mean is steadier than one.
        effort: Of the usual passes over the examples.
        progress: Called after each pass.
    """
    quantiles = ColumnQuantiles.fit(rows.matrix, seed=seed)
    groups = _Groups.of(quantiles.apply(rows.matrix), rows)
    steps_an_epoch = max(1, -(-len(groups.starts) // _GROUPS_A_STEP))
    n_epochs = max(1, round(_EPOCHS * effort))
    n_steps = n_epochs * steps_an_epoch
    members = []
    for i in range(n_networks):
        rng = np.random.default_rng([seed, i])
        adam = _Adam(_first_values(groups.inside.shape[1], rng))
        for epoch in range(n_epochs):
            for few in groups.shuffled(rng):
                slopes = _slopes(few, adam.values, rng)
                adam.step(slopes, _rate(adam.n_steps / n_steps))
            progress("purchases: networks", i * n_epochs + epoch + 1, n_networks * n_epochs)
        members.append(tuple(adam.values))
    return ListwiseNetworks(quantiles, tuple(members))


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Rows of groups with outcomes."""

    inside: Floats  # [rows, columns]
    labels: Floats  # [rows]
    counts: Floats  # [rows] for how many rows of its group each stands
    starts: NDArray[np.int64]  # [groups]
    stops: NDArray[np.int64]
    weights: Floats  # [groups], of mean 1

    @classmethod
    def of(cls, inside: Floats, rows: Examples) -> _Groups:
        """Select from all rows, with contiguous groups."""
        starts = np.flatnonzero(np.diff(rows.group, prepend=rows.group[:1] - 1))
        stops = np.append(starts[1:], len(rows.group))
        teaches = np.add.reduceat(rows.labels, starts) > 0 if len(starts) else starts > 0
        counts = np.ones(len(rows.group), np.float32)
        weights = np.ones(int(teaches.sum()), np.float32)
        if rows.weights is not None and len(weights):
            labels = rows.labels.astype(np.float64)
            happened = np.add.reduceat(labels, starts)
            means = np.add.reduceat(labels * rows.weights, starts) / np.maximum(happened, 1e-9)
            own = np.repeat(np.where(teaches, means, 1.0), stops - starts)
            counts = (rows.weights / own).astype(np.float32)
            weights = (means[teaches] / (float(means[teaches].mean()) or 1.0)).astype(np.float32)
        return cls(
            inside,
            rows.labels,
            counts,
            starts[teaches],
            stops[teaches],
            weights,
        )

    def shuffled(self, rng: np.random.Generator) -> Iterator[_Groups]:
        """All groups in a new order, a few at a time."""
        order = rng.permutation(len(self.starts))
        for at in range(0, len(order), _GROUPS_A_STEP):
            few = order[at : at + _GROUPS_A_STEP]
            starts, stops = self.starts[few], self.stops[few]
            picked = np.concatenate([np.arange(a, b) for a, b in zip(starts, stops, strict=True)])
            ends = np.cumsum(stops - starts)
            yield _Groups(
                self.inside[picked],
                self.labels[picked],
                self.counts[picked],
                ends - (stops - starts),
                ends,
                self.weights[few],
            )


def _forward(
    inside: Floats, values: Sequence[Floats], drop: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return scores and hidden activations."""
    w_1, w_2, w_3, linear, b_1, b_2, b_3 = values
    first = np.maximum(inside @ w_1 + b_1, 0)
    if drop is not None:
        first *= drop
    second = np.maximum(first @ w_2 + b_2, 0)
    return (second @ w_3 + inside @ linear)[:, 0] + b_3, first, second


def _slopes(groups: _Groups, values: list[Floats], rng: np.random.Generator) -> list[Floats]:
    """The gradient of the groups' mean loss, each times its weight; one an array of ``values``."""
    inside, labels, starts = groups.inside, groups.labels, groups.starts
    lengths = groups.stops - starts
    drop = (rng.random((len(inside), _LAYERS[0]), np.float32) >= _DROPOUT).astype(np.float32)
    drop /= 1 - _DROPOUT
    scores, first, second = _forward(inside, values, drop)
    above = scores - np.repeat(np.maximum.reduceat(scores, starts), lengths)
    odds = np.exp(above) * groups.counts
    share = odds / np.repeat(np.add.reduceat(odds, starts), lengths)
    happened = np.repeat(np.add.reduceat(labels, starts), lengths)
    loud = np.repeat(groups.weights, lengths) / np.sqrt(happened) / len(lengths)
    of_scores = ((happened * share - labels) * loud)[:, None]
    of_second = (of_scores @ values[2].T) * (second > 0)
    of_first = (of_second @ values[1].T) * (first > 0) * drop
    return [
        inside.T @ of_first,
        first.T @ of_second,
        second.T @ of_scores,
        inside.T @ of_scores,
        of_first.sum(axis=0),
        of_second.sum(axis=0),
        of_scores.sum(axis=0),
    ]


def _first_values(n_columns: int, rng: np.random.Generator) -> list[Floats]:
    """Weights of three layers and of the linear one (``[in, out]``), then the biases of the three."""
    sizes = ((n_columns, _LAYERS[0]), _LAYERS, (_LAYERS[1], 1), (n_columns, 1))
    weights = [
        (rng.uniform(-1, 1, size) / np.sqrt(max(1, size[0]))).astype(np.float32) for size in sizes
    ]
    return [*weights, *(np.zeros(n, np.float32) for n in (*_LAYERS, 1))]


def _rate(share: float) -> float:
    """The learning rate after a share of the steps: up in half a cosine, then down to 0."""
    if share < _WARM_SHARE:
        return _LEARNING_RATE * (0.04 + 0.96 * (1 - np.cos(np.pi * share / _WARM_SHARE)) / 2)
    return float(
        _LEARNING_RATE * (1 + np.cos(np.pi * (share - _WARM_SHARE) / (1 - _WARM_SHARE))) / 2
    )


class _Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    def __init__(self, values: list[Floats]) -> None:
        self.values, self.n_steps = values, 0
        self._mean = [np.zeros_like(v) for v in values]
        self._square = [np.zeros_like(v) for v in values]

    def step(self, slopes: list[Floats], rate: float) -> None:
        """Update every array against its gradient."""
        self.n_steps += 1
        a, b = (1 - beta**self.n_steps for beta in _BETAS)
        for value, slope, mean, square in zip(
            self.values, slopes, self._mean, self._square, strict=True
        ):
            mean += (1 - _BETAS[0]) * (slope - mean)
            square += (1 - _BETAS[1]) * (slope * slope - square)
            value -= np.float32(rate) * (
                mean / np.float32(a) / (np.sqrt(square / np.float32(b)) + np.float32(1e-8))
                + np.float32(_WEIGHT_DECAY) * value
            )
