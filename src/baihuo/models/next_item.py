"""The next item of a sequence: scores of several simple sources, and a learned order of the best.

:meth:`NextItemSources.fit` learns from sequences, texts and brands; :meth:`NextItemSources.say` scores every item
for some histories; :func:`next_item_candidates` unites the best of each source, and :func:`next_item_features` describes pairs of
history and item in :data:`NEXT_ITEM_FEATURES`. No feature uses item numbers or their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.contract import ChosenModel, Floats, Scores
from baihuo.models.ease import ridge_inverse
from baihuo.models.neighbours import Neighbours
from baihuo.models.sequences import Sequences
from baihuo.models.title_words import title_words
from baihuo.models.transitions import Transitions

SOURCES = (
    "popular",
    "next",
    "next_of_last",
    "next_lent",
    "next_lent_of_last",
    "near_lent",
    "near_lent_of_last",
    "before",
    "together",
    "together_of_last",
    "ease",
    "ease_fading",
    "ease_of_last",
    "text",
    "text_of_last",
    "text_of_best",
    "words",
    "words_of_last",
    "words_of_best",
    "brand_of_last",
    "brand_share",
    "next_brand",
    "next_in_brand",
    "mix",
    "mix_of_all",
)
"""Scores of each source; ``mix`` sums transitions, co-visits and text, each standardised."""
_OF_LAST = {
    "next": "next_of_last",
    "next_lent": "next_lent_of_last",
    "near_lent": "near_lent_of_last",
    "together": "together_of_last",
    "ease": "ease_of_last",
    "ease_fading": "ease_of_last",
    "text": "text_of_last",
    "words": "words_of_last",
    "text_of_best": "text_of_last",
    "words_of_best": "words_of_last",
}
"""Scores of a source for a history of one item."""
_OF_MIX = ("next", "text", "together")
_OF_MIX_OF_ALL = (*_OF_MIX, "next_lent", "ease", "words")
_RANKED = ("mix_of_all", "next", "text", "words", "ease", "next_in_brand")
NEXT_ITEM_FEATURES = (
    *SOURCES,
    *(f"{source}_rank" for source in _RANKED),
    "share_in_brand",
    "brand_popular",
    "in_history",
    "is_last",
    "n_in_history",
    "last_popular",
)
_FADE = 0.7
_EASE_L2 = 30.0
_KNN_SHRINK = 3.0
_N_BEST = 60  # of each source
_BATCH = 256  # histories at one time


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Item data of the catalogue, without sequences."""

    vectors: Floats  # [items, dim], each of length 1
    words: scipy.sparse.csr_matrix  # [items, words] TF-IDF, each row of length 1
    brand: NDArray[np.int64]  # [items] number of the brand; -1: none

    @classmethod
    def of(cls, titles: Sequence[str], brands: Sequence[str], vectors: Floats) -> Texts:
        """From titles, brands ("": none) and encoded titles, one each an item."""
        names = {name: i for i, name in enumerate(sorted({b for b in brands if b}))}
        return cls(vectors, title_words(titles), np.array([names.get(b, -1) for b in brands]))


@dataclass(frozen=True, slots=True, eq=False)
class NextItemSources:
    """Learned from sequences; scores every item of the catalogue for a history."""

    texts: Texts
    transitions: Transitions
    together: Neighbours
    ease: Neighbours
    popular: Floats  # [items] log of 1 + count
    brand_popular: Floats  # [items] the same of its brand; 0 without one
    share_in_brand: Floats  # [items]
    next_brand: Floats  # [brands, brands] P(brand of the next), shrunk

    @classmethod
    def fit(cls, sequences: Sequences, texts: Texts) -> NextItemSources:
        """Fit counts, cosines and a ridge regression to the sequences."""
        has = sequences.has()
        count = np.bincount(sequences.items, minlength=sequences.n_items).astype(np.float32)
        transitions = Transitions.fit(sequences, texts.vectors)
        in_brand = _one_hot(texts.brand)
        of_brand = np.asarray(in_brand.T @ count).ravel()
        branded = texts.brand >= 0
        brand_count = np.where(branded, (in_brand @ of_brand), 0.0)
        steps = np.asarray((in_brand.T @ transitions.pairs @ in_brand).todense())
        return cls(
            texts=texts,
            transitions=transitions,
            together=Neighbours(_co_visits(has)),
            ease=_ease(has),
            popular=np.log1p(count),
            brand_popular=np.log1p(brand_count).astype(np.float32),
            share_in_brand=np.where(branded, count / (brand_count + 2), 0).astype(np.float32),
            next_brand=(steps / (steps.sum(axis=1, keepdims=True) + 3)).astype(np.float32),
        )

    def say(self, histories: Sequences) -> dict[str, Floats]:
        """``[histories, items]`` by source. Every history has an item."""
        fading, last = histories.fading(_FADE), histories.last()
        only_last = Sequences.of([[item] for item in last], n_items=histories.n_items).has()
        by_source = {
            "popular": np.tile(self.popular, (len(histories), 1)),
            **self._by_last(only_last),
            **self._by_brand(histories, last),
            "before": self.transitions.turned().scores(fading),
        }
        if len(histories.items) > len(histories):
            by_source |= self._by_all(histories, fading)
        else:  # the history has one item
            by_source |= {source: by_source[of_last] for source, of_last in _OF_LAST.items()}
        by_source["mix"] = _summed([by_source[source] for source in _OF_MIX])
        by_source["mix_of_all"] = _summed([by_source[source] for source in _OF_MIX_OF_ALL])
        return by_source

    def _by_last(self, only_last: scipy.sparse.csr_matrix) -> dict[str, Floats]:
        """Return scores by the last item alone."""
        transitions, vectors, words = self.transitions, self.texts.vectors, self.texts.words
        return {
            "next_of_last": transitions.scores(only_last),
            "next_lent_of_last": transitions.lent(only_last),
            "near_lent_of_last": transitions.lent(only_last, both_ways=0.5),
            "together_of_last": self.together.scores_of(only_last),
            "ease_of_last": self.ease.scores_of(only_last),
            "text_of_last": np.asarray(only_last @ vectors) @ vectors.T,
            "words_of_last": _dense((only_last @ words) @ words.T),
        }

    def _by_all(self, histories: Sequences, fading: scipy.sparse.csr_matrix) -> dict[str, Floats]:
        """Return scores by all items, later ones weighing more: the keys of :data:`_OF_LAST`."""
        transitions, vectors, words = self.transitions, self.texts.vectors, self.texts.words
        text_of_best = np.empty((len(histories), len(vectors)), np.float32)
        words_of_best = np.empty_like(text_of_best)
        for at, items in enumerate(histories):
            text_of_best[at] = (vectors[items] @ vectors.T).max(axis=0)
            words_of_best[at] = (words[items] @ words.T).toarray().max(axis=0)
        return {
            "next": transitions.scores(fading),
            "next_lent": transitions.lent(fading),
            "near_lent": transitions.lent(fading, both_ways=0.5),
            "together": self.together.scores_of(fading),
            "ease": self.ease.scores_of(histories.has()),
            "ease_fading": self.ease.scores_of(fading),
            "text": np.asarray(fading @ vectors) @ vectors.T,
            "words": _dense((fading @ words) @ words.T),
            "text_of_best": text_of_best,
            "words_of_best": words_of_best,
        }

    def _by_brand(self, histories: Sequences, last: NDArray[np.int32]) -> dict[str, Floats]:
        brand = self.texts.brand
        branded = brand >= 0
        if not branded.any():
            none = np.zeros((len(histories), len(brand)), np.float32)
            return dict.fromkeys(
                ("brand_of_last", "brand_share", "next_brand", "next_in_brand"), none
            )
        same = np.empty((len(histories), len(brand)), np.float32)
        for at, items in enumerate(histories):
            known = brand[items][brand[items] >= 0]
            share = np.bincount(known, minlength=len(self.next_brand)) / len(items)
            same[at] = np.where(branded, share[brand], 0.0)
        of_last = brand[last]
        last_has = (of_last >= 0)[:, None] & branded[None, :]
        next_brand = np.where(last_has, self.next_brand[of_last][:, brand], 0).astype(np.float32)
        return {
            "brand_of_last": (last_has & (of_last[:, None] == brand[None, :])).astype(np.float32),
            "brand_share": same,
            "next_brand": next_brand,
            "next_in_brand": next_brand * self.share_in_brand[None, :],
        }


def next_item_candidates(
    by_source: Mapping[str, Floats],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of history and item among the best of any source, with a score above 0."""
    kept = np.zeros_like(by_source["popular"], dtype=bool)
    k = min(_N_BEST, len(by_source["popular"].T))
    for scores in {id(scores): scores for scores in by_source.values()}.values():  # each once
        border = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
        # With more than k equal scores, take only higher ones, so that item numbers do not decide.
        tied = (scores >= border).sum(axis=1, keepdims=True) > 2 * k
        kept |= np.where(tied, scores > border, scores >= border) & (scores > 0)
    rows, items = np.nonzero(kept)
    return rows, items


def next_item_features(
    sources: NextItemSources,
    histories: Sequences,
    by_source: Mapping[str, Floats],
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> Floats:
    """``[pairs, NEXT_ITEM_FEATURES]``."""
    row, item = pairs
    columns: dict[str, NDArray[Any]] = {name: by_source[name][row, item] for name in SOURCES}
    for name in _RANKED:
        columns[f"{name}_rank"] = _ranks(columns[name], row)
    last = histories.last()
    columns |= {
        "share_in_brand": sources.share_in_brand[item],
        "brand_popular": sources.brand_popular[item],
        "in_history": np.asarray(histories.fading(_FADE)[row, item]).ravel(),
        "is_last": last[row] == item,
        "n_in_history": np.diff(histories.starts)[row],
        "last_popular": sources.popular[last[row]],
    }
    return np.stack([columns[name].astype(np.float32) for name in NEXT_ITEM_FEATURES], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class NextItemModel:
    """Sources, and the model that orders their candidates."""

    sources: NextItemSources
    ranker: ChosenModel

    def scores(self, histories: Sequences) -> Scores:
        """``[histories, items]``, larger first; non-candidates come below, by ``mix_of_all``."""
        parts = []
        for start in range(0, len(histories), _BATCH):
            batch = histories.take(np.arange(start, min(start + _BATCH, len(histories))))
            by_source = self.sources.say(batch)
            pairs = next_item_candidates(by_source)
            learned = self.ranker.scores(
                next_item_features(self.sources, batch, by_source, pairs), NEXT_ITEM_FEATURES
            )
            scores = by_source["mix_of_all"].astype(np.float64)
            scores -= scores.max() - learned.min(initial=0.0) + 1.0
            scores[pairs] = learned
            parts.append(scores)
        return np.concatenate(parts) if parts else np.zeros((0, histories.n_items))


def _dense(scores: scipy.sparse.csr_matrix) -> Floats:
    return np.asarray(scores.toarray(), np.float32)


def _one_hot(brand: NDArray[np.int64]) -> scipy.sparse.csr_matrix:
    known = np.flatnonzero(brand >= 0)
    shape = (len(brand), int(brand.max(initial=-1)) + 1)
    return scipy.sparse.csr_matrix(
        (np.ones(len(known), np.float32), (known, brand[known])), shape=shape
    )


def _co_visits(has: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    shared = (has.T @ has).tocsr()
    norm = np.sqrt(shared.diagonal() + _KNN_SHRINK)
    shared.setdiag(0)
    shared.eliminate_zeros()
    scale = scipy.sparse.diags((1 / norm).astype(np.float32))
    return (scale @ shared @ scale).tocsr()


def _ease(has: scipy.sparse.csr_matrix) -> Neighbours:
    inverse = ridge_inverse(has, _EASE_L2)
    return Neighbours.strongest(-inverse / np.diag(inverse)[None, :], k=400)


def _summed(parts: Sequence[Floats]) -> Floats:
    """Return the sum of parts, each standardised over a history's items."""
    total = np.zeros_like(parts[0])
    for part in parts:
        spread = part.std(axis=1, keepdims=True)
        total += (part - part.mean(axis=1, keepdims=True)) / (spread + 1e-9)
    return total


def _ranks(values: Floats, row: NDArray[np.intp]) -> Floats:
    """1 for the best of a row; equal values have one rank."""
    ranks = np.empty(len(values), np.float32)
    ends = np.flatnonzero(np.diff(row)) + 1
    for part in np.split(np.arange(len(values)), ends):
        worse_last = -values[part]
        ranks[part] = np.searchsorted(np.sort(worse_last), worse_last) + 1
    return ranks
