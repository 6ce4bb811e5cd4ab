"""What each row lacks that the best matches of a query have: for sorts other than by relevance, and for exploration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.index.kind_match import QueryKind
from baihuo.index.known_phrases import phrase_key
from baihuo.index.match import Match
from baihuo.index.phrases import rows_of_heads
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import query_words

Mask = NDArray[np.bool_]
OF_ANOTHER_KIND = 100  # more than any number of words
_LIKELY = 0.5  # of the largest weight of a category
_LONG_HAN = 3  # characters: 电脑包 says what the bag is for


@dataclass(frozen=True, slots=True, eq=False)
class _OfKind:
    """Rows of a kind, looked up where they are asked for."""

    is_meant: Mask  # [categories + 1]; the last: no category
    category_code: NDArray[np.int32]  # [n]
    is_called: Mask  # [n]

    def at(self, rows: NDArray[Any]) -> Mask:
        """``[rows]``."""
        return self.is_meant.take(self.category_code.take(rows)) | self.is_called.take(rows)


@dataclass(frozen=True, slots=True, eq=False)
class WordsLacking:
    """How many words each row lacks that the best of the lexical rows have; :data:`OF_ANOTHER_KIND` for products that are
    only called so, as a paper notebook is for *laptop*. Computed for the rows that are asked about."""

    n_matched: NDArray[np.uint8] | None  # [n]; None: there are no words to lack
    is_of_kind: _OfKind | None = None  # None: every row is
    fits: Mask | None = None  # [n]; None: every row does
    most: int = 0  # words that the best have

    def of(self, rows: NDArray[Any]) -> NDArray[np.int16]:
        """``[rows]``."""
        if self.n_matched is None:
            return np.zeros(len(rows), np.int16)
        lacking = np.maximum(self.most - self._matched(rows), 0)
        if self.is_of_kind is None:
            return lacking
        return np.where(self.is_of_kind.at(rows), lacking, np.int16(OF_ANOTHER_KIND))

    def none_of(self, mask: Mask) -> Mask:
        """``[n]``: the rows of ``mask`` that lack nothing."""
        rows = np.flatnonzero(mask)
        lacks_nothing = np.zeros(len(mask), np.bool_)
        lacks_nothing[rows[self.of(rows) == 0]] = True
        return lacks_nothing

    def _matched(self, rows: NDArray[Any]) -> NDArray[np.int16]:
        assert self.n_matched is not None  # asked only with words
        matched = self.n_matched.take(rows).astype(np.int16)
        return matched if self.fits is None else matched - ~self.fits[rows]


def words_lacking(match: Match | None, snapshot: Snapshot, lexical: Mask) -> WordsLacking:
    """What rows lack, beside the best of ``lexical``."""
    if match is None:
        return WordsLacking(None)
    if match.kind is None or not match.kind.is_certain:
        return WordsLacking(match.n_matched, most=int((match.n_matched * lexical).max(initial=0)))
    rows, is_of_kind = np.flatnonzero(lexical), _is_of_kind(match.kind, snapshot)
    of_kind = rows.compress(is_of_kind.at(rows))
    rows = of_kind if len(of_kind) else rows
    fits = _fits(match.kind, snapshot)
    if fits is not None and not fits[rows].any():
        fits = None
    found = WordsLacking(match.n_matched, is_of_kind if len(of_kind) else None, fits)
    most = found._matched(rows).max(initial=0)
    return replace(found, most=int(most))


def _is_of_kind(kind: QueryKind, snapshot: Snapshot) -> _OfKind:
    """Rows of the categories of the kind, and others whose title says it with the typed words."""
    least = _LIKELY * max(kind.weights.values())
    codes = [code for code, weight in kind.weights.items() if weight >= least]
    is_meant = np.zeros(len(snapshot.dictionaries.categories) + 1, np.bool_)
    is_meant[[*codes, -1]] = True  # the last: no category
    return _OfKind(is_meant, snapshot.category_code, _is_called(kind.keys[:1], snapshot))


def _fits(kind: QueryKind, snapshot: Snapshot) -> Mask | None:
    """Rows that are what a name of several words says, and not only its last one: a *laptop* bag, among the backpacks; a
    *wireless* mouse. None: every row, because the name has one word.

    They have all words before the last, or a title with another name for the same. Names in the other language count for
    products without a title in the language of the phrase.
    """
    phrase, is_chinese = phrase_key(kind.phrase), has_han(kind.phrase)
    words = query_words(kind.phrase)
    if len(phrase) < _LONG_HAN if is_chinese else len(words) < 2:
        return None
    others = [key for key in kind.keys if key == phrase or not phrase.endswith(key)]
    fits = _is_called([key for key in others if has_han(key) == is_chinese], snapshot)
    translated = _is_called([key for key in others if has_han(key) != is_chinese], snapshot)
    is_any_translated = bool(translated.any())
    field = "title_zh" if is_chinese else "title_en"
    for number, segment in enumerate(snapshot.segments):
        has = segment.has_all(words[:-1] or words)
        if is_any_translated:
            has |= translated[snapshot.segment_rows[number]] & ~segment.has_words_in(field)
        fits[snapshot.rows_of(number, np.flatnonzero(has))] = True
    return fits


def _is_called(keys: Sequence[str], snapshot: Snapshot) -> Mask:
    """Rows whose title has one of the names as its head."""
    return snapshot.mask(rows_of_heads(snapshot, keys))
