"""What kind of product a query asks for, read from its words, the catalogue and the vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.index.goods import general_goods
from baihuo.index.kinds import Kinds, Label, Weights
from baihuo.index.phrases import FoundPhrase, find_phrases, parts
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import index_terms, is_bigram, latin_stems, query_words

Nearest = Callable[[str], tuple[Label, float] | None]
"""The label nearest to a text, and its cosine; None without vectors."""

_NEAR = 0.5  # cosine from which the nearest name of a kind says what an unknown word means


@dataclass(frozen=True, slots=True)
class QueryKind:
    """The kind of product that a query asks for."""

    phrase: str  # the words that name it
    source: str  # "name", "title word", "brand" or "meaning": what the reading rests on
    weights: Weights  # category code → how surely it is meant
    keys: tuple[str, ...] = ()  # phrases that are the head of titles of this kind
    start: int = 0  # where ``phrase`` stands in the folded query
    end: int = 0


@dataclass(frozen=True, slots=True)
class KindReading:
    """The result of :func:`read_kind`."""

    kind: QueryKind | None = None
    not_sold: str = ""  # the words for something that the shop does not sell


def n_rows(snapshot: Snapshot, term: str) -> int:
    """Number of rows that have a term in any field (a lower bound: the maximum over fields)."""
    total = 0
    for segment in snapshot.segments:
        number = segment.terms.get(term)
        if number is not None:
            total += max(p.n_rows(number) for p in segment.postings.values())
    return total


def read_kind(text: str, kinds: Kinds, snapshot: Snapshot, nearest: Nearest) -> KindReading:
    """Read the kind from a folded text.

    In order: names of kinds (of the catalogue's categories, of synonyms, of general goods), of which the
    last or the longest is the head; words that only the titles of one category have; a well-known
    product name (iphone); and for unknown words the nearest name of a kind.
    """
    head = _head(text, kinds)
    if head is not None:
        reading = _of_name(text, head, kinds, snapshot)
        if reading is not None:
            return _with_unknown_tail(text, reading, snapshot, nearest)
    words = query_words(text)
    for word in reversed(words):
        if weights := kinds.own_words.get(word):
            return KindReading(QueryKind(word, "title word", weights))
    if head is not None:
        return KindReading()  # titles mention it
    if (brand := _brand(text, kinds, snapshot)) is not None:
        return brand
    return _of_unknown(text, words, kinds, snapshot, nearest)


def _head(text: str, kinds: Kinds) -> FoundPhrase | None:
    """The phrase that names the kind, without those that only describe what follows."""
    if has_han(text):
        found = [f for f in find_phrases(text, kinds.keys) if has_han(f.key)]
        starts = {f.start for f in found}
        found = [f for f in found if f.end not in starts]
        if found:
            return max(found, key=lambda f: (len(f.key), f.end))
    for start, end in parts(text):
        if found := find_phrases(text[start:end], kinds.keys):
            last = found[-1]
            return FoundPhrase(last.key, start + last.start, start + last.end)
    return None


def _of_name(
    text: str, head: FoundPhrase, kinds: Kinds, snapshot: Snapshot
) -> KindReading | None:
    """The kind of a name; None if nothing is of that kind but titles mention it."""
    for key, start in _shorter(head):
        is_below = key == head.key or _is_broader(key, head.key)
        if not is_below or key not in kinds.keys:
            continue
        keys, weights = kinds.other_names(key), kinds.weights(key)
        if weights or any(k in s.heads for s in snapshot.segments for k in keys):
            phrase = text[start : head.end]
            return KindReading(QueryKind(phrase, "name", weights, keys, start, head.end))
    if _is_in_titles(head.key, snapshot):
        return None
    return KindReading(not_sold=text[head.start : head.end])


def _shorter(head: FoundPhrase) -> list[tuple[str, int]]:
    """The phrase and its endings, with where they start: "laptop bag" is also a "bag"."""
    if has_han(head.key):
        n = len(head.key)
        return [(head.key[i:], head.start + i) for i in range(n)]
    words = head.key.split(" ")
    lengths = [len(words) - i for i in range(len(words))]
    return [
        (" ".join(words[-n:]), head.start if n == len(words) else head.end) for n in lengths
    ]


def _is_broader(key: str, narrow: str) -> bool:
    goods = general_goods()
    return any(
        goods.is_below(n, b)
        for n in goods.numbers_of.get(narrow, ())
        for b in goods.numbers_of.get(key, ())
    )


def _is_in_titles(key: str, snapshot: Snapshot) -> bool:
    """Whether a title has all words of a phrase, not only as what something else is for."""
    terms = [t for t in index_terms(key) if not is_bigram(t)]
    for segment in snapshot.segments:
        numbers = [segment.terms.get(t) for t in terms]
        for field in ("title_en", "title_zh"):
            of = segment.postings[field].of
            rows = [set(of(n)[0].tolist()) if n is not None else set() for n in numbers]
            if rows and set.intersection(*rows):
                return True
    return False


def _with_unknown_tail(
    text: str, reading: KindReading, snapshot: Snapshot, nearest: Nearest
) -> KindReading:
    """An unknown English word after the name is the real head: a *laptop riser* is no laptop."""
    kind = reading.kind
    if kind is None or has_han(text):
        return reading
    end = next(e for _, e in parts(text) if e >= kind.end)
    tail = text[kind.end : end].strip()
    unknown = [w for w in tail.split() if w.isalpha() and _is_unknown(w, snapshot)]
    if not unknown or any(k in general_goods().brands for k in (*latin_stems(tail), tail)):
        return reading
    found = nearest(text[kind.start : end])
    if found is not None and found[1] >= _NEAR and not found[0].weights:
        return KindReading(not_sold=text[kind.start : end].strip())
    return reading


def _is_unknown(word: str, snapshot: Snapshot) -> bool:
    return not any(n_rows(snapshot, t) for t in query_words(word))


def _brand(text: str, kinds: Kinds, snapshot: Snapshot) -> KindReading | None:
    """The kind that a well-known product name says, if no product bears the name."""
    brands = general_goods().brands
    for found in find_phrases(text, brands):
        kind = brands[found.key]
        words = query_words(text[found.start : found.end])
        if any(n_rows(snapshot, w) for w in words):
            continue
        if kind and (weights := kinds.weights(kind)):
            phrase = text[found.start : found.end]
            keys = kinds.other_names(kind)
            return KindReading(QueryKind(phrase, "brand", weights, keys))
        if not any(n_rows(snapshot, w) for w in query_words(text)):
            return KindReading(not_sold=text[found.start : found.end])
    return None


def _of_unknown(
    text: str, words: list[str], kinds: Kinds, snapshot: Snapshot, nearest: Nearest
) -> KindReading:
    """The kind whose name is nearest to a text with words that no product has."""
    unknown = [w for w in words if not n_rows(snapshot, w)]
    if not unknown or not kinds.keys:
        return KindReading()
    found = nearest(text)
    if found is not None and found[1] >= _NEAR and found[0].weights:
        return KindReading(QueryKind(text, "meaning", found[0].weights))
    if len(unknown) == len(words) and all(len(w) > 1 for w in words):
        return KindReading(not_sold=text)
    return KindReading()


def type_match(kind: QueryKind, snapshot: Snapshot) -> NDArray[np.float32]:
    """How surely each row is of the kind, ``[n]``: 1 by its title or the name of its category, 0 not at all.

    A title that has the name as its head counts half in a category that is not known for the kind:
    categories of some catalogues are wrong, and so are some titles.
    """
    of_category = np.zeros(len(snapshot.dictionaries.categories) + 1, np.float32)  # the last: none
    for code, weight in kind.weights.items():
        of_category[code] = weight
    match = of_category[snapshot.category_code]
    no_category = snapshot.category_code < 0
    for number, segment in enumerate(snapshot.segments):
        for key in kind.keys:
            local = segment.heads.get(key)
            if local is None:
                continue
            rows = snapshot.segment_rows[number][local]
            rows = rows[snapshot.segment_of[rows] == number]
            is_sure = no_category[rows] | (match[rows] > 0) | (not kind.weights)
            match[rows] = np.maximum(match[rows], np.where(is_sure, 1.0, _HEAD_ELSEWHERE))
    return match


_HEAD_ELSEWHERE = 0.5
