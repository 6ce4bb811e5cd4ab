"""A kind that a query asks for, and how surely each product is of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.index.kinds import Weights
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import index_terms, is_bigram

LIKELY = 0.5
"""The weight from which a category is of a kind."""

_BY_WORDS = 0.8  # a product that has the words of the name, and a title that names no kind
_FEW_CATEGORIES = 3  # to look for one by one takes less than to look up that of each row
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
    match = np.zeros(snapshot.n, np.float32)
    if len(kind.weights) <= _FEW_CATEGORIES:
        for code, weight in kind.weights.items():
            np.copyto(match, np.float32(weight), where=snapshot.category_code == code)
    else:
        of_category = np.zeros(len(snapshot.dictionaries.categories) + 1, np.float32)
        of_category[list(kind.weights)] = list(kind.weights.values())  # the last: no category
        match = of_category.take(snapshot.category_code)  # a third of the time of indexing
    for number, segment in enumerate(snapshot.segments):
        by_title = [segment.heads[k] for k in kind.keys if k in segment.heads]
        found = [(1.0, np.concatenate([_NO_ROWS, *by_title]))]
        if kind.keys:
            words = [t for t in index_terms(kind.keys[0]) if not is_bigram(t)]
            has_words = segment.has_all(words) & ~segment.names_category
            found.append((_BY_WORDS, np.flatnonzero(has_words).astype(np.int32)))
        for value, local in found:
            rows = snapshot.rows_of(number, local)
            match[rows] = np.maximum(match[rows], np.float32(value))
    return match
