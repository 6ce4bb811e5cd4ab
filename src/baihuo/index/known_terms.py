"""Whether products have a word."""

from __future__ import annotations

from baihuo.core import has_han
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import bigrams


def n_rows(snapshot: Snapshot, term: str) -> int:
    """Number of rows that have a term in any field (a lower bound: the maximum over fields)."""
    total = 0
    for segment in snapshot.segments:
        number = segment.terms.get(term)
        if number is not None:
            total += int(segment.term_rows[number])
    return total


def is_unknown(key: str, snapshot: Snapshot) -> bool:
    """Whether no product has a word of the phrase, or two neighbours of its Chinese characters side by side."""
    terms = bigrams(key) if has_han(key) else key.split(" ")
    return any(not n_rows(snapshot, term) for term in terms)
