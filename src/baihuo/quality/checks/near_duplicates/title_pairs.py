"""Titles of candidate pairs, compared exactly: how much they share, and what only one of them says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein

from baihuo.quality.checks.near_duplicates.minhash import distinct
from baihuo.quality.checks.near_duplicates.title_words import HAN, MARK

_BATCH_PAIRS = 200_000
_N_SLOTS = 256  # a title's words as bits: twenty words seldom share one
RARE = 2  # titles: a word in so few of them can be a typo …
RARE_SHARE = 0.005  # … or in so few of the titles that have the word it could be a typo of


class Compared(NamedTuple):
    """The pairs that exact comparison kept: ``[kept pairs]`` each."""

    at: NDArray[np.int64]  # index of the pair among those compared
    similarity: NDArray[np.float64]  # Jaccard, 0 to 1; words that differ by a typo count as one
    n_lone_marks: NDArray[np.int64]  # marks that one title has and the other lacks
    is_swapped: NDArray[np.bool_]  # each title has a real word that the other lacks


@dataclass
class Titles:
    """All titles of one language, as sets of words.

    Args:
        words: All sets concatenated, each ascending.
        starts: ``[titles + 1]``, where each starts; an empty set is no title.
        spelling_of: Word → its letters; not of words with digits.
    """

    words: NDArray[np.uint64]
    starts: NDArray[np.int64]
    spelling_of: Mapping[int, str]

    def __post_init__(self) -> None:
        self.n_words = np.diff(self.starts)
        self._kinds = distinct(self.words)
        self._kind = np.searchsorted(self._kinds, self.words).astype(np.uint32)
        self._n_titles = np.bincount(self._kind, minlength=len(self._kinds))
        self._is_mark = (self._kinds & MARK) > 0
        n_marks = np.concatenate(([0], np.cumsum(self._is_mark[self._kind])))
        self.n_marks = n_marks[self.starts[1:]] - n_marks[self.starts[:-1]]
        self._bits = self._slots(np.ones(len(self.words), bool))
        self._mark_bits = self._slots(self._is_mark[self._kind])

    def n_having(self, word: int) -> int:
        """How many titles have a word."""
        return int(self._n_titles[np.searchsorted(self._kinds, np.uint64(word))])

    def compare(self, pairs: NDArray[np.int64], *, min_similarity: float) -> Compared:
        """Those of ``pairs`` (``[pairs, 2]``) whose titles could be of one product.

        Left out are pairs less similar than ``min_similarity``, and those where each title has a
        mark that the other lacks: another size, colour or number.
        """
        parts = []
        for i in range(0, max(1, len(pairs)), _BATCH_PAIRS):
            batch = pairs[i : i + _BATCH_PAIRS]
            at = np.flatnonzero(self._may_be_near(batch, min_similarity))
            compared = self._compare(batch[at], min_similarity)
            parts.append(compared._replace(at=(at + i)[compared.at]))
        return Compared(*map(np.concatenate, zip(*parts, strict=True)))

    def overlap(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """Jaccard similarity of all ``pairs``, whatever their titles say."""
        pair, kind, _ = self._words_of(pairs)
        is_twice = (pair[1:] == pair[:-1]) & (kind[1:] == kind[:-1])
        n_shared = np.bincount(pair[1:][is_twice], minlength=len(pairs))
        n_all = self.n_words[pairs].sum(axis=1) - n_shared
        return np.asarray(n_shared / np.maximum(1, n_all)).round(4)

    def _slots(self, is_set: NDArray[np.bool_]) -> NDArray[np.uint64]:
        """The words of each title as bits ``[titles, _N_SLOTS / 64]``; only those that ``is_set`` names."""
        slots = np.zeros((len(self.n_words), _N_SLOTS), bool)
        slot = (self.words >> np.uint64(2)) % np.uint64(_N_SLOTS)
        title = np.repeat(np.arange(len(self.n_words)), self.n_words)
        slots[title[is_set], slot[is_set]] = True
        return np.packbits(slots, axis=1).view(np.uint64)

    def _may_be_near(self, pairs: NDArray[np.int64], min_similarity: float) -> NDArray[np.bool_]:
        """False for pairs that :meth:`_compare` would leave out; a bit that one title lacks proves a word that it lacks."""
        a, b = pairs[:, 0], pairs[:, 1]
        bits_a, bits_b = self._bits[a], self._bits[b]
        n_a = self.n_words[a] - np.bitwise_count(bits_a & ~bits_b).sum(axis=1)
        n_b = self.n_words[b] - np.bitwise_count(bits_b & ~bits_a).sum(axis=1)
        most = np.minimum(n_a, n_b)  # that they share
        n_all = np.maximum(1, self.n_words[a] + self.n_words[b] - most)
        is_near = most / n_all >= min_similarity  # divided as in `_compare`: 14 of 25 are 0.56
        lone_a = (self._mark_bits[a] & ~bits_b).any(axis=1)
        lone_b = (self._mark_bits[b] & ~bits_a).any(axis=1)
        return np.asarray(is_near & ~(lone_a & lone_b))

    def _compare(self, pairs: NDArray[np.int64], min_similarity: float) -> Compared:
        a, b = pairs[:, 0], pairs[:, 1]
        pair, kind, side = self._words_of(pairs)
        is_mark = self._is_mark[kind]
        is_twice = np.zeros(len(pair), bool)
        is_twice[1:] = (pair[1:] == pair[:-1]) & (kind[1:] == kind[:-1])
        is_shared = is_twice.copy()
        is_shared[:-1] |= is_twice[1:]
        n_shared = np.bincount(pair[is_twice], minlength=len(pairs))
        marks_shared = np.bincount(pair[is_twice & is_mark], minlength=len(pairs))
        only_a, only_b = self.n_marks[a] - marks_shared, self.n_marks[b] - marks_shared
        similarity = n_shared / np.maximum(1, self.n_words[a] + self.n_words[b] - n_shared)
        is_near = (similarity >= min_similarity) & ((only_a == 0) | (only_b == 0))
        is_lone = ~is_shared & ~is_mark & is_near[pair]
        is_swapped = np.zeros(len(pairs), bool)
        for at, words_a, words_b in _both_sided(
            pair[is_lone], self._kinds[kind[is_lone]], side[is_lone]
        ):
            n_typos = self._n_typos(words_a, words_b, int(a[at]), int(b[at]))
            if n_typos is None:
                is_swapped[at] = True
            else:
                n_all = self.n_words[a[at]] + self.n_words[b[at]] - n_shared[at]
                similarity[at] = (n_shared[at] + n_typos) / (n_all - n_typos)
        return Compared(
            np.flatnonzero(is_near),
            np.minimum(1, similarity[is_near]).round(4),
            (only_a + only_b)[is_near],
            is_swapped[is_near],
        )

    def _words_of(
        self, pairs: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Every word of both titles of every pair, by pair and kind: (pair, kind of word, side)."""
        titles = pairs.T.reshape(-1)  # all first ones, then all second ones
        n_words = self.n_words[titles]
        firsts = np.cumsum(n_words) - n_words
        at = np.arange(n_words.sum()) + np.repeat(self.starts[titles] - firsts, n_words)
        pair = np.repeat(np.tile(np.arange(len(pairs)), 2), n_words)
        side = np.repeat(np.repeat((0, 1), len(pairs)), n_words)
        key = pair << 33 | self._kind[at].astype(np.int64) << 1 | side
        key.sort()
        return key >> 33, (key >> 1) & 0xFFFFFFFF, key & 1

    def _n_typos(self, words_a: list[int], words_b: list[int], a: int, b: int) -> int | None:
        """Pairs of words that differ by a typo only; None where the titles say different things."""
        plain = [[w for w in words if not w & int(HAN)] for words in (words_a, words_b)]
        han_a, han_b = [w for w in words_a if w & int(HAN)], [w for w in words_b if w & int(HAN)]
        typos = self._typos(*plain) if all(plain) else 0
        if typos is None:
            return None
        if han_a and han_b:
            lone_a, lone_b = self._characters(a), self._characters(b)
            lone_a, lone_b = lone_a - lone_b, lone_b - lone_a
            n_a, n_b = [*map(self.n_having, han_a)], [*map(self.n_having, han_b)]
            is_typo = len(lone_a) == len(lone_b) == 1 and (
                is_rare_next_to(max(n_a), min(n_b)) != is_rare_next_to(max(n_b), min(n_a))
            )
            if lone_a and lone_b and not is_typo:
                return None
            typos += min(len(han_a), len(han_b)) if is_typo else 0
        return typos

    def _typos(self, words_a: list[int], words_b: list[int]) -> int | None:
        """Every word of the side with fewer must be one of the other's with a typo, or all of them
        written together."""
        few, many = sorted(
            ([*map(self.spelling_of.__getitem__, w)] for w in (words_a, words_b)), key=len
        )
        n_having = {self.spelling_of[w]: self.n_having(w) for w in (*words_a, *words_b)}
        if len("".join(few)) == len("".join(many)) and sorted("".join(few)) == sorted(
            "".join(many)
        ):
            return len(few)  # power bank, powerbank
        left = list(many)
        for word in few:
            n = n_having[word]
            twin = next((w for w in left if _is_typo(word, w, _one_is_rare(n, n_having[w]))), None)
            if twin is None:
                return None
            left.remove(twin)
        return len(few)

    def _characters(self, title: int) -> set[str]:
        words = self.words[self.starts[title] : self.starts[title + 1]]
        pairs = words[((words & HAN) > 0) & ((words & MARK) == 0)].tolist()
        return set("".join(self.spelling_of[w] for w in pairs))


def _both_sided(
    pair: NDArray[np.int64], word: NDArray[np.uint64], side: NDArray[np.int64]
) -> Iterator[tuple[int, list[int], list[int]]]:
    """The lone words of pairs where both titles have some."""
    if not len(pair):
        return
    starts = np.flatnonzero(np.concatenate(([True], pair[1:] != pair[:-1])))
    ends = np.append(starts[1:], len(pair))
    n_of_b = np.add.reduceat(side, starts)
    for at in np.flatnonzero((n_of_b > 0) & (n_of_b < ends - starts)):
        words, side_of = word[starts[at] : ends[at]], side[starts[at] : ends[at]]
        yield int(pair[starts[at]]), words[side_of == 0].tolist(), words[side_of == 1].tolist()


def is_rare_next_to(n: int, n_other: int) -> bool:
    """Whether a word of ``n`` titles can be a typo of one that ``n_other`` have.

    >>> is_rare_next_to(2, 3), is_rare_next_to(7, 3_000), is_rare_next_to(40, 3_000)
    (True, True, False)
    """
    return n <= max(RARE, RARE_SHARE * n_other)


def _one_is_rare(n: int, n_other: int) -> bool:
    return is_rare_next_to(min(n, n_other), max(n, n_other))


def _is_typo(a: str, b: str, is_rare: bool) -> bool:
    """The plural; or, of a rare word, at most one letter in four wrong, missing, doubled or swapped.

    >>> _is_typo("wireless", "wirelss", True), _is_typo("norvik", "norvic", False), _is_typo("mug", "mugs", False)
    (True, False, True)
    """
    if min(len(a), len(b)) > 2 and (a + "s" == b or b + "s" == a):
        return True
    n_wrong = min(len(a), len(b)) // 4 if is_rare else 0
    return n_wrong > 0 and DamerauLevenshtein.distance(a, b, score_cutoff=n_wrong) <= n_wrong
