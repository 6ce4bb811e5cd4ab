"""The values of some fields of a request, which comes as rows or as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BadInput

RequestData: TypeAlias = Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]
"""Rows, each a mapping of field to value; or columns, the values of each field."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Their values, a row or a field after the other."""

    names: list[str]
    n_rows: int
    parts: Sequence[Sequence[Any]]  # the values of each row, or of each field
    is_by_row: bool

    @property
    def n_values(self) -> int:
        """Of all fields."""
        return self.n_rows * len(self.names)

    def chained(self) -> Iterator[Any]:
        """All values in order."""
        return chain.from_iterable(self.parts)

    def shaped(self, array: NDArray[Any]) -> NDArray[Any]:
        """An array in the order of the values as ``[rows, fields]``."""
        if self.is_by_row:
            return array.reshape(self.n_rows, len(self.names))
        return np.ascontiguousarray(array.reshape(len(self.names), self.n_rows).T)

    def unshaped(self, array: NDArray[Any]) -> NDArray[Any]:
        """The inverse of :meth:`shaped`."""
        return (array if self.is_by_row else array.T).ravel()

    def value(self, at: int) -> Any:
        """One of :meth:`chained` by its place."""
        part, place = divmod(at, len(self.names) if self.is_by_row else self.n_rows)
        return self.parts[part][place]

    def changed(self, values: list[Any]) -> Fields:
        """Other values in the same order."""
        n = len(self.names) if self.is_by_row else self.n_rows
        parts = [values[at : at + n] for at in range(0, len(values), n)]
        return replace(self, parts=parts)

    def of_field(self, place: int) -> Sequence[Any]:
        """The values of one field."""
        if self.is_by_row:
            return [part[place] for part in self.parts]
        return self.parts[place]

    def at(self, row: int, place: int) -> int:
        """Where the value of a row and field is."""
        return row * len(self.names) + place if self.is_by_row else place * self.n_rows + row

    def refused(self, at: int, what: str) -> BadInput:
        """The error of a value: ``what`` ends "the value …"."""
        row, field = (
            divmod(at, len(self.names)) if self.is_by_row else divmod(at, self.n_rows)[::-1]
        )
        return BadInput(
            f"row {row + 1:,}, field {self.names[field]!r}: the value {what}",
            fix="correct it, or give null where it is missing",
        )


def as_text(fields: Fields, at: int, value: Any) -> str | None:
    """A single value as reading a file with it makes it; None: missing.

    Raises:
        BadInput: it is a list or a mapping.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | dict):
        raise fields.refused(at, f"is {str(value)[:80]}, no single one")
    if value is None or value != value:
        return None
    if type(value) is int:
        return str(value)
    text: str = pa.array([value]).cast(pa.string())[0].as_py()
    return text


def fields_of(data: RequestData, names: list[str]) -> Fields:
    """Of rows or columns.

    Raises:
        BadInput: a field is missing, or columns are of different lengths.
    """
    if isinstance(data, Mapping):
        n_rows = len(next(iter(data.values()), ()))
        return Fields(names, n_rows, _by_field(data, names, n_rows), is_by_row=False)
    return Fields(names, len(data), _by_row(data, names), is_by_row=True)


def _by_row(rows: Sequence[Mapping[str, Any]], names: list[str]) -> list[tuple[Any, ...]]:
    if not names:
        return []
    found = map(itemgetter(*names), rows)
    try:
        return list(found) if len(names) > 1 else [(value,) for value in found]
    except KeyError:
        row, name = next((i, n) for i, r in enumerate(rows) for n in names if n not in r)
        raise BadInput(
            f"row {row + 1:,} has no field {name!r}", fix="give null where a value is missing"
        ) from None


def _by_field(
    columns: Mapping[str, Sequence[Any]], names: list[str], n_rows: int
) -> list[Sequence[Any]]:
    for name in names:
        if name not in columns:
            raise BadInput(f"there is no field {name!r}", fix="give null where a value is missing")
        if len(columns[name]) != n_rows:
            raise BadInput(
                f"field {name!r} has {len(columns[name]):,} values, another {n_rows:,}",
                fix="give each field a value of each row, null where it is missing",
            )
    return [columns[name] for name in names]
