"""Find visitors' data in files without a visitor column."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

_ID_COLUMNS = ("visitor_id", "query_id", "order_id", "session_id", "event_id", "rater")
_TEXT_COLUMNS = ("query_text", "text", "query")


@dataclass(frozen=True)
class Traces:
    """Visitors to erase, with the ids and texts that only their rows have."""

    visitor_ids: frozenset[str]
    ids: frozenset[str] = field(
        default_factory=frozenset
    )  # of their queries, orders, sessions and events
    texts: frozenset[str] = field(default_factory=frozenset)  # texts that only they typed

    def rows_of(self, table: pa.Table) -> pa.ChunkedArray:
        """Return which rows of a table are theirs, by its columns of ids and typed words."""
        found = pa.chunked_array([pa.repeat(False, table.num_rows)])
        every_id = pa.array(sorted(self.visitor_ids | self.ids), pa.string())
        texts = pa.array(sorted(self.texts), pa.string())
        for names, values in ((_ID_COLUMNS, every_id), (_TEXT_COLUMNS, texts)):
            for name in names:
                if name in table.column_names and _is_text(table.schema.field(name).type):
                    column = table[name].cast(pa.string())
                    found = pc.or_(found, pc.is_in(column, value_set=values))
        return found

    def is_in(self, text: str) -> bool:
        """Return whether any text (a refused row, a line of JSON) has one of their ids or typed texts. An id counts as a whole: v-1 is not
        in v-12.
        """
        ids, odd, texts = self._forms
        if any(form in text for form in texts):
            return True
        for word in _WORD.findall(text):
            if word in ids or word.strip(_ENDS) in ids:
                return True
        return any(form in text for form in odd)

    @cached_property
    def _forms(self) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
        """Ids that are one word, the other ids, and the texts, each also as JSON in ASCII writes it."""
        every = self.visitor_ids | self.ids
        words = frozenset(i for i in every if _WORD.fullmatch(i) and i == i.strip(_ENDS))
        escaped = tuple(json.dumps(word)[1:-1] for word in words if not word.isascii())
        return words, (*_written(every - words), *escaped), _written(self.texts)


_WORD = re.compile(r"[^\s\"',;|()\[\]{}<>=&?\\]+")
_ENDS = ".:!"


def _written(texts: frozenset[str]) -> tuple[str, ...]:
    return tuple({form for text in texts for form in (text, json.dumps(text)[1:-1]) if form})


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(value) or pa.types.is_large_string(value)
