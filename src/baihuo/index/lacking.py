"""What each row lacks that the best matches of a query have: for sorts other than by relevance, and for exploration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.index.kind_match import QueryKind, has_terms
from baihuo.index.known_phrases import phrase_key
from baihuo.index.match import Match
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import query_words

Mask = NDArray[np.bool_]
OF_ANOTHER_KIND = 100  # more than any number of words
_LIKELY = 0.5  # of the largest weight of a category
_LONG_HAN = 3  # characters: 电脑包 says what the bag is for


def words_lacking(match: Match | None, snapshot: Snapshot, lexical: Mask) -> NDArray[np.int16]:
    """How many words each row lacks that the best of ``lexical`` have, ``[n]``; :data:`OF_ANOTHER_KIND` for products
    that are only called so, as a paper notebook is for *laptop*."""
    if match is None:
        return np.zeros(len(lexical), np.int16)
    matched = match.n_matched.astype(np.int16)
    is_of_kind = np.ones(snapshot.n, np.bool_)
    if match.kind is not None and match.kind.is_certain:
        is_of_kind = _is_of_kind(match.kind, snapshot)
        if not (is_of_kind & lexical).any():
            is_of_kind[:] = True
        fits = _fits(match.kind, snapshot)
        if (fits & is_of_kind & lexical).any():
            matched = matched - ~fits
    best = matched.max(initial=0, where=lexical & is_of_kind)
    lacking = np.maximum(best - matched, 0)
    return np.where(is_of_kind, lacking, OF_ANOTHER_KIND).astype(np.int16)


def _is_of_kind(kind: QueryKind, snapshot: Snapshot) -> Mask:
    """Rows of the categories of the kind, and others whose title says it with the typed words."""
    least = _LIKELY * max(kind.weights.values())
    codes = [code for code, weight in kind.weights.items() if weight >= least]
    is_of_kind = np.isin(snapshot.category_code, [*codes, -1])
    return is_of_kind | _is_called(kind.keys[:1], snapshot)


def _fits(kind: QueryKind, snapshot: Snapshot) -> Mask:
    """Rows that are what a name of several words says, and not only its last one: a *laptop* bag, among the backpacks; a
    *wireless* mouse.

    They have all words before the last, or a title with another name for the same. Names in the other language count for
    products without a title in the language of the phrase.
    """
    phrase, is_chinese = phrase_key(kind.phrase), has_han(kind.phrase)
    words = query_words(kind.phrase)
    if len(phrase) < _LONG_HAN if is_chinese else len(words) < 2:
        return np.ones(snapshot.n, np.bool_)
    others = [key for key in kind.keys if key == phrase or not phrase.endswith(key)]
    fits = _is_called([key for key in others if has_han(key) == is_chinese], snapshot)
    translated = _is_called([key for key in others if has_han(key) != is_chinese], snapshot)
    field = "title_zh" if is_chinese else "title_en"
    for number, segment in enumerate(snapshot.segments):
        has = has_terms(words[:-1] or words, segment)
        has_title = np.bincount(segment.postings[field].rows, minlength=len(segment)) > 0
        has |= translated[snapshot.segment_rows[number]] & ~has_title
        rows = snapshot.segment_rows[number][has]
        fits[rows[snapshot.segment_of[rows] == number]] = True
    return fits


def _is_called(keys: Sequence[str], snapshot: Snapshot) -> Mask:
    """Rows whose title has one of the names as its head."""
    is_called = np.zeros(snapshot.n, np.bool_)
    for number, segment in enumerate(snapshot.segments):
        for key in keys:
            local = segment.heads.get(key)
            if local is not None:
                rows = snapshot.segment_rows[number][local]
                is_called[rows[snapshot.segment_of[rows] == number]] = True
    return is_called
