"""What a word that no product has means, learned from how shoppers put it otherwise.

Who types *cordless mouse*, then within ten minutes *wireless mouse* and then touches a product, says that *cordless* is
*wireless* here. A pair is learned if at least :data:`MIN_VISITORS` visitors did so, if they are most of those who put the word
otherwise (at the lower end of an interval), and if the other word takes its place much more often than that of any word. Who goes on
to another thing changes all words, or goes to as many things as there are people.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from baihuo.core import has_han
from baihuo.engine import Source, Tables, sql_file
from baihuo.index.function_words import function_words
from baihuo.index.known_phrases import folded
from baihuo.index.known_terms import is_unknown, n_rows
from baihuo.index.read_as import MIN_PRODUCTS, MinedSynonym
from baihuo.index.snapshot import Snapshot
from baihuo.index.typed_queries import SEARCHED_EVENTS
from baihuo.index.words import han_words, latin_stems, latin_words, query_words
from baihuo.privacy import PSEUDONYM

MIN_VISITORS = 5
"""Who put a word otherwise and then found something."""
_MOST_WORDS = 3  # of the part that was changed
_LEAST_SHARE = 0.3  # of those who put a word otherwise, at the lower end of an interval of 95%
_LEAST_LIFT = 3.0  # times the share that the other word has among all changes

_REFORMULATIONS = sql_file(__file__, "reformulations").bind(searched=SEARCHED_EVENTS)

Change: TypeAlias = tuple[str, str]
"""A part of a search and what stands in its place in the next one, as written, folded."""


def synonyms_of_visits(snapshot: Snapshot, *, tables: Tables, events: Source) -> list[MinedSynonym]:
    """Pairs that visits tell, the surest first.

    Args:
        snapshot: the index: the first word of a pair is in no product, the second in some.
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
    return learned_changes({c: len(of) for c, of in visitors.items()}, snapshot)


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


_Z = 1.96  # 95%


def lowest_share(share: float, n: float) -> float:
    """The lower end of the interval of a share of ``n`` (Wilson 1927).

    >>> round(lowest_share(0.5, 10), 3), round(lowest_share(1.0, 5), 3)
    (0.237, 0.566)
    """
    z2 = _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max((share + z2 / (2 * n) - spread) / (1 + z2 / n), 0.0)
