"""Why rows have their scores: inputs by name, what each added, and the score without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BadInput, NotFound, close_match
from baihuo.models import log_odds, shapley
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_rows import encode_rows
from baihuo.train.tables.model_folder import TableModel
from baihuo.train.tables.read_table import batches

Floats = NDArray[np.float64]
_ORDERS, _FEW_ORDERS = 32, 2  # of one row, and of each of hundreds


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one input of one row did."""

    name: str  # the column
    value: str  # as the file has it
    amount: float  # added to the output, in the unit of the explanation
    without: float  # the score if nothing were known of this input


@dataclass(frozen=True, slots=True, kw_only=True)
class RowExplanation:
    """Why a row has its score. The amounts sum to the difference of the outputs but for ``gap``."""

    row: int  # 1 is the file's first
    outcome: str  # the column that was learned
    score: float  # a probability, or the predicted number
    nothing_known: float  # the score of a row of which nothing is known
    unit: str  # of the amounts
    gap: float  # what their sum lacks, by rounding
    contributions: tuple[Contribution, ...]  # the largest first, by either sign

    def to_json(self) -> dict[str, Any]:
        """As ``baihuo explain-table --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Rows of a file as a network reads them."""

    first: int  # number of the first row, from 1
    batch: pa.RecordBatch
    categories: NDArray[np.int32]
    numbers: NDArray[np.float32]

    def take(self, places: Sequence[int]) -> Encoded:
        """Some of the rows; their numbers are no longer neighbours."""
        kept = list(places)
        return Encoded(self.first, self.batch.take(kept), self.categories[kept], self.numbers[kept])


class TableExplainer:
    """Explains scores of a trained folder, by the model that serves.

    Of a row of which nothing is known values are unknown, numbers average, histories empty.
    """

    def __init__(self, folder: Path) -> None:
        """Open it; errors as :class:`TableModel`."""
        self.model = TableModel(folder)
        self.columns: Columns = self.model.columns
        self._texts: list[NDArray[np.float32]] = []
        self._nothing_known = _nothing_known(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that can be the reason of a score, in the order of :meth:`amounts`."""
        c = self.columns
        parts = (c.categories, c.numbers, c.sequences)
        return tuple(one.name for part in parts for one in part)

    def explain(self, table: Path, rows: Sequence[int]) -> list[RowExplanation]:
        """Rows of a file by their numbers, from 1, in the order of the file.

        Raises:
            NotFound: the file has no such row.
            BadInput: as :meth:`TableModel.score_file`.
        """
        left = sorted(set(rows))
        if left and left[0] < 1:
            raise BadInput(f"there is no row {left[0]}", fix="rows are counted from 1")
        found: list[RowExplanation] = []
        n_rows = 0
        for part in self.encoded(table):
            n_rows += len(part.categories)
            here = [row for row in left if part.first <= row <= n_rows]
            if here:
                some = part.take([row - part.first for row in here])
                found += self._explained(some, here)
                left = left[len(here) :]
            if not left:
                return found
        raise NotFound(f"{table} has no row {left[0]:,}", fix=f"its rows are 1 to {n_rows:,}")

    def mattered(self, table: Path, *, n_rows: int = 500) -> dict[str, Any]:
        """Over the first rows of a file: by column the mean size of what it added, and how often it raised and lowered."""
        amounts: list[Floats] = []
        for part in self.encoded(table):
            kept = min(len(part.categories), n_rows - sum(map(len, amounts)))
            amounts.append(self.amounts(part.take(range(kept)), n_orders=_FEW_ORDERS))
            if sum(map(len, amounts)) >= n_rows:
                break
        whole = np.concatenate([np.zeros((0, len(self.names))), *amounts])
        if not len(whole):
            raise NotFound(f"{table} has no rows", fix="name a file with rows")
        columns = [
            {
                "name": name,
                "moved": float(np.abs(whole[:, place]).mean()),
                "raised": float((whole[:, place] > 0).mean()),
                "lowered": float((whole[:, place] < 0).mean()),
            }
            for place, name in enumerate(self.names)
        ]
        columns.sort(key=lambda one: -float(str(one["moved"])))
        return {"rows": len(whole), "unit": self._unit, "columns": columns}

    @property
    def _unit(self) -> str:
        return "log-odds" if self.model.settings["loss"] == "binary" else "predicted number"

    def encoded(self, table: Path) -> Iterator[Encoded]:
        """A file in parts, as the network reads it."""
        columns, n_rows = self.columns.without_label(), 0
        # values that only this file has are known by their texts
        vocabularies, self._texts = self.model.values_of_file(table)
        for batch in batches(table, columns):
            where = (table, n_rows)
            ids, numbers = encode_rows(batch, columns, vocabularies, where)
            yield Encoded(n_rows + 1, batch, ids, numbers)
            n_rows += batch.num_rows

    def amounts(self, part: Encoded, *, n_orders: int = _ORDERS) -> Floats:
        """``[rows, names]`` what each column added, by Shapley values; they sum to the difference of the outputs."""
        slots = np.zeros((len(self.names), len(self._nothing_known)), dtype=bool)
        numbers = np.zeros((len(self.names), part.numbers.shape[1]), dtype=bool)
        for place, name in enumerate(self.names):
            own, number = self._places(name)
            slots[place, own] = True
            if number is not None:
                numbers[place, number] = True
        found = [np.zeros((0, len(self.names)))]
        for row, number in zip(part.categories, part.numbers, strict=True):

            def output(known: NDArray[np.bool_], row: Any = row, number: Any = number) -> Floats:
                categories = np.where(known @ slots, row, self._nothing_known)
                return self._output(self._scores(categories, number * (known @ numbers)))

            found.append(shapley(output, len(self.names), n_orders=n_orders)[None])
        return np.concatenate(found)

    def _output(self, scores: Floats) -> Floats:
        """What amounts are counted in."""
        return log_odds(scores) if self.model.settings["loss"] == "binary" else scores

    def without(self, part: Encoded, name: str | None) -> Floats:
        """``[rows]`` scores if nothing were known of a column; None: of any. By the model that serves."""
        categories, numbers = part.categories.copy(), part.numbers.copy()
        for one in self.names if name is None else (name,):
            slots, number = self._places(one)
            categories[:, slots] = self._nothing_known[slots]
            if number is not None:
                numbers[:, number] = 0
        return self._scores(categories, numbers)

    def scores(self, part: Encoded) -> Floats:
        """``[rows]``, by the model that serves."""
        return self._scores(part.categories, part.numbers)

    def _scores(self, categories: NDArray[np.int32], numbers: NDArray[np.float32]) -> Floats:
        given = categories.astype(np.int32), numbers.astype(np.float32)
        return self.model.score(*given, self._texts or None).astype(np.float64)

    def _explained(self, part: Encoded, rows: Sequence[int]) -> list[RowExplanation]:
        amounts, scores = self.amounts(part), self.scores(part)
        nothing = self.without(part, None)
        gaps = self._output(scores) - self._output(nothing) - amounts.sum(axis=1)
        without = {name: self.without(part, name) for name in self.names}
        found = []
        for at, row in enumerate(rows):
            one = [
                Contribution(
                    name=name,
                    value=self._value(part, name, at),
                    amount=float(amounts[at, place]),
                    without=float(without[name][at]),
                )
                for place, name in enumerate(self.names)
            ]
            found.append(
                RowExplanation(
                    row=row,
                    outcome=self.columns.label,
                    score=float(scores[at]),
                    nothing_known=float(nothing[at]),
                    unit=self._unit,
                    gap=float(gaps[at]),
                    contributions=tuple(sorted(one, key=lambda c: -abs(c.amount))),
                )
            )
        return found

    def _places(self, name: str) -> tuple[list[int], int | None]:
        """Slots of values and number of a column."""
        c = self.columns
        for place, category in enumerate(c.categories):
            if category.name == name:
                return [place], None
        for place, number in enumerate(c.numbers):
            if number.name == name:
                return [
                    len(c.categories) + i for i, n in enumerate(c.binned) if n.name == name
                ], place
        first = c.n_fields
        for sequence in c.sequences:
            n = sequence.length * len(sequence.parts)
            if sequence.name == name:
                return list(range(first, first + n)), None
            first += n
        near = close_match(name, list(self.names)) or f"one of {', '.join(self.names)}"
        raise BadInput(f"the model reads no column {name!r}", fix=near)

    def _value(self, part: Encoded, name: str, at: int) -> str:
        value = part.batch.column(part.batch.schema.get_field_index(name))[at].as_py()
        slots, _ = self._places(name)
        history = next((one for one in self.columns.sequences if one.name == name), None)
        if history is not None:
            length = history.length
            newest = [str(one) for one in (value or [])][-length:]
            return f"{len(newest)} events, newest {newest[-1]}" if newest else "empty"
        if value is None or value != value:
            return "missing"
        if isinstance(value, float):
            return f"{value:g}"
        is_known = part.categories[at, slots[0]] > 0
        return str(value) if is_known else f"{value} (unknown to the model)"


def _nothing_known(columns: Columns) -> NDArray[np.int32]:
    """``[slots]``: unknown values, the bins of average numbers, no events."""
    found = np.zeros(len(columns.slots), dtype=np.int32)
    for place, number in enumerate(columns.binned, start=len(columns.categories)):
        edges = np.array(number.edges, dtype=np.float32)
        found[place] = 1 + np.searchsorted(edges, np.float32(number.mean))
    return found
