"""Rows as a request has them, words and plain numbers, to the arrays that a network reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.train.tables.columns import Columns
from baihuo.train.tables.hashed_values import HashedValues
from baihuo.train.tables.read_table import MISSING
from baihuo.train.tables.request_fields import Fields, RequestData, fields_of
from baihuo.train.tables.vocabulary import Vocabulary


class RequestRows:
    """Encodes rows as training read them. All values of a request are looked up at once."""

    def __init__(self, columns: Columns, vocabularies: Sequence[Vocabulary]) -> None:
        self._categories = [c.name for c in columns.categories]
        self._numbers = [n.name for n in columns.numbers]
        self._values = HashedValues([v.values() for v in vocabularies])
        self._hashed = {f: v for f, v in enumerate(vocabularies) if v.hash_size is not None}
        self._is_log = np.array([n.scale == "log" for n in columns.numbers], dtype=bool)
        self._mean = np.array([n.mean for n in columns.numbers], dtype=np.float32)
        self._deviation = np.array([n.deviation for n in columns.numbers], dtype=np.float32)

    def encode(self, data: RequestData) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Numbers of values ``[rows, fields]`` (0: unknown or missing) and scaled numbers ``[rows, numbers]``.

        None and NaN are missing.

        Raises:
            BadInput: a field is missing, a number is none or infinite, or a category is a list or a mapping.
        """
        ids = self._ids(fields_of(data, self._categories))
        return ids, self._scaled(fields_of(data, self._numbers))

    def _ids(self, fields: Fields) -> NDArray[np.int32]:
        try:
            ids = self._found(fields)
        except TypeError:  # a list has no hash
            ids = self._found(_as_texts(fields))
        is_unknown = (fields.unshaped(ids) == 0).tolist()
        if not _TEXT.issuperset(map(type, compress(fields.chained(), is_unknown))):
            ids = self._found(_as_texts(fields))  # a code given as a number is known by its digits
        for place, vocabulary in self._hashed.items():
            ids[:, place] = vocabulary.look_up(_as_texts(fields).of_field(place), grow=False)
        return ids

    def _found(self, fields: Fields) -> NDArray[np.int32]:
        hashes = np.fromiter(map(hash, fields.chained()), np.int64, fields.n_values)
        return self._values.look_up(fields.shaped(hashes))

    def _scaled(self, fields: Fields) -> NDArray[np.float32]:
        try:
            values = np.array(list(fields.chained()), dtype=np.float32)  # None becomes NaN
        except (TypeError, ValueError, OverflowError):
            numbers = [_number(fields, at, value) for at, value in enumerate(fields.chained())]
            values = np.array(numbers, dtype=np.float32)
        if (is_infinite := np.isinf(values)).any():
            raise fields.refused(int(is_infinite.argmax()), "is infinite")
        rows = fields.shaped(values)
        logs = np.copysign(np.log1p(np.abs(rows)), rows)
        found = logs if self._is_log.all() else np.where(self._is_log, logs, rows)
        found -= self._mean
        found /= self._deviation
        found[np.isnan(found)] = 0.0
        return np.asarray(found, dtype=np.float32)


_TEXT = frozenset((str, type(None)))


def _as_texts(fields: Fields) -> Fields:
    """As reading a file of such values makes them; None: missing."""
    return fields.changed([_text(fields, at, value) for at, value in enumerate(fields.chained())])


def _text(fields: Fields, at: int, value: Any) -> str | None:
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


def _number(fields: Fields, at: int, value: Any) -> float:
    if value is None or (isinstance(value, str) and value.strip() in MISSING):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise fields.refused(at, f"is {str(value)[:80]!r}, no number") from None
