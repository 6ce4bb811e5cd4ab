"""Words that mean the same, each pair with how that is known.

From titles in two languages: *nylon* and 尼龙 stand on the same products. A product with a title in one language only is then found by the other one. A pair is learned if at least :data:`MIN_TITLES` products
with both titles have both words, hardly any has one without the other, and no other word of the second language is as near to the
first. Words with digits, and numbers, mean the same already. Other pairs are from a general list
(:mod:`baihuo.index.other_words`), and from the search log (:mod:`baihuo.index.searched_synonyms`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.core import BrokenFile
from baihuo.index.postings import Postings
from baihuo.index.segment import Segment
from baihuo.index.words import is_bigram, is_han, query_words

MIN_TITLES = 8  # products whose two titles have both words
_AGREEMENT = 0.85  # Dice: 2 · both / (products with one + products with the other)
_SHORTEST = {"title_en": 3, "title_zh": 2}  # characters of a word
_FILE = "mined_synonyms.json"
SEARCHED_FILE = "searched_synonyms.json"
"""Of the search log, beside that of the catalogue."""


@dataclass(frozen=True, slots=True)
class MinedSynonym:
    """A word that also finds another one, and how that is known."""

    word: str  # terms of the index: English ones are stems
    also: str
    n_titles: int  # by source: products with both words, products with the other one, or visitors
    agreement: float  # by source: Dice's coefficient, 1: never one without the other; share of visitors; cosine
    source: str = "titles"  # "titles", "list", "visits" or "vectors"

    @property
    def term(self) -> str:
        """The term of :attr:`also`; empty where it is several words."""
        if self.source == "titles":
            return self.also
        words = query_words(self.also)
        return words[0] if len(words) == 1 else ""

    @property
    def evidence(self) -> str:
        """In words, for people."""
        n, share = self.n_titles, self.agreement
        return {
            "list": f"general words that say the same; {n} products have the second",
            "visits": f"{n} visitors searched so next and found something, {share:.0%} of those who put it otherwise",
            "vectors": f"the nearest word of {n} products by meaning, cosine {share:.2f}",
        }.get(
            self.source,
            f"{n} products have both in titles of two languages, agreement {share:.2f}",
        )


Mined = Mapping[str, Sequence[MinedSynonym]]
"""By word."""

ReadAs = Mapping[str, MinedSynonym]
"""By phrase key: what a word is read as that no product has."""

_SURER = ("visits", "list", "vectors")


def read_as_of(mined: Mined) -> dict[str, MinedSynonym]:
    """The surest pair of each word that is not from titles: what visitors did comes first."""
    found: dict[str, MinedSynonym] = {}
    for pair in (p for of in mined.values() for p in of if p.source in _SURER):
        known = found.get(pair.word)
        if known is None or _SURER.index(pair.source) < _SURER.index(known.source):
            found[pair.word] = pair
    return found


def by_word(pairs: Iterable[MinedSynonym]) -> dict[str, list[MinedSynonym]]:
    """Pairs by their first word."""
    found: dict[str, list[MinedSynonym]] = defaultdict(list)
    for pair in pairs:
        found[pair.word].append(pair)
    return dict(found)


def mine_synonyms(segment: Segment) -> Mined:
    """What the titles of a catalogue in two languages say; nothing where it has one."""
    fields = {name: segment.postings[name] for name in _SHORTEST}
    n = len(segment)
    has_both = np.logical_and.reduce([np.isin(np.arange(n), p.rows) for p in fields.values()])
    if np.count_nonzero(has_both) < MIN_TITLES:
        return {}
    english, chinese = (_incidence(name, p, segment, has_both) for name, p in fields.items())
    both = (english.has.T @ chinese.has).tocoo()
    of = english.counts[both.row] + chinese.counts[both.col]
    agreement = 2 * both.data / of
    best_of_english = _best(both.row, agreement, len(english.words))
    kept = (
        (both.data >= MIN_TITLES)
        & (agreement >= _AGREEMENT)
        & (agreement >= best_of_english[both.row])
    )
    found: dict[str, list[MinedSynonym]] = defaultdict(list)
    for at in np.flatnonzero(kept).tolist():
        one, other = english.words[both.row[at]], chinese.words[both.col[at]]
        evidence = int(both.data[at]), round(float(agreement[at]), 3)
        found[one].append(MinedSynonym(one, other, *evidence))
        found[other].append(MinedSynonym(other, one, *evidence))
    return dict(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Incidence:
    """Which products have which words in the titles of a language."""

    words: list[str]
    has: scipy.sparse.csr_matrix  # [n, words]
    counts: NDArray[np.int64]  # [words]


def _incidence(
    name: str, postings: Postings, segment: Segment, has_both: NDArray[np.bool_]
) -> _Incidence:
    is_chinese = name == "title_zh"
    words, columns = [], []
    for word, term in segment.terms.items():
        is_word = is_han(word) == is_chinese and not is_bigram(word) and word.isalpha()
        if not is_word or len(word) < _SHORTEST[name]:
            continue
        rows = postings.of(term)[0]
        rows = rows[has_both[rows]]
        if len(rows) >= MIN_TITLES:
            words.append(word)
            columns.append(rows)
    counts = np.array([len(rows) for rows in columns], np.int64)
    starts = np.concatenate(([0], np.cumsum(counts)))
    rows = np.concatenate([np.empty(0, np.int32), *columns])
    shape = (len(segment), len(words))
    has = scipy.sparse.csc_matrix((np.ones(len(rows), np.int32), rows, starts), shape).tocsr()
    return _Incidence(words, has, counts)


def _best(
    of: NDArray[np.int32], agreement: NDArray[np.float64], n_words: int
) -> NDArray[np.float64]:
    """The highest agreement of each word: ``[words]``."""
    best = np.zeros(n_words)
    np.maximum.at(best, of, agreement)
    return best


def save_mined(mined: Mined, folder: Path, name: str = _FILE) -> None:
    """Write ``mined_synonyms.json``: each pair with its evidence, to be read by people, too."""
    pairs = [asdict(one) for of in mined.values() for one in of]
    (folder / name).write_text(json.dumps(pairs, ensure_ascii=False, indent=1), "utf-8")


def load_mined(folder: Path) -> Mined:
    """Load what :func:`save_mined` wrote, of the catalogue and of the search log; an earlier version wrote nothing.

    Raises:
        BrokenFile: a file of an index that carries no hashes was changed and cannot be used.
    """
    return by_word(pair for name in (_FILE, SEARCHED_FILE) for pair in _pairs(folder / name))


def _pairs(file: Path) -> list[MinedSynonym]:
    if not file.exists():
        return []
    try:
        return [_checked(MinedSynonym(**pair)) for pair in json.loads(file.read_text("utf-8"))]
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFile(
            f"{file} is no list of pairs of words: {error}",
            fix="build it again: baihuo index; index.mined_synonyms: false in shop.yaml makes none",
        ) from error


def _checked(pair: MinedSynonym) -> MinedSynonym:
    if not (isinstance(pair.word, str) and isinstance(pair.also, str)):
        raise TypeError(f"{pair.word!r} and {pair.also!r} are not both words")
    if pair.source not in ("titles", *_SURER):
        raise ValueError(f"{pair.source!r} is no source of {pair.word!r}")
    if not isinstance(pair.agreement, int | float):
        raise TypeError(f"agreement {pair.agreement!r} of {pair.word!r} is no number")
    return pair
