"""Completes what somebody types: searches that others typed, categories, and products.

Where too few searches of the log fit, the last word is completed from titles (:mod:`baihuo.index.last_word`).

A text is completed by its beginning or that of a later word, by its pinyin or initials (``sj``: 手机), by Chinese characters that sound alike, and
last by beginnings with a letter wrong, missing or too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from baihuo.core import has_han
from baihuo.index.generation import Generation
from baihuo.index.known_phrases import folded
from baihuo.index.known_terms import n_rows
from baihuo.index.last_word import LastWords, starting
from baihuo.index.lru_cache import LruCache
from baihuo.index.pinyin import Sounds
from baihuo.index.segment import Segment
from baihuo.index.typed_queries import TypedQuery
from baihuo.index.words import han_words, query_words

MOST_TYPED = 60  # characters that are completed
_AT_START, _LATER, _BY_SOUND, _MISTYPED = range(4)  # what fits best comes first
_SHORTEST_MISTYPED, _LONG = 4, 8  # characters from which one, or two, may be wrong
_MOST_STARTING = 500  # words of titles with the same beginning


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Completions of one beginning, the likeliest first."""

    queries: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]  # paths, broad to narrow
    products: NDArray[np.int32]  # rows of the index


class Completions:
    """Texts with weights, completed by their beginnings."""

    def __init__(self, texts: Sequence[TypedQuery], sounds: Sounds | None = None) -> None:
        self._texts, self._sounds = texts, sounds or Sounds()
        keys: list[tuple[str, int, int]] = []
        for number, query in enumerate(texts):
            keys += [(key, how, number) for key, how in _keys(query)]
        keys.sort()
        self._keys = [key for key, _, _ in keys]
        self._how = np.array([how for _, how, _ in keys], np.int64)
        self._number = np.array([number for _, _, number in keys], np.int64)
        self._visitors = np.array([q.n_visitors for q in texts], np.int64)
        self._cache: LruCache[tuple[str, ...]] = LruCache(4096)

    def complete(self, typed: str, n: int) -> tuple[str, ...]:
        """At most ``n`` texts that begin as ``typed`` does, the likeliest first."""
        key = folded(typed).lstrip()[:MOST_TYPED]
        if not key.strip():
            return ()
        return self._cache.get((key, n), lambda: self._complete(" ".join(key.split()), n))

    def _complete(self, key: str, n: int) -> tuple[str, ...]:
        fits = [self._how_well(key)]
        fits += [self._how_well(sound, least=_BY_SOUND) for sound in self._heard(key)]
        if len(np.unique(np.concatenate(fits)[:, 1])) < n and len(key) >= _SHORTEST_MISTYPED:
            fits.append(self._near(key))
        how, number = np.concatenate(fits).T
        seen: dict[int, None] = {}
        for at in np.lexsort((number, -self._visitors[number], how)):
            seen.setdefault(int(number[at]))
            if len(seen) == n:
                break
        return tuple(self._texts[i].text for i in seen)

    def _how_well(self, key: str, *, least: int = 0) -> NDArray[np.int64]:
        """How each of the keys that start so fits, at least ``least``, and the number of its text: ``[keys, 2]``."""
        span = starting(self._keys, key)
        return np.stack([np.maximum(self._how[span], least), self._number[span]], axis=1)

    def _heard(self, key: str) -> set[str]:
        """The sounds of what was typed, if there is Chinese in it."""
        if not has_han(key):
            return {key.replace(" ", "")} - {key}
        sounds = {""}
        for character in key.replace(" ", ""):
            of = self._sounds.of(character) if has_han(character) else {character}
            sounds = {before + one for before in sounds for one in of}
            if not sounds or len(sounds) > MOST_TYPED:
                return set()
        return sounds

    def _near(self, key: str) -> NDArray[np.int64]:
        """The same for keys with the same first character whose beginning is nearly what was typed."""
        most = 1 if len(key) < _LONG else 2
        span = starting(self._keys, key[0])
        at: set[int] = set()
        for size in (len(key) - 1, len(key), len(key) + 1):
            starts = [other[:size] for other in self._keys[span]]
            near = extract(
                key, starts, scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=None
            )
            at.update(span.start + i for _, _, i in near)
        found = np.fromiter(sorted(at), np.int64, count=len(at))
        return np.stack([self._how[found] + _MISTYPED, self._number[found]], axis=1)


def _keys(query: TypedQuery) -> Iterable[tuple[str, int]]:
    text = folded(query.text)
    yield text, _AT_START
    starts = {at + 1 for at, c in enumerate(text) if c == " "} | {at for at, _ in han_words(text)}
    for at in sorted(starts - {0}):
        yield text[at:], _LATER
    if query.sound:
        yield query.sound, _BY_SOUND
        if len(query.initials) > 1:
            yield query.initials, _BY_SOUND


class Suggester:
    """Completes what is typed in a shop: searches of its log, categories and products of its index."""

    def __init__(self, queries: Sequence[TypedQuery], generation: Generation) -> None:
        self._generation = generation
        sounds = generation.lexicon.sounds
        self._queries = Completions([q for q in queries if self._is_found(q.text)], sounds)
        self._paths: dict[str, tuple[str, ...]] = {}
        self._categories = Completions(list(self._names()), sounds)
        self._terms: LruCache[list[str]] = LruCache(16)
        self._last_words = LastWords(generation) if generation.completes_words else None

    def suggest(self, typed: str, *, n: int) -> Suggestions:
        """At most ``n`` of each kind.

        Args:
            typed: the beginning of a search.
            n: of queries, of categories, and of products.
        """
        names = self._categories.complete(typed, 4 * n)
        paths = tuple(dict.fromkeys(self._paths[name] for name in names))[:n]
        queries = self._queries.complete(typed, n)
        if self._last_words is not None and len(queries) < n:
            queries = tuple(dict.fromkeys((*queries, *self._last_words.complete(typed, n))))[:n]
        return Suggestions(queries, paths, self._products(typed, n))

    def _is_found(self, text: str) -> bool:
        """Whether the index has a word of a text, or sells its kind."""
        snapshot, kinds = self._generation.snapshot, self._generation.lexicon.kinds
        key = folded(text)
        return bool(kinds.weights(key.replace(" ", ""))) or any(
            n_rows(snapshot, word) for word in query_words(text)
        )

    def _names(self) -> Iterable[TypedQuery]:
        """Names of categories, in both languages, each weighted by its products."""
        snapshot = self._generation.snapshot
        codes, paths = snapshot.category_code[snapshot.is_live], snapshot.category_names
        counts = np.bincount(codes[codes >= 0], minlength=len(paths))
        for code, path in enumerate(paths):
            if path and counts[code]:
                yield self._named(path[-1], path, int(counts[code]))
        for key, code in self._generation.lexicon.kinds.chinese_names():
            if counts[code]:
                yield self._named(key, paths[code], int(counts[code]))

    def _named(self, name: str, path: tuple[str, ...], n_products: int) -> TypedQuery:
        self._paths[name] = path
        if not has_han(name):
            return TypedQuery(name, n_products)
        of = self._generation.lexicon.sounds
        sound = next(iter(sorted(of.of(folded(name)))), "") if of.words else ""
        return TypedQuery(name, n_products, sound)

    def _products(self, typed: str, n: int) -> NDArray[np.int32]:
        """Rows whose title or code has every typed word, the last one as a beginning; in stock first, then the newest."""
        snapshot = self._generation.snapshot
        words = query_words(typed[:MOST_TYPED])
        if not words:
            return np.empty(0, np.int32)
        last = folded(typed).split()[-1] if not has_han(words[-1]) else words[-1]
        has = snapshot.is_live.copy()
        for at, word in enumerate(words):
            start = last if at == len(words) - 1 else ""
            has &= snapshot.mask(snapshot.rows_where(partial(self._local, word=word, start=start)))
        live = np.flatnonzero(has).astype(np.int32)
        order = np.lexsort((-snapshot.released_at_us[live], snapshot.stock_units[live] == 0))
        return live[order[:n]]

    def _local(self, segment: Segment, word: str, start: str) -> NDArray[np.int32]:
        """Local rows whose title or code has a word, or one of the first words with a start, if there is one."""
        terms = self._terms.get(id(segment), lambda: sorted(segment.terms))
        more = terms[starting(terms, start)][:_MOST_STARTING] if start else []
        return segment.rows_with([word, *more], ("title_en", "title_zh", "codes"))
