"""General words that say the same of a product: shoppers type *cordless*, and the titles of a shop have *wireless*.

``other_words.txt`` names no shop's words. Which of a line a catalogue uses is read from it when the index is built: a word that no
product has, or hardly any, is read as the one that most products have. Words of several lines mean several things, and tell nothing.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from baihuo.core import fold, has_han
from baihuo.index.known_phrases import phrase_key
from baihuo.index.mined_synonyms import MinedSynonym
from baihuo.index.segment import Segment
from baihuo.index.traditional import to_simplified
from baihuo.index.words import phrase_terms

MIN_PRODUCTS = 3  # that have a word which another one is read as
_FEW = 24  # products with a word of their own: a page of them, and it needs no other
_MORE = 2.0  # times as many products must have the other word
_SEEN_IN = ("title_en", "title_zh", "attributes", "description", "category")


@cache
def same_words_lists() -> tuple[tuple[str, ...], ...]:
    """The lines of ``other_words.txt``: words that say the same, as written, English ones first."""
    text = Path(__file__).with_name("other_words.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return tuple(
        tuple(w.strip() for w in line.replace("|", ",").split(",") if w.strip()) for line in lines
    )


def is_listed(folded: str) -> bool:
    """Whether a folded text is a word of the list as it stands there, up to hyphens."""
    return _plain(folded) in _written()


@cache
def _written() -> frozenset[str]:
    return frozenset(_plain(to_simplified(fold(w))) for words in same_words_lists() for w in words)


def _plain(folded: str) -> str:
    return " ".join(folded.replace("-", " ").split())


def general_synonyms(segment: Segment) -> list[MinedSynonym]:
    """For each general word that hardly a product has, the one that says the same and most products have."""
    lists = same_words_lists()
    n_lines = Counter(key for words in lists for key in {phrase_key(w) for w in words})
    found = []
    for words in lists:
        counts = {word: _n_products(word, segment) for word in words}
        seen: set[str] = set()
        for word in words:
            key = phrase_key(word)
            if n_lines[key] > 1 or key in seen or counts[word] >= _FEW:
                continue
            seen.add(key)
            other = _best(word, key, counts)
            if other and counts[other] >= max(MIN_PRODUCTS, _MORE * counts[word]):
                found.append(MinedSynonym(key, other, counts[other], 1.0, "list"))
    return found


def _best(word: str, key: str, counts: dict[str, int]) -> str:
    """The other word that most products have, in the same script if enough have one there."""
    others = [w for w in counts if phrase_key(w) != key and counts[w] >= MIN_PRODUCTS]
    same = [w for w in others if has_han(w) == has_han(word)]
    return max(same or others, key=counts.__getitem__, default="")


def _n_products(phrase: str, segment: Segment) -> int:
    """Products that have all terms of a phrase."""
    terms = phrase_terms(phrase)
    return int(np.count_nonzero(segment.has_all(terms, _SEEN_IN))) if terms else 0
