"""What the members beside the networks read of prepared rows: places of values, and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models import Rows
from baihuo.train.tables.columns import Columns

MISSING = -1000.0
"""Instead of a missing number, on the scale of standardised ones: below all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class RowInputs:
    """Of some rows; histories are not read."""

    places: NDArray[np.int32]  # [rows, fields] among the values of all fields, bins of numbers last
    numbers: NDArray[np.float32]  # [rows, numbers] standardised, missing ones 0

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: NDArray[np.bool_] | slice) -> RowInputs:
        """Some of them."""
        return RowInputs(self.places[rows], self.numbers[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class InputShape:
    """Where what lies."""

    n_values: int  # of all fields
    n_categories: int  # the first fields; the others are bins
    n_fields: int
    n_numbers: int
    offsets: tuple[int, ...]  # of each field, where its values begin

    @classmethod
    def of(cls, columns: Columns) -> InputShape:
        """Of a table."""
        starts = np.concatenate([[0], np.cumsum(columns.sizes)]).astype(int)
        return cls(
            n_values=int(starts[-1]),
            n_categories=len(columns.categories),
            n_fields=columns.n_fields,
            n_numbers=len(columns.numbers),
            offsets=tuple(int(starts[slot]) for slot in columns.slots[: columns.n_fields]),
        )

    @property
    def knows_missing(self) -> bool:
        """Whether bins say which numbers are missing."""
        return self.n_fields - self.n_categories == self.n_numbers > 0

    def inputs(self, categories: NDArray[np.int32], numbers: NDArray[np.float32]) -> RowInputs:
        """Of ``[rows, slots]`` numbers of values, ``[rows, numbers]``."""
        offsets = np.array(self.offsets, dtype=np.int32)
        return RowInputs(categories[:, : self.n_fields] + offsets, np.asarray(numbers))

    def of_rows(self, rows: Rows) -> RowInputs:
        """Of prepared rows."""
        return self.inputs(rows.categories, rows.numbers)

    def with_missing(self, inputs: RowInputs) -> NDArray[np.float32]:
        """``[rows, numbers]``, where missing ones are :data:`MISSING` if that is known."""
        if not self.knows_missing:
            return inputs.numbers
        bins = inputs.places[:, self.n_categories :] - np.array(
            self.offsets[self.n_categories :], dtype=np.int32
        )
        return inputs.numbers + np.float32(MISSING) * (bins == 0).astype(np.float32)
