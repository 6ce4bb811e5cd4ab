"""By what a visitor is found in files that do not name them in a column of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

_ID_COLUMNS = ("visitor_id", "query_id", "order_id", "session_id", "event_id", "rater")
_TEXT_COLUMNS = ("query_text", "text", "query")


@dataclass(frozen=True)
class Traces:
    """Visitors who are to be forgotten, and what only their rows hold: nothing that another visitor's row holds too."""

    visitor_ids: frozenset[str]
    ids: frozenset[str] = field(
        default_factory=frozenset
    )  # of their queries, orders, sessions and events
    texts: frozenset[str] = field(default_factory=frozenset)  # what only they typed

    def rows_of(self, table: pa.Table) -> pa.ChunkedArray:
        """Which rows of a table are theirs, as booleans: by its columns of ids, and of typed words."""
        theirs = pa.array([False] * table.num_rows) if not table.num_rows else None
        found = pa.chunked_array(
            [theirs if theirs is not None else pa.repeat(False, table.num_rows)]
        )
        every_id = pa.array(sorted(self.visitor_ids | self.ids), pa.string())
        texts = pa.array(sorted(self.texts), pa.string())
        for names, values in ((_ID_COLUMNS, every_id), (_TEXT_COLUMNS, texts)):
            for name in names:
                if name in table.column_names and _is_text(table.schema.field(name).type):
                    column = table[name].cast(pa.string())
                    found = pc.or_(found, pc.is_in(column, value_set=values))
        return found

    def is_in(self, text: str) -> bool:
        """Whether a text of any form (a refused row, a line of JSON) names one of them, or holds what only they typed."""
        return bool(self._pattern.search(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # an id as a whole: v-1 is not in v-12
        ids = "|".join(
            re.escape(i) for i in sorted(self.visitor_ids | self.ids, key=len, reverse=True)
        )
        texts = "|".join(
            re.escape(form)
            for text in sorted(self.texts, key=len, reverse=True)
            for form in dict.fromkeys((text, _as_json(text)))
        )
        forms = [rf"(?<![\w.@:-])(?:{ids})(?![\w@:-])"] if ids else []
        return re.compile("|".join([*forms, *([rf"(?:{texts})"] if texts else [])]) or r"(?!)")


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(value) or pa.types.is_large_string(value)


def _as_json(text: str) -> str:
    """The text as JSON in ASCII writes it."""
    import json

    return json.dumps(text)[1:-1]
