"""Completes the last word of a search from titles: *wireless ear*: *wireless earphones*, 无线耳: 无线耳机.

No visitor has to have typed it. What is offered stands in titles of live products that have all the words before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.index.function_words import function_words
from baihuo.index.generation import Generation
from baihuo.index.known_phrases import folded
from baihuo.index.known_terms import n_rows
from baihuo.index.lru_cache import LruCache
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import is_han, query_words, stem

_MOST_TYPED = 60  # characters
_MOST_LOOKED_AT = 100  # words with the same beginning, the most frequent ones
_SHORTEST_LATIN = 2  # letters of a beginning
_LEAST = 2  # products that have all the words
_HEAD = 3.0  # times as much counts a product of which the word names the kind
_LAST = "\U0010ffff"


class LastWords:
    """The words of titles, completed after whole words, for one index generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        surfaces = generation.lexicon.surfaces
        segments = generation.snapshot.segments
        chinese = (t for s in segments for t in (*s.terms, *s.heads) if is_han(t))
        counts = {**surfaces, **{word: 0 for word in chinese if len(word) > 1}}
        self._words = sorted(counts)
        self._counts = np.array([counts[w] for w in self._words], np.int64)
        self._cache: LruCache[tuple[str, ...]] = LruCache(2048)

    def complete(self, typed: str, n: int) -> tuple[str, ...]:
        """At most ``n`` texts of whole words and a completed last one, that of most products first."""
        snapshot = self._generation.snapshot
        key = " ".join(folded(typed[:_MOST_TYPED]).split())
        if not key or typed[-1:].isspace():
            return ()
        return self._cache.get(
            (snapshot.content_version, key, n), lambda: self._made(key, n, snapshot)
        )

    def _made(self, key: str, n: int, snapshot: Snapshot) -> tuple[str, ...]:
        before, start = _parted(key)
        whole = [w for w in query_words(before) if w not in function_words()]
        if not whole or len(start) < (1 if has_han(start) else _SHORTEST_LATIN):
            return ()
        if not all(n_rows(snapshot, word) for word in whole):
            return ()
        has = snapshot.is_live.copy()
        for word in whole:
            has &= snapshot.mask(snapshot.rows_where(partial(_titles_with, term=word)))
        if not has.any():
            return ()
        found: dict[str, tuple[float, str]] = {}  # the most frequent form of each term
        for word in self._starting(start):
            term = word if is_han(word) else stem(word)
            score = self._score(term, has, snapshot)
            if term not in whole and score >= _LEAST:
                found.setdefault(term, (score, word))
        best = sorted(found.values(), key=lambda one: (-one[0], one[1]))[:n]
        gap = "" if has_han(start) and not key.endswith(f" {start}") else " "
        return tuple(f"{before}{gap}{word}" for _, word in best)

    def _starting(self, start: str) -> list[str]:
        span = starting(self._words, start)
        order = np.argsort(-self._counts[span], kind="stable")[:_MOST_LOOKED_AT]  # short ones first
        words = [self._words[span.start + int(i)] for i in order]
        return [w for w in words if w != start]

    def _score(self, term: str, has: NDArray[np.bool_], snapshot: Snapshot) -> float:
        """Products of ``has`` with a word in their title; 3 for one that it names. Fewer than two are none."""
        total, score = 0, 0.0
        for number, segment in enumerate(snapshot.segments):
            rows = snapshot.rows_of(number, _titles_with(segment, term))
            n = len(np.unique(rows[has[rows]]))
            heads = segment.heads.get(term)
            n_named = 0
            if heads is not None:
                n_named = int(np.count_nonzero(has[snapshot.rows_of(number, heads)]))
            total += max(n, n_named)
            score += max(n, n_named) + (_HEAD - 1) * n_named
        return score if total >= _LEAST else 0.0


def starting(words: Sequence[str], start: str) -> slice:
    """Where those of some sorted words stand that start with a text."""
    return slice(bisect_left(words, start), bisect_left(words, start + _LAST))


def _titles_with(segment: Segment, term: str) -> NDArray[np.int32]:
    """Local rows with a term in a title or a description, where the words of titles stand that say what a thing is for."""
    return segment.rows_with([term], ("title_en", "title_zh", "description"))


def _parted(key: str) -> tuple[str, str]:
    """The whole words of a text, and the beginning of the last one."""
    before, _, last = key.rpartition(" ")
    if not has_han(last):
        return before, last
    words = [w for w in query_words(last) if is_han(w)] or [last]
    end = words[-1] if last.endswith(words[-1]) else last[-1:]
    head = last[: len(last) - len(end)]
    return (f"{before} {head}".strip(), end)
