"""Candidate products of a page, as columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Removed:
    """Products that a stage removed, and the reason."""

    stage: str
    reason: str
    rows: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Columns of equal length, one entry for each product, in order.

    ``rows`` are positions in the index generation, not ids: ids are looked up only for the page.
    Stages never change arrays in place; they return new ones.
    """

    rows: NDArray[np.int32]
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    removed: tuple[Removed, ...] = ()

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != len(self.rows):
                raise ValueError(
                    f"column {name!r} has {len(column)} values for {len(self.rows)} candidates"
                )

    def __len__(self) -> int:
        return len(self.rows)

    def with_columns(self, **columns: NDArray[Any]) -> Candidates:
        """Return the candidates with columns added or replaced."""
        Candidates(self.rows, columns)  # only the new ones need a check
        return _checked(self.rows, {**self.columns, **columns}, self.removed)

    def take(self, order: NDArray[np.intp]) -> Candidates:
        """The candidates at ``order``, in that order. The others are dropped without a record."""
        n = len(order)
        if n and order[0] == 0 and order[-1] == n - 1 and bool((order == np.arange(n)).all()):
            # A prefix, as stages often leave: no copy.
            return _checked(
                self.rows[:n], {k: v[:n] for k, v in self.columns.items()}, self.removed
            )
        return _checked(
            self.rows[order], {k: v[order] for k, v in self.columns.items()}, self.removed
        )

    def keep(self, mask: NDArray[np.bool_], *, stage: str, reason: str) -> Candidates:
        """The candidates where ``mask`` holds; the others are recorded with the reason."""
        if bool(mask.all()):
            return self
        removed = Removed(stage, reason, self.rows[~mask])
        kept = self.take(np.flatnonzero(mask))
        return _checked(kept.rows, kept.columns, (*self.removed, removed))


def _checked(
    rows: NDArray[np.int32], columns: dict[str, NDArray[Any]], removed: tuple[Removed, ...]
) -> Candidates:
    """Build candidates whose columns are known to be as long as their rows."""
    made = object.__new__(Candidates)
    for name, value in (("rows", rows), ("columns", columns), ("removed", removed)):
        object.__setattr__(made, name, value)
    return made
