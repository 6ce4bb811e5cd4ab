"""Visitors' actions in order: the input of next-item models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

LONGEST_HISTORY = 10  # items that count; older ones hardly matter


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Items in order of time, one sequence a visitor. Items are numbers used only as names."""

    items: NDArray[np.int32]  # of all sequences, one after the other, oldest first
    starts: NDArray[np.int64]  # [sequences + 1]
    n_items: int  # of the catalogue

    @classmethod
    def of(cls, sequences: Iterable[Sequence[int] | NDArray[Any]], *, n_items: int) -> Sequences:
        """From lists of item numbers below ``n_items``.

        Raises:
            ValueError: a number outside of the catalogue.
        """
        lists = [np.asarray(s, dtype=np.int32) for s in sequences]
        starts = np.concatenate([[0], np.cumsum([len(s) for s in lists])]).astype(np.int64)
        items = np.concatenate(lists) if lists else np.zeros(0, np.int32)
        if len(items) and not (items.min() >= 0 and items.max() < n_items):
            raise ValueError(
                f"items from {items.min()} to {items.max()} in a catalogue of {n_items}"
            )
        return cls(items, starts, n_items)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        for start, stop in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield self.items[start:stop]

    def take(self, numbers: NDArray[np.intp]) -> Sequences:
        """The sequences of these numbers, in their order."""
        return Sequences.of(
            [self.items[self.starts[i] : self.starts[i + 1]] for i in numbers], n_items=self.n_items
        )

    def steps(
        self, *, longest: int = LONGEST_HISTORY
    ) -> tuple[Sequences, NDArray[np.int32], NDArray[np.int64]]:
        """Return every step of every sequence: history, next item, and sequence.

        A history holds the last ``longest`` items at most, and at least one.
        """
        histories, came, whose = [], [], []
        for number, items in enumerate(self):
            for at in range(1, len(items)):
                histories.append(items[max(0, at - longest) : at])
                came.append(items[at])
                whose.append(number)
        return (
            Sequences.of(histories, n_items=self.n_items),
            np.array(came, dtype=np.int32),
            np.array(whose, dtype=np.int64),
        )

    def last(self) -> NDArray[np.int32]:
        """The last item of each; -1 where there is none."""
        ends = np.maximum(self.starts[1:] - 1, 0)
        empty = self.starts[1:] == self.starts[:-1]
        return np.where(empty, -1, self.items[ends] if len(self.items) else -1).astype(np.int32)

    def fading(self, fade: float) -> scipy.sparse.csr_matrix:
        """``[sequences, n_items]``: ``fade`` to the power of the number of later items; repeats add up."""
        lengths = np.diff(self.starts)
        since = np.repeat(self.starts[1:] - 1, lengths) - np.arange(len(self.items))
        values = (fade ** since.astype(np.float32)).astype(np.float32)
        # Copies: adding up repeats sorts in place.
        parts = (values, self.items.copy(), self.starts.copy())
        matrix = scipy.sparse.csr_matrix(parts, shape=(len(self), self.n_items))
        matrix.sum_duplicates()
        return matrix

    def has(self) -> scipy.sparse.csr_matrix:
        """``[sequences, n_items]``: 1 where the item is in the sequence."""
        matrix = self.fading(1.0)
        matrix.data[:] = 1.0
        return matrix
