"""Rows as a request has them, words and plain numbers, to the arrays that a network reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.hashed_values import HashedValues
from baihuo.train.tables.read_table import MISSING
from baihuo.train.tables.vocabulary import Vocabulary

Row: TypeAlias = Mapping[str, Any]
_UNREADABLE = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)


class RequestRows:
    """Encodes rows as training read them. All values of a request are looked up at once."""

    def __init__(self, columns: Columns, vocabularies: Sequence[Vocabulary]) -> None:
        self._categories = [c.name for c in columns.categories]
        self._numbers = [n.name for n in columns.numbers]
        self._values = HashedValues([v.values() for v in vocabularies])
        self._hashed = {f: v for f, v in enumerate(vocabularies) if v.hash_size is not None}
        self._is_log = np.array([n.scale == "log" for n in columns.numbers])
        self._mean = np.array([n.mean for n in columns.numbers], dtype=np.float32)
        self._deviation = np.array([n.deviation for n in columns.numbers], dtype=np.float32)

    def encode(self, rows: Sequence[Row]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Numbers of values ``[rows, fields]`` (0: unknown or missing) and scaled numbers ``[rows, numbers]``.

        None and NaN are missing.

        Raises:
            BadInput: a row has no such field, a number is none or infinite, or a category is a list or a mapping.
        """
        return self._ids(rows), self._scaled(rows)

    def _ids(self, rows: Sequence[Row]) -> NDArray[np.int32]:
        n_fields = len(self._categories)
        if not n_fields:
            return np.empty((len(rows), 0), dtype=np.int32)
        flat = _values(rows, self._categories)
        try:
            texts = pa.array(flat, pa.string())
        except _UNREADABLE:  # codes given as numbers, mostly
            flat = [self._text(at, value) for at, value in enumerate(flat)]
            texts = pa.array(flat, pa.string())
        ids = self._values.look_up(texts)
        for field, vocabulary in self._hashed.items():
            ids[:, field] = vocabulary.look_up(flat[field::n_fields], grow=False)
        return ids

    def _scaled(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        if not self._numbers:
            return np.empty((len(rows), 0), dtype=np.float32)
        flat = _values(rows, self._numbers)
        try:
            values = pa.array(flat, pa.float64()).to_numpy(zero_copy_only=False)
        except _UNREADABLE:
            values = np.array([self._number(at, value) for at, value in enumerate(flat)])
        found = values.astype(np.float32).reshape(len(rows), -1)  # missing is NaN
        if (is_infinite := np.isinf(found)).any():
            raise self._refused(int(is_infinite.argmax()), self._numbers, "is infinite")
        logs = np.copysign(np.log1p(np.abs(found)), found)
        found = logs if self._is_log.all() else np.where(self._is_log, logs, found)
        found -= self._mean
        found /= self._deviation
        found[np.isnan(found)] = 0.0
        return found

    def _text(self, at: int, value: Any) -> str | None:
        """As reading a file of such values makes it; None: missing."""
        if isinstance(value, str):
            return value
        if isinstance(value, list | tuple | dict):
            raise self._refused(at, self._categories, f"is {str(value)[:80]}, no single one")
        if value is None or value != value:
            return None
        if type(value) is int:
            return str(value)
        text: str = pa.array([value]).cast(pa.string())[0].as_py()
        return text

    def _number(self, at: int, value: Any) -> float:
        if value is None or (isinstance(value, str) and value.strip() in MISSING):
            return float("nan")
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            what = f"is {str(value)[:80]!r}, no number"
            raise self._refused(at, self._numbers, what) from None

    def _refused(self, at: int, names: list[str], what: str) -> BadInput:
        row, field = divmod(at, len(names))
        return BadInput(
            f"row {row + 1:,}, field {names[field]!r}: the value {what}",
            fix="correct it, or give null where it is missing",
        )


def _values(rows: Sequence[Row], names: list[str]) -> list[Any]:
    """Row by row, the values of the named fields."""
    get: Callable[[Row], Any] = itemgetter(*names)
    try:
        found = map(get, rows)
        return list(chain.from_iterable(found)) if len(names) > 1 else list(found)
    except KeyError:
        row, name = next((i, n) for i, r in enumerate(rows) for n in names if n not in r)
        raise BadInput(
            f"row {row + 1:,} has no field {name!r}", fix="give null where a value is missing"
        ) from None
