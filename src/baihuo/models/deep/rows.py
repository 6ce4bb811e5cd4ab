"""Rows that a network is fitted to, given out in batches: shuffled the same way by the same seed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.deep.settings import DeepSettings
from baihuo.models.deep.shape import DeepShape

_SHUFFLED_ROWS = 262_144  # held in memory at once, of many blocks: 40 MB at forty columns

_ROWS_IN_ORDER = 65_536  # read at once, where nothing is shuffled


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows, in memory."""

    categories: NDArray[np.int32]  # [rows, slots]: one a field, and those of sequences
    numbers: NDArray[np.float32]  # [rows, numbers]
    labels: NDArray[np.float32] | None  # [rows]
    weights: NDArray[np.float32] | None  # [rows]
    groups: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.categories)

    def take(self, rows: Any) -> Rows:
        """Of a slice or of row numbers."""
        return Rows(
            *(
                None if array is None else array[rows]
                for array in (
                    self.categories,
                    self.numbers,
                    self.labels,
                    self.weights,
                    self.groups,
                )
            )  # type: ignore[arg-type]
        )


class TrainingRows(ABC):
    """Rows to fit a network to."""

    n_rows: int

    @abstractmethod
    def shape(self, settings: DeepSettings) -> DeepShape:
        """The sizes of a network over these rows."""

    @abstractmethod
    def read(self, spans: Sequence[slice]) -> Rows:
        """Spans of rows one after the other, in memory of their own."""

    def groups(self) -> NDArray[np.int64] | None:
        """``[rows]``, where there are any."""
        return None

    def texts(self) -> list[NDArray[np.float32]]:
        """Of each text column the vectors of its values, ``[numbers of values, dim]``."""
        return []

    def in_order(self, batch_rows: int) -> Iterator[Rows]:
        """Batches in the order of the file."""
        per_read = max(1, _ROWS_IN_ORDER // batch_rows) * batch_rows
        for low in range(0, self.n_rows, per_read):
            part = self.read([slice(low, low + per_read)])
            for start in range(0, len(part), batch_rows):
                yield part.take(slice(start, start + batch_rows))


class RowsInMemory(TrainingRows):
    """Rows of numbers alone."""

    def __init__(
        self,
        numbers: NDArray[np.float32],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        self.n_rows = len(numbers)
        none = np.zeros((len(numbers), 0), np.int32)
        self._rows = Rows(none, numbers, np.asarray(labels, np.float32), weights, None)

    def shape(self, settings: DeepSettings) -> DeepShape:
        """Of numbers alone."""
        return settings.shape(n_fields=0, n_numbers=self._rows.numbers.shape[1])

    def read(self, spans: Sequence[slice]) -> Rows:
        """A copy."""
        return self._rows.take(np.concatenate([np.arange(self.n_rows)[span] for span in spans]))


class ShuffledBatches:
    """Batches of one pass, in an order that the seed and the pass say.

    Blocks of neighbouring rows are drawn at random, some sixty at a time, and the rows of these are shuffled: reads stay
    sequential, memory stays flat, and a file sorted by time is mixed. With groups, the rows of a group stay together.
    """

    def __init__(self, rows: TrainingRows, *, batch_rows: int, seed: int, by_group: bool) -> None:
        self._rows, self._batch_rows, self._seed = rows, batch_rows, seed
        starts = np.arange(0, rows.n_rows, batch_rows)
        if by_group:
            groups = rows.groups()
            assert groups is not None
            starts = _group_blocks(np.asarray(groups), batch_rows)
        self._starts = np.append(starts, rows.n_rows)
        self._by_group = by_group
        self._blocks_at_once = max(1, _SHUFFLED_ROWS // batch_rows)

    @property
    def n_batches(self) -> int:
        """In one pass."""
        return len(self._starts) - 1

    def of_pass(self, number: int) -> Iterator[Rows]:
        """The batches of a pass."""
        blocks = np.random.default_rng([self._seed, number]).permutation(self.n_batches)
        n = self._blocks_at_once
        for part in range(math.ceil(len(blocks) / n)):
            chosen = blocks[part * n : (part + 1) * n]
            spans = [slice(int(self._starts[b]), int(self._starts[b + 1])) for b in chosen]
            if self._by_group:
                for span in spans:
                    yield self._rows.read([span])
                continue
            held = self._rows.read(spans)
            order = np.random.default_rng([self._seed, number, part]).permutation(len(held))
            for at in range(0, len(chosen) * self._batch_rows, self._batch_rows):
                yield held.take(order[at : at + self._batch_rows])


def group_starts(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each group's rows begin, which stand together."""
    return np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))


def _group_blocks(groups: NDArray[np.int64], batch_rows: int) -> NDArray[np.int64]:
    """Where blocks of whole groups begin, each of about ``batch_rows`` rows."""
    starts = group_starts(groups)
    block = starts // batch_rows
    return starts[np.flatnonzero(np.append(True, block[1:] != block[:-1]))]
