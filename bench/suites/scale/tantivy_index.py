"""The terms of our index in tantivy: the same fields, the same terms, a score a product."""

from __future__ import annotations

from typing import Any

import numpy as np
import tantivy

from baihuo.index import Snapshot
from baihuo.index.postings import FIELDS, Postings
from baihuo.index.query_parser import TermGroup
from baihuo.index.relevance import FIELD_WEIGHTS


class TantivyIndex:
    """In memory, one segment. A term is written as its number, once for each product that has it."""

    def __init__(self, snapshot: Snapshot) -> None:
        schema = tantivy.SchemaBuilder()
        for field in FIELDS:
            schema.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
        self._schema, self._n = schema.build(), snapshot.n
        self._terms = snapshot.segments[0].terms
        index = tantivy.Index(self._schema)
        writer = index.writer(heap_size=500_000_000, num_threads=1)
        postings = snapshot.segments[0].postings
        for texts in zip(*(_texts(postings[f], snapshot.n) for f in FIELDS), strict=True):
            document = tantivy.Document()
            for field, text in zip(FIELDS, texts, strict=True):
                document.add_text(field, text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def query(self, groups: tuple[TermGroup, ...]) -> Any:
        """Any term of any group in any field, with the weights of the fields."""
        parts = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self._schema, field, f"t{number}", "freq"),
                    FIELD_WEIGHTS[field] * weight,
                ),
            )
            for group in groups
            for term, weight in group.terms
            if (number := self._terms.get(term)) is not None
            for field in FIELDS
        ]
        return tantivy.Query.boolean_query(parts)

    def all(self, query: Any) -> int:
        """List every match with its score; how many there are."""
        return len(self._searcher.search(query, limit=self._n, count=False).hits)


def _texts(postings: Postings, n: int) -> list[str]:
    """The terms of each row."""
    terms = np.repeat(np.arange(len(postings.starts) - 1), np.diff(postings.starts))
    order = np.argsort(postings.rows, kind="stable")
    names = [f"t{term}" for term in terms[order].tolist()]
    ends = np.searchsorted(postings.rows[order], np.arange(n + 1)).tolist()
    return [" ".join(names[ends[row] : ends[row + 1]]) for row in range(n)]
