"""Rows as a request has them, words and plain numbers, to the arrays that a network reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_rows import scale, with_bins
from baihuo.train.tables.hashed_values import HashedValues
from baihuo.train.tables.read_table import MISSING
from baihuo.train.tables.request_fields import Fields, RequestData, as_text, fields_of
from baihuo.train.tables.request_lists import RequestLists
from baihuo.train.tables.vocabulary import MISSING as MISSING_VALUE
from baihuo.train.tables.vocabulary import Vocabulary


class RequestRows:
    """Encodes rows as training read them. All values of a request are looked up at once."""

    def __init__(self, columns: Columns, vocabularies: Sequence[Vocabulary]) -> None:
        self._columns = columns
        self._categories = [c.name for c in columns.categories]
        self._numbers = [n.name for n in columns.numbers]
        own = vocabularies[: len(self._categories)]
        self._values = HashedValues([v.values() for v in own])
        self._missing = np.array([v.look_up([MISSING_VALUE], grow=False)[0] for v in own])
        self._hashed = {f: v for f, v in enumerate(own) if v.hash_size is not None}
        self._lists = RequestLists(columns, vocabularies)
        self._is_log = np.array([n.scale == "log" for n in columns.numbers], dtype=bool)

    def encode(self, data: RequestData) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Numbers of values ``[rows, slots]`` (0: unknown) and scaled numbers ``[rows, numbers]``.

        None and NaN are missing.

        Raises:
            BadInput: a field is missing, a number is none or infinite, a category is a list or a mapping, or a sequence is no
                list.
        """
        ids = self._ids(fields_of(data, self._categories))
        if lists := self._lists.encode(data):
            ids = np.concatenate([ids, *lists], axis=1)
        numbers = self._on_scale(fields_of(data, self._numbers))
        ids = with_bins(ids, numbers, self._columns)
        scale(numbers, self._columns.numbers)
        return ids, numbers

    def _ids(self, fields: Fields) -> NDArray[np.int32]:
        try:
            ids = self._found(fields)
        except TypeError:  # a list has no hash
            fields = _as_texts(fields)
            ids = self._found(fields)
        if unknown := _unknown(fields, ids):
            if not _TEXT.issuperset(type(value) for _, value in unknown):
                fields = _as_texts(fields)  # a code given as a number is known by its digits
                ids = self._found(fields)
                unknown = _unknown(fields, ids)
            missing = [at for at, value in unknown if value is None or value in MISSING]
            if missing:
                is_missing = np.zeros(fields.n_values, dtype=bool)
                is_missing[missing] = True
                ids = np.where(fields.shaped(is_missing), self._missing, ids)
        for place, vocabulary in self._hashed.items():
            ids[:, place] = vocabulary.look_up(_as_texts(fields).of_field(place), grow=False)
        return ids

    def _found(self, fields: Fields) -> NDArray[np.int32]:
        hashes = np.fromiter(map(hash, fields.chained()), np.int64, fields.n_values)
        return self._values.look_up(fields.shaped(hashes))

    def _on_scale(self, fields: Fields) -> NDArray[np.float32]:
        """``[rows, numbers]``, not standardised; NaN: missing."""
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
        return np.asarray(found, dtype=np.float32)


_TEXT = frozenset((str, type(None)))


def _unknown(fields: Fields, ids: NDArray[np.int32]) -> list[tuple[int, Any]]:
    """The values that have no number, with their places."""
    places = np.flatnonzero(fields.unshaped(ids) == 0).tolist()  # few: no loop over all values
    return [(at, fields.value(at)) for at in places]


def _as_texts(fields: Fields) -> Fields:
    """As reading a file of such values makes them; None: missing."""
    return fields.changed([as_text(fields, at, value) for at, value in enumerate(fields.chained())])


def _number(fields: Fields, at: int, value: Any) -> float:
    if value is None or (isinstance(value, str) and value.strip() in MISSING):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise fields.refused(at, f"is {str(value)[:80]!r}, no number") from None
