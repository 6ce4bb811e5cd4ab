"""Related searches of a page: narrower and sideways ones of the log, then what the catalogue offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import DamerauLevenshtein

from baihuo.core import has_han
from baihuo.index.generation import Generation
from baihuo.index.kind_match import QueryKind
from baihuo.index.lru_cache import LruCache
from baihuo.index.related.from_catalogue import in_turn, narrower_of, siblings_of
from baihuo.index.related.learned import LearnedSearches, search_key

_MOST = 20
_LONG = 8  # characters
_LONGEST = 200  # characters; of longer texts nothing is read


class RelatedSearches:
    """What to search for after a search, in one shop: from its log, and from its index where the log says too little."""

    def __init__(self, learned: LearnedSearches, generation: Generation) -> None:
        self._learned, self._generation = learned, generation
        self._keys = [s.key for s in learned.searches]
        self._number = {key: number for number, key in enumerate(self._keys)}
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self._keys):
            for word in key.split(" "):
                self._with_word[word].append(number)
        self._cache: LruCache[tuple[str, ...]] = LruCache(4096)
        self._kinds: LruCache[list[str]] = LruCache(512)

    def of(self, text: str, *, n: int) -> tuple[str, ...]:
        """At most ``n`` related searches of a query text, narrower and other ones in turn; none without words.

        What is offered was found when the log was read, and a product that it found is still sold. A search that is not
        in the log gets those of the longest search in it, and that search itself.
        """
        key = search_key(text[:_LONGEST])
        if not key or n < 1:
            return ()
        version = self._generation.snapshot.content_version
        return self._cache.get((version, text, n), lambda: tuple(self._made(text, key)[:n]))

    def _made(self, text: str, key: str) -> list[str]:
        match = self._generation.match(self._generation.limits(text).rest)
        known = [self._number.get(key)]
        if match is not None:
            known.append(self._number.get(search_key(match.text)))
        known.append(self._longest_in(key))
        if match is not None and match.kind is not None:
            known.append(self._number.get(search_key(match.kind.phrase)))
        numbers = list(dict.fromkeys(k for k in known if k is not None))
        seen = {key} if match is None else {key, search_key(match.text)}
        lists = [self._narrower_and_others(number, key) for number in numbers]
        found = [*_new((t for one in lists for t in one if _is_readable(t, text)), seen)]
        if match is not None and match.kind is not None and len(found) < _MOST:
            found += _new(self._of_catalogue(match.kind, is_chinese=has_han(text)), seen)
        return found[:_MOST]

    def _of_catalogue(self, kind: QueryKind, *, is_chinese: bool) -> list[str]:
        """What the catalogue offers beside a kind; many searches ask for the same one."""
        generation = self._generation

        def make() -> list[str]:
            narrower = narrower_of(kind, generation, is_chinese=is_chinese)
            return in_turn(narrower, siblings_of(kind, generation, is_chinese=is_chinese))

        version = generation.snapshot.content_version
        return self._kinds.get((version, kind.phrase, kind.source, is_chinese), make)

    def _longest_in(self, key: str) -> int | None:
        """The number of the search of the log with the most words of a text and no other one; the most typed of these."""
        words = {*key.split(" ")}
        found = {
            number
            for word in words
            for number in self._with_word.get(word, ())
            if words.issuperset(self._keys[number].split(" "))
        }
        return min(found, key=lambda i: (-len(self._keys[i]), i)) if found else None

    def _narrower_and_others(self, number: int, asked: str) -> list[str]:
        """The texts related to one search of the log, itself first where something narrower was asked for."""
        searches = self._learned.searches
        words = {*self._keys[number].split(" ")}
        narrower: list[int] = []
        others = [] if self._keys[number] == asked else [number]
        for other in self._learned.related.get(self._keys[number], ()):
            (narrower if words < {*self._keys[other].split(" ")} else others).append(other)
        row_of = self._generation.snapshot.row_of
        return [
            searches[i].text
            for i in in_turn(narrower, others)
            if any(p in row_of for p in searches[i].product_ids)
        ]


def _new(texts: Iterable[str], seen: set[str]) -> Iterable[str]:
    """Texts whose search was not seen yet, nor one that differs by a letter."""
    for text in texts:
        key = search_key(text)
        if key and key not in seen and not any(_is_nearly(key, other) for other in seen):
            seen.add(key)
            yield text


def _is_nearly(key: str, other: str) -> bool:
    """Whether two keys differ by a letter of a long Latin word: a brand that a listing misspells. Digits name other things."""
    if min(len(key), len(other)) < _LONG or has_han(key) or any(map(str.isdigit, key)):
        return False
    return DamerauLevenshtein.distance(key, other, score_cutoff=1) <= 1


def _is_readable(related: str, text: str) -> bool:
    """Whether who typed ``text`` reads a related search: of the same script, or with all of the typed words."""
    if has_han(related) == has_han(text):
        return True
    return {*search_key(text).split(" ")} <= {*search_key(related).split(" ")}
