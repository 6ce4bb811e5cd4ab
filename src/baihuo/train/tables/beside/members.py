"""The members beside the networks as one: what they add to the output of a row, with their shares in their own weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.train.tables.beside.boosted import tree_columns
from baihuo.train.tables.beside.forest import Forest
from baihuo.train.tables.beside.regression import Regression
from baihuo.train.tables.beside.row_inputs import InputShape, RowInputs

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Trees, and the statistics of values that they read."""

    forest: Forest
    statistics: NDArray[np.float32]  # [values of categories, 2]

    def columns(self, inputs: RowInputs, shape: InputShape) -> NDArray[np.float32]:
        """What the trees read, ``[rows, columns]``."""
        return tree_columns(inputs, self.statistics, shape)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A regression and boosted trees; each may be missing."""

    shape: InputShape
    regression: Regression | None = None
    boosted: Boosted | None = None
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = (("regression", self.regression), ("boosted", self.boosted))
        object.__setattr__(self, "names", tuple(n for n, member in found if member is not None))

    def each(self, categories: NDArray[np.int32], numbers: NDArray[np.float32]) -> Floats:
        """The output of each, ``[rows, members]``, in the order of :attr:`names`."""
        inputs, found = self.shape.inputs(categories, numbers), []
        if self.regression is not None:
            found.append(self.regression.outputs(inputs))
        if self.boosted is not None:
            columns = self.boosted.columns(inputs, self.shape)
            found.append(self.boosted.forest.outputs(columns))
        return np.stack(found, 1) if found else np.zeros((len(categories), 0))

    def outputs(self, categories: NDArray[np.int32], numbers: NDArray[np.float32]) -> Floats:
        """What they add, ``[rows]``."""
        return np.asarray(self.each(categories, numbers).sum(1))

    def times(self, share: Mapping[str, float]) -> Beside:
        """Each so many times, by its name; one without a share is left out."""
        regression, boosted = self.regression, self.boosted
        if regression is not None:
            by = share["regression"]
            regression = regression.times(by) if by > 0 else None
        if boosted is not None:
            by = share["boosted"]
            boosted = Boosted(boosted.forest.times(by), boosted.statistics) if by > 0 else None
        return Beside(self.shape, regression, boosted)

    def arrays(self) -> dict[str, NDArray[np.float32 | np.int32]]:
        """By name, as they are stored."""
        found: dict[str, NDArray[np.float32 | np.int32]] = {}
        if (r := self.regression) is not None:
            constant = np.array([r.constant], dtype=np.float32)
            found |= {"regression.values": r.values, "regression.numbers": r.numbers}
            found["regression.constant"] = constant
        if self.boosted is not None:
            found["boosted.statistics"] = self.boosted.statistics
            forest = self.boosted.forest
            found |= {f"boosted.{name}": getattr(forest, name) for name in Forest.__slots__}
        return found

    @classmethod
    def of_arrays(cls, shape: InputShape, arrays: dict[str, NDArray[np.float32]]) -> Beside:
        """The inverse of :meth:`arrays`."""
        regression = boosted = None
        if "regression.values" in arrays:
            values, numbers = arrays["regression.values"], arrays["regression.numbers"]
            regression = Regression(values, numbers, float(arrays["regression.constant"][0]))
        if "boosted.first" in arrays:
            parts = {name: arrays[f"boosted.{name}"] for name in Forest.__slots__}
            boosted = Boosted(Forest(**parts), arrays["boosted.statistics"])  # type: ignore[arg-type]
        return cls(shape, regression, boosted)
