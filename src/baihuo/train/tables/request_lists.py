"""The lists of a request, which say what was before its rows, to the slots of their sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_lists import LISTS, encode_sequence, split_lists
from baihuo.train.tables.request_fields import Fields, RequestData, as_text, fields_of
from baihuo.train.tables.vocabulary import Vocabulary

_WHERE = (Path("the request"), 0)


class RequestLists:
    """Encodes lists as training read them: ``["p7", "p3"]``, or a text as in a file; None: an empty one."""

    def __init__(self, columns: Columns, vocabularies: Sequence[Vocabulary]) -> None:
        self._sequences = columns.sequences
        self._separators = {name: s.separator for s in columns.sequences for name, _ in s.parts}
        fields = (c.name for c in columns.fields)
        self._vocabularies: Mapping[str, Vocabulary] = dict(zip(fields, vocabularies, strict=True))

    def encode(self, data: RequestData) -> list[NDArray[np.int32]]:
        """Of each sequence ``[rows, its slots]``.

        Raises:
            BadInput: a field is missing, a value is no list, or lists of events differ in length.
        """
        names = list(self._separators)
        if not names:
            return []
        fields = fields_of(data, names)
        arrays = [self._lists(fields, place) for place in range(len(names))]
        batch = pa.record_batch(arrays, names=names)
        return [
            encode_sequence(batch, one, self._vocabularies, grow=False, counted=False, where=_WHERE)
            for one in self._sequences
        ]

    def _lists(self, fields: Fields, place: int) -> Any:
        separator = self._separators[fields.names[place]]
        known: dict[int, list[str | None] | None] = {}  # the rows of a visitor share one list
        found = []
        for row, value in enumerate(fields.of_field(place)):
            if id(value) not in known:
                known[id(value)] = _texts(fields, fields.at(row, place), value, separator)
            found.append(known[id(value)])
        return pa.array(found, LISTS)


def _texts(fields: Fields, at: int, value: Any, separator: str | None) -> list[str | None] | None:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        parted: list[str | None] | None = split_lists(pa.array([value]), separator)[0].as_py()
        return parted
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        raise fields.refused(at, f"is {str(value)[:80]}, no list")
    return [one if type(one) is str else as_text(fields, at, one) for one in value]
