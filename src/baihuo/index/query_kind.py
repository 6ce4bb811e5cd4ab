"""What kind of product a query asks for, read from its words, the catalogue and the vectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from baihuo.core import has_han, is_latin
from baihuo.index.goods import general_goods
from baihuo.index.kind_match import LIKELY, QueryKind
from baihuo.index.kinds import MIN_TITLES, Kinds, Label, Weights
from baihuo.index.known_phrases import MARK, TOKEN, FoundPhrase, find_phrases, parts, phrase_key
from baihuo.index.known_terms import is_unknown, n_rows
from baihuo.index.limits.words import limit_words
from baihuo.index.phrases import rows_of_heads, rows_with
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import (
    index_terms,
    is_bigram,
    latin_stems,
    query_words,
    stem,
)

Nearest = Callable[[str], tuple[Label, float] | None]
"""The label nearest to a text, and its cosine; None without vectors."""

_FOR = re.compile(r" for (?:(?:an?|the|my|your|our) )?")
_MOST_PURPOSE_WORDS = 3
_MOST_TITLES, _LIKELY_BY_TITLES = 0.8, 0.8  # share of titles with a word, and what that is worth
_FEW = 0.0005  # share of the products that is no proof of a kind being sold
_LONGEST_NAME = 6  # Chinese characters; the last one of a longer text names no thing
_SAME = 0.7  # cosine from which a name of a kind without categories means the same
_NEAR = 0.5  # cosine from which the nearest name of a kind says what an unknown word means


@dataclass(frozen=True, slots=True)
class KindReading:
    """The result of :func:`read_kind`."""

    kind: QueryKind | None = None
    not_sold: str = ""  # the words for something that the shop does not sell


def same_words(word: str) -> tuple[str, ...]:
    """The terms that mean the same as one for a gift (礼物, 生日礼物); none for any other."""
    gifts = limit_words().gifts
    is_gift = word.endswith(gifts) if has_han(word) else word in {*gifts, *map(stem, gifts)}
    return tuple(dict.fromkeys(map(stem, gifts))) if is_gift else ()


def read_kind(text: str, kinds: Kinds, snapshot: Snapshot, nearest: Nearest) -> KindReading:
    """Read the kind from a folded text.

    In order: names of kinds (of the catalogue's categories, of synonyms, of general goods), of which the
    last or the longest is the head; a well-known product name (iphone); for unknown words what shoppers
    click after typing them; and the nearest name of a kind.
    """
    not_sold: KindReading | None = None
    for head in _heads(text, kinds, snapshot):
        reading = _of_name(text, head, kinds, snapshot)
        if reading is not None and reading.not_sold and _has_unknown_tail(text, head.end, snapshot):
            continue  # "glass water boiler": no glass is asked for
        if reading is not None and reading.not_sold and text[: head.start].rstrip().endswith(MARK):
            not_sold = not_sold or reading  # "laptop 16gb ram": the memory is that of the laptop
        elif reading is not None:
            return _with_unknown_tail(text, reading, kinds, snapshot, nearest)
    if not_sold is not None:
        return not_sold
    words = query_words(text)
    clicked = _of_clicks(text, kinds, snapshot)
    brand = _brand(text, kinds, snapshot)
    if brand is not None and (brand.kind is not None or clicked is None):
        return brand
    if clicked is not None:
        return KindReading(clicked)
    return _before_for(text, snapshot) or _of_unknown(text, words, kinds, snapshot, nearest)


def _heads(text: str, kinds: Kinds, snapshot: Snapshot) -> list[FoundPhrase]:
    """The phrases that may name the kind, the likeliest first, without those that only describe it."""
    if has_han(text):
        found = [f for f in find_phrases(text, kinds.keys) if has_han(f.key)]
        starts = {f.start for f in found}
        found = [f for f in found if f.end not in starts]
        found = [f for f in found if f.start > text.rfind(MARK)] or found
        if (turned := _turned(text, found, kinds)) is not None:
            return [turned]
        if found:
            return [max(found, key=lambda f: (len(f.key), f.end))]
    heads = []
    for start, end in parts(text):
        if (joined := _joined(text, start, end, kinds)) is not None:
            heads.append(joined)
            break
        if found := find_phrases(text[start:end], kinds.keys):
            last = found[-1]
            heads.append(FoundPhrase(last.key, start + last.start, start + last.end))
            heads += [
                FoundPhrase(f.key, start + f.start, start + f.end)
                for f, after in reversed([*pairwise(found)])
                if MARK in text[start + f.end : start + after.start]
            ]
        elif text[end:].startswith(" for ") and _has_known(text[start:end], snapshot):
            break  # "beans for coffee machine" asks for no machine
    return heads


def _turned(text: str, found: Sequence[FoundPhrase], kinds: Kinds) -> FoundPhrase | None:
    """The name that two Chinese names make in the other order: 壳 手机."""
    for first, second in pairwise(found):
        key = second.key + first.key
        if text[first.end : second.start].isspace() and kinds.weights(key):
            return FoundPhrase(key, first.start, second.end)
    return None


def _joined(text: str, start: int, end: int, kinds: Kinds) -> FoundPhrase | None:
    """The name of a kind that two parts with "for" between them make: "food for dogs" is dog food."""
    purpose, things = _FOR.match(text, end), [*TOKEN.finditer(text, start, end)]
    if purpose is None or not things:
        return None
    names = find_phrases(text[start:end], kinds.keys)
    is_name = bool(names) and start + names[-1].end == things[-1].end()
    at_thing = start + names[-1].start if is_name else things[-1].start()
    thing = text[at_thing : things[-1].end()]
    stop = next(e for _, e in parts(text) if e > end)
    words = [(m.start(), m.end()) for m in TOKEN.finditer(text, purpose.end(), stop)]
    for n in range(min(len(words), _MOST_PURPOSE_WORDS), 0, -1):
        at = words[n - 1][1]
        key = phrase_key(f"{text[purpose.end() : at]} {thing}")
        if key in kinds.keys and kinds.weights(key):
            return FoundPhrase(key, at_thing, at)
    return None


def _of_name(text: str, head: FoundPhrase, kinds: Kinds, snapshot: Snapshot) -> KindReading | None:
    """The kind of a name; None if nothing is of that kind but titles mention it."""
    for key, start in _shorter(head, text, kinds):
        is_below = key == head.key or general_goods().is_broader(key, head.key)
        if not is_below or key not in kinds.keys:
            continue
        keys, weights = kinds.other_names(key), kinds.weights(key)
        if not weights and not _is_called(keys, snapshot, surely=key != head.key):
            continue
        if key == head.key or not has_han(key):
            phrase = text[start : head.end]
            return KindReading(QueryKind(phrase, "name", weights, keys, start, head.end))
        phrase = text[head.start : head.end]
        return KindReading(QueryKind(phrase, "broader", weights, keys, head.start, head.end))
    if _is_in_titles(head.key, snapshot):
        return None
    phrase = text[head.start : head.end]
    if broader := _broader(head.key, kinds, snapshot):
        weights, keys = kinds.weights(broader), kinds.other_names(broader)
        return KindReading(QueryKind(phrase, "broader", weights, keys, head.start, head.end))
    return KindReading(not_sold=phrase)


def _is_called(keys: Collection[str], snapshot: Snapshot, *, surely: bool) -> bool:
    """Whether titles name one of ``keys`` as what they are. ``surely``: several, and not a few among very many, as the
    shoes of dolls are: for running shoes the shop has no shoes."""
    n_called = len(rows_of_heads(snapshot, keys))
    return n_called >= (max(MIN_TITLES, _FEW * len(snapshot.row_of)) if surely else 1)


def _broader(key: str, kinds: Kinds, snapshot: Snapshot) -> str:
    """The name of the kind just above, if titles have it: a robot vacuum is a vacuum cleaner. Groups
    such as furniture do not count: an armchair is no wardrobe."""
    goods = general_goods()
    for number in goods.numbers_of.get(key, ()):
        parent = goods.kinds[number].parent
        if parent < 0 or goods.kinds[parent].parent < 0:
            continue
        for name in goods.kinds[parent].keys:
            if kinds.weights(name) and any(name in s.heads for s in snapshot.segments):
                return name
    return ""


def _shorter(head: FoundPhrase, text: str, kinds: Kinds) -> list[tuple[str, int]]:
    """The phrase and its endings that are names of kinds, with where they start: a "laptop bag" is also
    a "bag". A single Chinese character counts only after the name of a kind (电脑*包*, not 拖*鞋*)."""
    if has_han(head.key):
        n = len(head.key)
        starts = range(1, n if head.key[:-1] in kinds.keys else n - 1)
        rest = [(head.key[i:], head.start + i) for i in starts]
    else:
        spans = [m.span() for m in TOKEN.finditer(text, head.start, head.end)]
        spans = spans[-len(head.key.split(" ")) :]
        words = head.key.split(" ")
        rest = [(" ".join(words[i:]), spans[i][0]) for i in range(1, len(words))]
    return [(head.key, head.start), *rest]


def _is_in_titles(key: str, snapshot: Snapshot) -> bool:
    """Whether a title has the words of a phrase, but not as an attribute: a bag in wine red is no wine."""
    terms = [t for t in index_terms(key) if not is_bigram(t)]
    for segment in snapshot.segments:
        if not terms or any(term not in segment.terms for term in terms):
            continue
        for field in ("title_en", "title_zh"):
            is_called = segment.has_all(terms[-1:], (field,))
            is_called &= ~segment.has_all(terms[-1:], ("attributes",))
            # The description holds the words of a title that say what an accessory is for.
            is_called &= segment.has_all(terms[:-1], (field, "description"))
            if is_called.any():
                return True
    return False


def _with_unknown_tail(
    text: str, reading: KindReading, kinds: Kinds, snapshot: Snapshot, nearest: Nearest
) -> KindReading:
    """An unknown English word after the name is the real head: a *laptop riser* is no laptop."""
    kind = reading.kind
    if kind is None or has_han(text):
        return reading
    end = next(e for _, e in parts(text) if e >= kind.end)
    clicked = _of_clicks(text[:end], kinds, snapshot)
    if clicked is not None and clicked.start >= kind.end:
        return KindReading(clicked)
    tail = text[kind.end : end].strip()
    if not _has_unknown_tail(text, kind.end, snapshot) or any(
        k in general_goods().brands for k in (*latin_stems(tail), tail)
    ):
        return reading
    found = nearest(text[kind.start : end])
    if found is None or found[1] < _NEAR or found[0].weights:
        return reading
    # A stand for laptops begins with laptop. Flowers say of a "dress floral" only what it is like.
    name, label = latin_stems(kind.phrase), phrase_key(found[0].name).split(" ")
    if label[: len(name)] == name and len(label) > len(name):
        return KindReading(not_sold=text[kind.start : end].strip())
    return reading


def _has_unknown_tail(text: str, at: int, snapshot: Snapshot) -> bool:
    """Whether an English part goes on, after ``at``, with a word that no product has."""
    if has_han(text):
        return False
    end = next(e for _, e in parts(text) if e >= at)
    return any(w.isalpha() and _is_unknown(w, snapshot) for w in text[at:end].split())


def _has_known(text: str, snapshot: Snapshot) -> bool:
    return any(n_rows(snapshot, term) for term in query_words(text))


def _is_unknown(word: str, snapshot: Snapshot) -> bool:
    return not any(n_rows(snapshot, t) for t in query_words(word))


def _brand(text: str, kinds: Kinds, snapshot: Snapshot) -> KindReading | None:
    """The kind that a well-known product name says, if no product bears the name."""
    brands = general_goods().brands
    for found in find_phrases(text, brands):
        kind = brands[found.key]
        words = query_words(text[found.start : found.end])
        if all(n_rows(snapshot, w) for w in words):
            continue
        if kind and (weights := kinds.weights(kind)):
            phrase = text[found.start : found.end]
            keys = kinds.other_names(kind)
            return KindReading(QueryKind(phrase, "brand", weights, keys))
        if not any(n_rows(snapshot, w) for w in query_words(text)):
            return KindReading(not_sold=text[found.start : found.end])
    return None


def _of_clicks(text: str, kinds: Kinds, snapshot: Snapshot) -> QueryKind | None:
    """The kind that shoppers mean by a word that no product has: the last such word, or the longest Chinese one."""
    found = [f for f in find_phrases(text, kinds.clicked) if is_unknown(f.key, snapshot)]
    if not found:
        return None
    head = max(found, key=lambda f: (len(f.key) if has_han(f.key) else 0, f.end))
    word = kinds.clicked[head.key]
    evidence = (
        f"{word.n_visitors} visitors, {word.share:.0%} of them for these, "
        f"at least {word.lift:g} times as often as others"
    )
    phrase = text[head.start : head.end]
    return QueryKind(
        phrase, "clicks", word.weights, start=head.start, end=head.end, evidence=evidence
    )


def _before_for(text: str, snapshot: Snapshot) -> KindReading | None:
    """Of "beans for coffee machine" what the titles say that have the words before "for": most are of one category.
    What stands after it is not asked for."""
    start, end = parts(text)[0]
    if has_han(text) or not text[end:].startswith(" for ") or not _has_known(text, snapshot):
        return None
    rows = rows_with(snapshot, query_words(text[start:end]), ("title_en",))
    codes = snapshot.category_code[rows]
    counts = np.bincount(codes[codes >= 0], minlength=1)
    code = int(counts.argmax())
    if counts[code] < max(MIN_TITLES, _MOST_TITLES * len(rows)):
        return KindReading() if len(rows) else None
    weights = {code: _LIKELY_BY_TITLES}
    return KindReading(QueryKind(text[start:end], "title word", weights, start=start, end=end))


def _of_unknown(
    text: str, words: list[str], kinds: Kinds, snapshot: Snapshot, nearest: Nearest
) -> KindReading:
    """The kind whose name is nearest to a text with words that no product has."""
    unknown = [w for w in words if not any(n_rows(snapshot, t) for t in (w, *same_words(w)))]
    if not unknown or not kinds.keys:
        return KindReading()
    is_all_unknown = len(unknown) == len(words) and any(len(w) > 1 for w in words)
    if is_all_unknown and (weights := _by_last_character(text, kinds)):
        return KindReading(QueryKind(text, "broader", weights))
    found = nearest(text)
    if found is not None and found[1] >= _NEAR and found[0].weights:
        return KindReading(QueryKind(text, "meaning", found[0].weights))
    if found is not None and found[1] >= _SAME:
        others = kinds.other_names(phrase_key(found[0].name))
        if _is_called(others, snapshot, surely=True):
            return KindReading(QueryKind(text, "meaning", {}, (phrase_key(text), *others)))
    has_names = has_han(text) or is_latin(text)  # goods have no names in other scripts
    return KindReading(not_sold=text if is_all_unknown and has_names else "")


def _by_last_character(text: str, kinds: Kinds) -> Weights:
    """The categories of all names that end as a Chinese text does: 养生壶 is some 壶, as 电热水壶 is.

    Nothing where these are several things (many machines end in 机), or where it ends one name alone.
    """
    if not has_han(text[-1:]) or len(text) > _LONGEST_NAME:
        return {}
    found = [w for key, w in kinds.named.items() if len(key) > 1 and key.endswith(text[-1]) and w]
    sure = {code for weights in found for code, weight in weights.items() if weight >= LIKELY}
    return dict.fromkeys(sure, LIKELY) if len(found) > 1 and len(sure) == 1 else {}
