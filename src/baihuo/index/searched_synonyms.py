"""What a word that no product has means, learned from how shoppers put it otherwise and from vectors.

From visits: who types *cordless mouse*, then within ten minutes *wireless mouse* and then touches a product, says that *cordless* is
*wireless* here. A pair is learned if at least :data:`MIN_VISITORS` visitors did so, if they are most of those who put the word
otherwise (at the lower end of an interval), and if the other word takes its place much more often than that of any word. Who goes on
to another thing changes all words, or goes to as many things as there are people.

From vectors: of words that enough visitors typed, the nearest word of titles, where it is very near and no other is.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from baihuo.core import has_han
from baihuo.engine import Source, Tables, sql_file
from baihuo.index.function_words import function_words
from baihuo.index.generation import Generation
from baihuo.index.known_phrases import folded
from baihuo.index.known_terms import is_unknown, n_rows
from baihuo.index.mined_synonyms import MinedSynonym
from baihuo.index.other_words import MIN_PRODUCTS
from baihuo.index.snapshot import Snapshot
from baihuo.index.typed_queries import SEARCHED_EVENTS, TypedQuery
from baihuo.index.words import han_words, latin_stems, latin_words, query_words
from baihuo.privacy import PSEUDONYM

MIN_VISITORS = 5
"""Who put a word otherwise and then found something."""
_MOST_WORDS = 3  # of the part that was changed
_LEAST_SHARE = 0.3  # of those who put a word otherwise, at the lower end of an interval of 95%
_LEAST_LIFT = 3.0  # times the share that the other word has among all changes
_NEAR, _MARGIN = 0.8, 0.05  # cosine of words that mean the same, and what the next one has less
_MOST_KNOWN = 20_000  # words of titles that are compared
_MOST_TYPED = 2_000  # unknown words of searches

_REFORMULATIONS = sql_file(__file__, "reformulations").bind(searched=SEARCHED_EVENTS)

Change: TypeAlias = tuple[str, str]
"""A part of a search and what stands in its place in the next one, as written, folded."""


def searched_synonyms(
    generation: Generation, typed: Sequence[TypedQuery], tables: Tables, events: Source
) -> list[MinedSynonym]:
    """What the search log says: pairs of visits, and for words that visits do not tell those of vectors."""
    visits = synonyms_of_visits(generation, tables=tables, events=events)
    known = {pair.word for pair in visits} | set(generation.lexicon.read_as)
    return [*visits, *(p for p in synonyms_by_meaning(typed, generation) if p.word not in known)]


def synonyms_of_visits(
    generation: Generation, *, tables: Tables, events: Source
) -> list[MinedSynonym]:
    """Pairs that visits tell, the surest first.

    Args:
        generation: the index: the first word of a pair is in no product, the second in some.
        tables: the engine.
        events: the clean events.
    """
    found = tables.sql(_REFORMULATIONS(), events=events)
    columns = (found.column(c).to_pylist() for c in ("query_text", "next_text", "visitors"))
    visitors: dict[Change, set[str]] = defaultdict(set)
    for text, next_text, of in zip(*columns, strict=True):
        if PSEUDONYM.search(text) or PSEUDONYM.search(next_text):
            continue
        if (change := changed_part(folded(text), folded(next_text))) is not None:
            visitors[change].update(of)
    return learned_changes({c: len(of) for c, of in visitors.items()}, generation.snapshot)


def learned_changes(changes: Mapping[Change, int], snapshot: Snapshot) -> list[MinedSynonym]:
    """The pairs that some changes tell.

    Args:
        changes: what was typed, and what was typed in its place → number of visitors.
        snapshot: the index.
    """
    total = sum(changes.values())
    of_typed, of_used = Counter[str](), Counter[str]()
    for (typed, used), n in changes.items():
        of_typed[typed] += n
        of_used[used] += n
    found: dict[str, MinedSynonym] = {}
    for (typed, used), n in sorted(changes.items(), key=lambda item: (-item[1], item[0])):
        key = _key(typed)
        if n < MIN_VISITORS or key in found or not _is_new(key, snapshot):
            continue
        lowest = lowest_share(n / of_typed[typed], of_typed[typed])
        usual = max((of_used[used] - n) / max(total - of_typed[typed], 1), 1 / total)
        is_sold = all(n_rows(snapshot, w) >= MIN_PRODUCTS for w in query_words(used))
        if lowest >= _LEAST_SHARE and lowest >= _LEAST_LIFT * usual and is_sold:
            share = round(n / of_typed[typed], 3)
            found[key] = MinedSynonym(key, used, n, share, "visits")
    return list(found.values())


def changed_part(text: str, next_text: str) -> Change | None:
    """What stands in the place of what in the next search; None where nothing is common, or one only has more words.

    >>> changed_part("cordless mouse", "wireless mouse"), changed_part("无绳鼠标", "无线鼠标")
    (('cordless', 'wireless'), ('无绳', '无线'))
    >>> changed_part("mouse", "keyboard"), changed_part("mouse", "red mouse")
    (None, None)
    """
    before, after = _parts(text), _parts(next_text)
    most = min(len(before), len(after))
    start = 0
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    first, second = (words[start : len(words) - end] for words in (before, after))
    is_part = start + end > 0 and 0 < len(first) <= _MOST_WORDS and 0 < len(second) <= _MOST_WORDS
    if not is_part or set(first) & set(second):
        return None
    return _joined(first), _joined(second)


def _parts(text: str) -> list[str]:
    """The words of a folded text as written."""
    words = [(at, word) for at, word in han_words(text)]
    at = 0
    for word in latin_words(text):
        at = text.index(word, at)
        words.append((at, word))
        at += len(word)
    return [word for _, word in sorted(words)]


def _joined(words: Sequence[str]) -> str:
    return ("" if has_han("".join(words)) else " ").join(words)


def _key(phrase: str) -> str:
    return phrase if has_han(phrase) else " ".join(latin_stems(phrase))


def _is_new(key: str, snapshot: Snapshot) -> bool:
    """Whether a typed part is of words that no product has, and more than a number or a small word."""
    words = key.split(" ")
    is_word = not any(map(str.isdigit, key)) and not {*words} <= function_words() and len(key) > 1
    return is_word and is_unknown(key, snapshot)


def synonyms_by_meaning(
    queries: Iterable[TypedQuery], generation: Generation
) -> list[MinedSynonym]:
    """For words of searches that no product has, the word of titles that is nearest by its vector, if it is very near.

    Args:
        queries: searches that enough visitors typed.
        generation: the index.
            Only English words are compared: no encoder of Chinese was measured.
    """
    encoders = generation.encoders
    snapshot, surfaces = generation.snapshot, generation.lexicon.surfaces
    typed = {
        word: None
        for query in queries
        for word in latin_words(folded(query.text))
        if word.isalpha() and len(word) > _MOST_WORDS and _is_new(_key(word), snapshot)
    }
    unknown = [w for w in typed if encoders.has_word(w)][:_MOST_TYPED]
    known = sorted(surfaces, key=lambda w: (-surfaces[w], w))[:_MOST_KNOWN]
    known = [w for w in known if encoders.has_word(w) and n_rows(snapshot, _key(w)) >= MIN_PRODUCTS]
    if not unknown or len(known) < 2:
        return []
    encoder = encoders.for_text("word")
    cosines = encoder.encode(unknown) @ encoder.encode(known).T
    found = []
    for word, row in zip(unknown, cosines, strict=True):
        first, second = np.argsort(-row)[:2]
        if row[first] >= _NEAR and row[first] - row[second] >= _MARGIN:
            n = n_rows(snapshot, _key(known[first]))
            found.append(
                MinedSynonym(_key(word), known[first], n, round(float(row[first]), 3), "vectors")
            )
    return found


_Z = 1.96  # 95%


def lowest_share(share: float, n: float) -> float:
    """The lower end of the interval of a share of ``n`` (Wilson 1927).

    >>> round(lowest_share(0.5, 10), 3), round(lowest_share(1.0, 5), 3)
    (0.237, 0.566)
    """
    z2 = _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max((share + z2 / (2 * n) - spread) / (1 + z2 / n), 0.0)
