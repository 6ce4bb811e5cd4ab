"""Rows as a request has them, words and plain numbers, to the arrays that a network reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_rows import scale
from baihuo.train.tables.hashed_values import HashedValues
from baihuo.train.tables.read_table import MISSING
from baihuo.train.tables.vocabulary import Vocabulary

Row: TypeAlias = Mapping[str, Any]


class RequestRows:
    """Encodes rows as training read them. All values of a request are looked up at once."""

    def __init__(self, columns: Columns, vocabularies: Sequence[Vocabulary]) -> None:
        self._columns, self._vocabularies = columns, vocabularies
        self._categories = [c.name for c in columns.categories]
        self._numbers = [n.name for n in columns.numbers]
        self._values = HashedValues([v.values() for v in vocabularies])
        self._hashed = [f for f, v in enumerate(vocabularies) if v.hash_size is not None]
        self._is_log = np.array([n.scale == "log" for n in columns.numbers])

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
            hashes = np.fromiter(map(hash, flat), np.int64, len(flat))
        except TypeError:
            raise self._no_category(flat) from None
        ids = self._values.look_up(hashes.reshape(-1, n_fields))
        for field in self._hashed:
            texts = [_text(value) for value in flat[field::n_fields]]
            ids[:, field] = self._vocabularies[field].look_up(texts, grow=False)
        unknown, all_ids = np.flatnonzero(ids == 0), ids.ravel()
        for at in unknown.tolist():  # a code given as a number is known by its digits
            if type(flat[at]) is not str and (text := _text(flat[at])) is not None:
                vocabulary = self._vocabularies[at % n_fields]
                all_ids[at] = vocabulary.look_up([text], grow=False)[0]
        return ids

    def _scaled(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        if not self._numbers:
            return np.empty((len(rows), 0), dtype=np.float32)
        flat = _values(rows, self._numbers)
        try:
            values = np.array(flat, dtype=np.float32)  # None becomes NaN
        except (TypeError, ValueError):
            values = np.array([self._number(at, v) for at, v in enumerate(flat)], np.float32)
        if (is_infinite := np.isinf(values)).any():
            raise self._refused(int(is_infinite.argmax()), self._numbers, "is infinite")
        found = values.reshape(len(rows), -1)
        logs = np.copysign(np.log1p(np.abs(found)), found)
        found = logs if self._is_log.all() else np.where(self._is_log, logs, found)
        scale(found, self._columns.numbers)
        return found

    def _number(self, at: int, value: Any) -> float:
        if value is None or (isinstance(value, str) and value.strip() in MISSING):
            return float("nan")
        try:
            return float(value)
        except (TypeError, ValueError):
            what = f"is {str(value)[:80]!r}, no number"
            raise self._refused(at, self._numbers, what) from None

    def _no_category(self, flat: list[Any]) -> BadInput:
        at = next(i for i, value in enumerate(flat) if not _is_hashable(value))
        return self._refused(at, self._categories, f"is {str(flat[at])[:80]}, no single value")

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


@lru_cache(maxsize=65_536, typed=True)
def _text(value: Any) -> str | None:
    """As reading a file of such values makes it; None: missing."""
    if value is None or isinstance(value, str) or value != value:
        return value if isinstance(value, str) else None
    text: str = pa.array([value]).cast(pa.string())[0].as_py()
    return text


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
