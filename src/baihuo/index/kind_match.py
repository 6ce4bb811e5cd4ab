"""A kind that a query asks for, and how surely each product is of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.index.kinds import Weights
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import index_terms, is_bigram

LIKELY = 0.5
"""The weight from which a category is of a kind."""

_BY_WORDS = 0.8  # a product that has the words of the name, and a title that names no kind
_NO_ROWS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class QueryKind:
    """The kind of product that a query asks for."""

    phrase: str  # the words that name it
    source: str  # what the reading rests on: "name", "broader", "title word", "brand", "clicks" or "meaning"
    weights: Weights  # category code → how surely it is meant
    keys: tuple[str, ...] = ()  # phrases that are the head of titles of this kind
    start: int = 0  # where ``phrase`` stands in the folded query
    end: int = 0
    evidence: str = ""  # of a reading by clicks: how many visitors, and what share of them

    @property
    def is_certain(self) -> bool:
        """Whether a category bears the name: then nothing of another kind answers the query."""
        return any(weight >= 1 for weight in self.weights.values())


def type_match(kind: QueryKind, snapshot: Snapshot) -> NDArray[np.float32]:
    """How surely each row is of the kind, ``[n]``: 1 by its title or the name of its category, 0 not at all.

    A title says it with the name as its head. A product that has all words of the name anywhere counts almost as much,
    if its title does not surely name its own category: some catalogues have wrong categories, or none.
    """
    of_category = np.zeros(len(snapshot.dictionaries.categories) + 1, np.float32)  # the last: none
    for code, weight in kind.weights.items():
        of_category[code] = weight
    match = of_category.take(snapshot.category_code)  # a third of the time of indexing
    for number, segment in enumerate(snapshot.segments):
        by_title = [segment.heads[k] for k in kind.keys if k in segment.heads]
        found = [(1.0, np.concatenate([_NO_ROWS, *by_title]))]
        if kind.keys:
            has_words = _has_all(kind.keys[0], segment) & ~segment.names_category
            found.append((_BY_WORDS, np.flatnonzero(has_words).astype(np.int32)))
        for value, local in found:
            rows = snapshot.segment_rows[number].take(local).astype(np.intp)
            rows = rows.compress(snapshot.segment_of[rows] == number)
            match[rows] = np.maximum(match[rows], np.float32(value))
    return match


def _has_all(key: str, segment: Segment) -> NDArray[np.bool_]:
    """Which rows of a segment have all words of a phrase, each in any field."""
    return has_terms([t for t in index_terms(key) if not is_bigram(t)], segment)


def has_terms(terms: Sequence[str], segment: Segment) -> NDArray[np.bool_]:
    """Which rows of a segment have all of the terms, each in any field."""
    numbers = [segment.terms.get(t) for t in terms]
    has_all = np.ones(len(segment), np.bool_)
    for number in numbers:
        has = np.zeros(len(segment), np.bool_)
        if number is not None:
            for postings in segment.postings.values():
                has[postings.of(number)[0].astype(np.intp)] = True
        has_all &= has
    return has_all
