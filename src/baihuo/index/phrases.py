"""Whether words stand together in the catalogue: "orange juice" is a thing, "orange shirt" a colour and a thing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import fold, has_han
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified
from baihuo.index.words import phrase_terms

_TEXTS = (
    "title_en",
    "title_zh",
    "description",
)  # words of a purpose are indexed with the description
_NO_ROWS = np.empty(0, np.int32)
_MOST_READ = 30  # products whose titles are read for one phrase


def rows_with(snapshot: Snapshot, terms: Sequence[str], fields: Sequence[str]) -> NDArray[np.int64]:
    """Live rows that have all ``terms``, each in any of ``fields``."""

    def local(segment: Segment) -> NDArray[Any]:
        is_known = all(term in segment.terms for term in terms)
        return np.flatnonzero(segment.has_all(terms, fields)) if is_known else _NO_ROWS

    return snapshot.live_rows_where(local) if terms else np.empty(0, np.int64)


def titles_with(snapshot: Snapshot, phrase: str) -> NDArray[np.int64]:
    """Live rows whose title has the phrase, its words side by side; at most a few dozen are looked at."""
    rows = rows_with(snapshot, phrase_terms(phrase), _TEXTS)
    if not len(rows):
        return rows
    pattern = phrase_pattern(phrase)
    some = some_of(rows, _MOST_READ)
    titles = titles_of(snapshot, rows)
    return some[[pattern.search(title) is not None for title in titles]]


def rows_of_heads(snapshot: Snapshot, keys: Collection[str]) -> NDArray[np.int64]:
    """Live rows whose title has one of some phrases as its head, by the keys of the phrases."""
    return snapshot.live_rows_where(lambda segment: rows_with_head(segment, keys))


def rows_with_head(segment: Segment, keys: Collection[str]) -> NDArray[np.int32]:
    """The same in one segment, by its own rows."""
    local = [segment.heads[key] for key in keys if key in segment.heads]
    return local[0] if len(local) == 1 else np.unique(np.concatenate([_NO_ROWS, *local]))


def titles_of(snapshot: Snapshot, rows: NDArray[np.int64]) -> Iterator[str]:
    """Titles of both languages, folded, of a few dozen of the rows at most."""
    for row in some_of(rows, _MOST_READ).tolist():
        texts, local = snapshot.stored(row)
        stored = texts.fields(local)
        yield to_simplified(fold(f"{stored['title_en'] or ''} | {stored['title_zh'] or ''}"))


def some_of(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of some rows, from all places."""
    return rows[:: max(1, len(rows) // most)][:most]


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Finds the phrase in a folded text: whole words where it is Latin."""
    words = r"\s?".join(re.escape(w) for w in phrase.split())
    if has_han(phrase):
        return re.compile(words)
    return re.compile(rf"(?<![a-z0-9]){words}(?:e?s)?(?![a-z0-9])")
